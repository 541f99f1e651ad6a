/*
 * Carrying out the plan for a container's limits: see cgroup_limits.h.
 */
#include "runtime/cgroup_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"

/* --- the plan ------------------------------------------------------------------------------- */

void cgroup_plan_add(struct cgroup_plan *p, unsigned flags, const char *controller,
		     const char *property, const char *file, const char *format, ...)
{
	struct cgroup_write *more = realloc(p->writes, (p->count + 1) * sizeof *more);
	va_list args;
	if (more)
		p->writes = more;
	char *value = NULL;
	va_start(args, format);
	if (!more || vasprintf(&value, format, args) < 0)
		p->error = -ENOMEM;
	va_end(args);
	if (p->error < 0)
		return;
	struct cgroup_write *w = &p->writes[p->count++];
	*w = (struct cgroup_write){
	    .controller = controller, .property = property, .value = value, .flags = flags};
	snprintf(w->file, sizeof w->file, "%s", file);
}

void cgroup_plan_release(struct cgroup_plan *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->writes[i].value);
	free(p->writes);
	*p = (struct cgroup_plan){0};
}

void cgroup_plan_rdma(const struct spec_resources *r, struct cgroup_plan *p)
{
	for (size_t i = 0; i < r->rdma_count; i++) {
		const struct spec_rdma_limit *d = &r->rdma[i];
		char handles[32] = "", objects[32] = "";
		if (d->handles.set)
			snprintf(handles, sizeof handles, " hca_handle=%" PRIu32, d->handles.value);
		if (d->objects.set)
			snprintf(objects, sizeof objects, " hca_object=%" PRIu32, d->objects.value);
		cgroup_plan_add(p, 0, "rdma", "rdma", "rdma.max", "%s%s%s", d->device, handles,
				objects);
	}
}

/* --- directories ---------------------------------------------------------------------------- */

bool cgroup_is_unified(const struct cgroup *c)
{
	return c->count == 1 && !c->directories[0].name[0];
}

/* Whether a list such as "cpu,cpuacct" names the controller. */
static bool has_controller(const char *list, const char *controller)
{
	size_t length = strlen(controller);
	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
		if (strcspn(p, ",") == length && !memcmp(p, controller, length))
			return true;
	return false;
}

const struct cgroup_directory *cgroup_directory(const struct cgroup *c, const char *controller)
{
	for (size_t i = 0; i < c->count; i++)
		if (cgroup_is_unified(c) || has_controller(c->directories[i].name, controller))
			return &c->directories[i];
	return NULL;
}

