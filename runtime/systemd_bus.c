/* See systemd_bus.h. */
#include "runtime/systemd_bus.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY	   "libsystemd.so.0"
#define MANAGER	   "org.freedesktop.systemd1"
#define TIMEOUT_US 30000000u

static int load(struct systemd_bus *b, struct error *e)
{
	b->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!b->library)
		return error_set(e, 0,
				 "--systemd-cgroup: " LIBRARY " is not installed (the package "
				 "libsystemd0)");
#define LOAD(name)                                                                                 \
	*(void **)&b->name = dlsym(b->library, #name);                                             \
	if (!b->name)                                                                              \
		return error_set(e, 0, "--systemd-cgroup: " LIBRARY " has no " #name);
	SYSTEMD_FUNCTIONS(LOAD)
#undef LOAD
	return 0;
}

int systemd_bus_open(struct systemd_bus *b, struct error *e)
{
	*b = (struct systemd_bus){0};
	int r = load(b, e);
	if (r < 0)
		return r;
	r = geteuid() == 0 ? b->sd_bus_open_system(&b->bus) : b->sd_bus_open_user(&b->bus);
	return r < 0 ? error_set(e, -r, "--systemd-cgroup: connect to systemd's bus") : 0;
}

void systemd_bus_close(struct systemd_bus *b)
{
	if (b->bus)
		b->sd_bus_flush_close_unref(b->bus);
	if (b->library)
		dlclose(b->library);
	*b = (struct systemd_bus){0};
}

sd_bus_message *systemd_bus_message(struct systemd_bus *b, const char *method)
{
	sd_bus_message *m = NULL;
	int r = b->sd_bus_message_new_method_call(b->bus, &m, MANAGER, "/org/freedesktop/systemd1",
						  MANAGER ".Manager", method);
	return r < 0 ? NULL : m;
}

int systemd_bus_call(struct systemd_bus *b, sd_bus_message *m, sd_bus_message **reply,
		     struct error *e)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = b->sd_bus_call(b->bus, m, TIMEOUT_US, &error, reply);
	b->sd_bus_message_unref(m);
	if (r < 0) {
		bool exists = b->sd_bus_error_has_name(&error, MANAGER ".UnitExists");
		error_set(e, error.message ? 0 : -r, "systemd%s%s", error.message ? ": " : "",
			  error.message ? error.message : "");
		r = exists ? -EEXIST : r;
	}
	b->sd_bus_error_free(&error);
	return r < 0 ? r : 0;
}
