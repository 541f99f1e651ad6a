/* See network.h. */
#include "runtime/network.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/log.h"
#include "runtime/control.h"
#include "runtime/rootless.h"

#define PREFIX	     "dev.capbox."
#define SOCKETS_NAME "capbox-sockets"
#define FIRST_PORT   "/proc/sys/net/ipv4/ip_unprivileged_port_start"

/* Whether an annotation has this value; any other is an error. */
static int is_set(const struct spec *spec, const char *key, const char *value, bool *out,
		  struct error *e)
{
	const char *given = spec_annotation(spec, key);
	*out = given && !strcmp(given, value);
	if (given && !*out)
		return error_set(e, 0, "annotation %s: expected '%s', found '%s'", key, value,
				 given);
	return 0;
}

int network_choose(struct spec *spec, const char *option, struct error *e)
{
	const char *annotation = spec_annotation(spec, PREFIX "network");
	const char *mode = option ? option : annotation ? annotation : "pod";
	if (!strcmp(mode, "pod"))
		return 0;
	if (strcmp(mode, "none"))
		return error_set(e, 0, "%s: expected pod or none, found '%s'",
				 option ? "--network" : "annotation " PREFIX "network", mode);
	spec->namespaces[SPEC_NS_NETWORK].set = true;
	spec->namespaces[SPEC_NS_NETWORK].path = NULL;
	return 0;
}

static int parse_policy(const char *where, const char *text, size_t size, struct network *out,
			struct error *e)
{
	struct egress *egress = NULL;
	int r = egress_parse(text, size, &egress, e);
	if (r < 0)
		return error_prefix(e, r, "egress policy, %s", where);
	out->egress = egress;
	return 0;
}

static int read_policy(const struct spec *spec, struct network *out, struct error *e)
{
	const char *text = spec_annotation(spec, PREFIX "egress");
	const char *path = spec_annotation(spec, PREFIX "egress-file");
	_cleanup_free_ char *content = NULL;
	struct stat st;
	if (text && path)
		return error_set(e, 0, "annotations %s and %s: only one of them", PREFIX "egress",
				 PREFIX "egress-file");
	if (text)
		return parse_policy("annotation " PREFIX "egress", text, strlen(text), out, e);
	if (!path)
		return 0;
	if (*path != '/')
		return error_set(e, 0, "annotation %s: expected an absolute path, found '%s'",
				 PREFIX "egress-file", path);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return error_set(e, 0, "annotation %s: %s is not a file", PREFIX "egress-file",
				 path);
	ssize_t size = read_file_alloc(AT_FDCWD, path, EGRESS_TEXT_MAX, &content);
	if (size < 0)
		return error_set(e, (int)-size, "annotation %s: %s", PREFIX "egress-file", path);
	return parse_policy(path, content, (size_t)size, out, e);
}

/* Service managers are told by a message that names its address: sd_notify(3). */
static bool notifies(const struct spec_process *p)
{
	for (size_t i = 0; i < p->env.count; i++)
		if (!strncmp(p->env.strings[i], "NOTIFY_SOCKET=", 14))
			return true;
	return false;
}

/*
 * The table of bound sockets that the caller's containers share (syscalls/unix_bound.h), whatever
 * --root is. Without one (-1) a container knows its own sockets only.
 */
static int open_sockets(void)
{
	const char *runtime_directory = getenv("XDG_RUNTIME_DIR");
	_cleanup_free_ char *path = NULL;
	if (!rootless_caller())
		runtime_directory = "/run";
	if (!runtime_directory || asprintf(&path, "%s/" SOCKETS_NAME, runtime_directory) < 0)
		return -1;
	_cleanup_close_ int fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		log_info("%s cannot be used: sockets of other containers will not be known", path);
		return -1;
	}
	return steal_fd(&fd);
}

int network_read(const struct spec *spec, struct network *out, struct error *e)
{
	bool checked = false;
	*out = (struct network){.events = -1, .sockets = -1};
	int r = is_set(spec, PREFIX "netlink", "off", &out->no_netlink, e);
	if (r == 0)
		r = is_set(spec, PREFIX "host-uds", "open", &out->host_uds, e);
	if (r == 0)
		r = is_set(spec, PREFIX "sendmsg", "checked", &checked, e);
	if (r == 0)
		r = read_policy(spec, out, e);
	out->addressed = checked || out->egress || notifies(&spec->process);
	if (r == 0)
		out->sockets = open_sockets();
	return r;
}

void network_release(struct network *n)
{
	free((void *)n->egress);
	n->egress = NULL;
	close_fd(&n->events);
	close_fd(&n->sockets);
}

/* --- another policy ------------------------------------------------------------------------- */

int network_send_policy(int dirfd, const char *file, struct error *e)
{
	_cleanup_free_ char *text = NULL;
	const char *where = strcmp(file, "-") ? file : "standard input";
	ssize_t size =
	    read_file_alloc(AT_FDCWD, file == where ? file : "/dev/stdin", EGRESS_TEXT_MAX, &text);
	if (size < 0)
		return error_set(e, (int)-size, "egress policy, %s", where);
	_cleanup_close_ int fd = memfd_create("egress", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : write_all(fd, text, (size_t)size);
	if (r < 0)
		return error_set(e, -r, "egress policy, %s", where);
	r = control_call(dirfd, json_pack("{s:s}", "op", "egress"), &fd, 1, CONTROL_TIMEOUT_S, NULL,
			 e);
	return r < 0 ? error_prefix(e, r, "egress policy, %s", where) : 0;
}

/* --- a joined namespace --------------------------------------------------------------------- */

static int write_sysctls(const struct spec *spec, struct error *e)
{
	for (size_t i = 0; i < spec->sysctl.count; i++) {
		const struct spec_pair *s = &spec->sysctl.pairs[i];
		_cleanup_free_ char *path = NULL;
		if (strncmp(s->key, "net/", 4))
			continue;
		if (asprintf(&path, "/proc/sys/%s", s->key) < 0)
			return error_set(e, ENOMEM, "linux.sysctl");
		int r = write_file_at(AT_FDCWD, path, s->value);
		if (r < 0)
			return error_set(e, -r, "linux.sysctl: set %s to '%s'", s->key, s->value);
	}
	return 0;
}

/* The host's own network is as its administrator left it. */
static bool is_own_network(const char *path)
{
	struct stat joined, own;
	return stat(path, &joined) == 0 && stat("/proc/1/ns/net", &own) == 0 &&
	       joined.st_dev == own.st_dev && joined.st_ino == own.st_ino;
}

int network_prepare_joined(const struct spec *spec, struct network *n, struct error *e)
{
	const char *path = spec->namespaces[SPEC_NS_NETWORK].path;
	char text[16];
	if (!path)
		return 0;
	int r = write_sysctls(spec, e);
	if (r < 0)
		return r;
	bool binds = spec->process.capabilities.bounding >> CAP_NET_BIND_SERVICE & 1;
	ssize_t size = read_file_at(AT_FDCWD, FIRST_PORT, text, sizeof text);
	unsigned first = size > 0 ? (unsigned)strtoul(text, NULL, 10) : 0;
	if (!binds || !first || is_own_network(path))
		return 0;
	r = write_file_at(AT_FDCWD, FIRST_PORT, "0");
	if (r == 0)
		n->first_port = first;
	else
		log_info("ports below %u cannot be bound in %s: %s", first, path, strerror(-r));
	return 0;
}