int cgroup_directory_open(const struct cgroup_directory *d)
{
	_cleanup_free_ char *path = NULL;
	if (asprintf(&path, "%s%s", d->mount, d->path) < 0)
		return -ENOMEM;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* --- carrying it out ------------------------------------------------------------------------ */

static int write_error(const struct cgroup_write *w, const struct cgroup_directory *d, int dirfd,
		       int r, struct error *e)
{
	error_set(e, -r, "linux.resources.%s: write '%s' to %s%s/%s", w->property, w->value,
		  d->mount, d->path, w->file);
	char usage[32];
	/* A limit below what is used already. */
	if (r == -EBUSY && !strcmp(w->file, "memory.limit_in_bytes") &&
	    read_file_at(dirfd, "memory.usage_in_bytes", usage, sizeof usage) > 0) {
		usage[strcspn(usage, "\n")] = '\0';
		size_t used = strlen(e->message);
		snprintf(e->message + used, sizeof e->message - used, " (current usage: %s)",
			 usage);
	}
	return r;
}

/* One write; what the kernel may take later is remembered in *again. */
static int do_write(const struct cgroup_write *w, const struct cgroup_directory *d, bool *again,
		    struct error *e)
{
	_cleanup_close_ int dirfd = cgroup_directory_open(d);
	int r = dirfd < 0 ? dirfd : write_file_at(dirfd, w->file, w->value);
	if (r == -ENOENT && w->flags & CGROUP_WRITE_OPTIONAL)
		return 0;
	if (r == -ENOENT && w->flags & CGROUP_WRITE_OR_NEXT)
		return r;
	if (r == -EINVAL && w->flags & CGROUP_WRITE_AGAIN && again) {
		*again = true;
		return 0;
	}
	return r < 0 ? write_error(w, d, dirfd, r, e) : 0;
}

static bool same_controller(const struct cgroup_write *a, const struct cgroup_write *b)
{
	return !strcmp(a->controller, b->controller);
}

/* The writes for one controller, which are `count`; those that failed at first come again. */
static int apply_controller(const struct cgroup_write *writes, size_t count,
			    const struct cgroup_directory *d, struct error *e)
{
	_cleanup_free_ bool *again = calloc(count, sizeof *again);
	if (!again)
		return error_set(e, ENOMEM, "linux.resources");
	for (size_t i = 0; i < count; i++) {
		int r = do_write(&writes[i], d, &again[i], e);
		if (r == -ENOENT && writes[i].flags & CGROUP_WRITE_OR_NEXT)
			continue;
		if (r < 0)
			return r;
		i += writes[i].flags & CGROUP_WRITE_OR_NEXT ? 1 : 0;
	}
	for (size_t i = 0; i < count; i++) {
		int r = again[i] ? do_write(&writes[i], d, NULL, e) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

int cgroup_plan_apply(const struct cgroup_plan *p, const struct cgroup *c, struct error *e)
{
	for (size_t i = 0, next; i < p->count; i = next) {
		const struct cgroup_write *w = &p->writes[i];
		const struct cgroup_directory *d = cgroup_directory(c, w->controller);
		if (!d)
			return error_set(e, 0,
					 c->delegated
					     ? "linux.resources.%s: no %s control group is "
					       "delegated to the caller"
					     : "linux.resources.%s: this machine has no %s "
					       "control groups",
					 w->property, w->controller);
		for (next = i + 1; next < p->count && same_controller(w, &p->writes[next]); next++)
			;
		int r = apply_controller(w, next - i, d, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the unified hierarchy ------------------------------------------------------------------ */

/* Hands every controller that a directory has on to its children; a few never can be. */
static void enable_controllers(int dirfd)
{
	char list[512], request[64], *save;
	if (read_file_at(dirfd, "cgroup.controllers", list, sizeof list) < 0)
		return;
	for (char *name = strtok_r(list, " \n", &save); name; name = strtok_r(NULL, " \n", &save)) {
		snprintf(request, sizeof request, "+%s", name);
		write_file_at(dirfd, "cgroup.subtree_control", request);
	}
}

/* In all directories above the container's. What is missing then shows in its files. */
static void enable_above(const struct cgroup_directory *d)
{
	_cleanup_close_ int fd = open(d->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *path = strdup(d->path);
	char *save, *part = path ? strtok_r(path, "/", &save) : NULL;
	while (fd >= 0 && part) {
		enable_controllers(fd);
		int child = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = child;
		part = strtok_r(NULL, "/", &save);
	}
}

static int attach_devices(const struct cgroup_directory *d, const struct spec_resources *r,
			  struct error *e)
{
	_cleanup_free_ struct spec_device_rule *rules = NULL;
	_cleanup_free_ struct bpf_insn *program = NULL;
	size_t count, length;
	int error = cgroup_device_rules(r, &rules, &count);
	if (error == 0)
		error = cgroup_device_program(rules, count, &program, &length);
	if (error < 0)
		return error_set(e, -error, "linux.resources.devices");
	_cleanup_close_ int dirfd = cgroup_directory_open(d);
	if (dirfd < 0)
		return error_set(e, -dirfd, "linux.resources.devices");
	return cgroup_device_attach(dirfd, program, length, e);
}

/* A number of a file; 0 for "max" and when there is none. */
static int64_t read_number(const struct cgroup *c, const char *controller, const char *file)
{
	const struct cgroup_directory *d = cgroup_directory(c, controller);
	_cleanup_close_ int dirfd = d ? cgroup_directory_open(d) : -1;
	char text[32];
	if (dirfd < 0 || read_file_at(dirfd, file, text, sizeof text) < 0)
		return 0;
	return strtoll(text, NULL, 10);
}

/* memory.checkBeforeUpdate: refuse a limit that would have processes killed at once. */
static int check_memory(const struct cgroup *c, const struct spec_memory *m, struct error *e)
{
	if (!m->check_before_update || !m->limit.set || m->limit.value <= 0)
		return 0;
	int64_t usage = read_number(
	    c, "memory", cgroup_is_unified(c) ? "memory.current" : "memory.usage_in_bytes");
	if (usage <= m->limit.value)
		return 0;
	return error_set(e, 0,
			 "linux.resources.memory.limit: %lld is below the current usage, %lld",
			 (long long)m->limit.value, (long long)usage);
}

int cgroup_limit(const struct cgroup *c, const struct spec_resources *r, bool update,
		 struct error *e)
{
	_cleanup_(cgroup_plan_release) struct cgroup_plan plan = {0};
	bool unified = cgroup_is_unified(c);
	/* Without the rules a container still has no other devices than those in its /dev. */
	bool devices = !update && c->count && !c->delegated;
	int error = check_memory(c, &r->memory, e);
	if (error < 0)
		return error;
	if (unified && !update)
		enable_above(&c->directories[0]);
	if (unified)
		error = cgroup_plan_v2(r, update ? read_number(c, "memory", "memory.max") : 0,
				       &plan, e);
	else
		error = cgroup_plan_v1(r, devices, &plan, e);
	if (error == 0)
		error = cgroup_plan_apply(&plan, c, e);
	if (error == 0 && unified && devices)
		error = attach_devices(&c->directories[0], r, e);
	return error;
}
