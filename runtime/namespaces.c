#include "runtime/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/log.h"
#include "runtime/guest_id.h"
#include "runtime/time_namespace.h"
#include "runtime/rootless.h"

/* config.json gives none: the container's root is then root in a namespace without a mapping. */
static const struct spec_id_map identity = {0, 0, UINT32_MAX};

static bool is_new(const struct spec *spec, enum spec_namespace_type type)
{
	return spec->namespaces[type].set && !spec->namespaces[type].path;
}

int namespaces_check(const struct spec *spec, struct error *e)
{
	static const enum spec_namespace_type own[] = {SPEC_NS_USER, SPEC_NS_MOUNT};
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (spec->namespaces[own[i]].path)
			return error_set(e, ENOTSUP,
					 "linux.namespaces: a container has a %s namespace of its "
					 "own; join %s",
					 spec_namespace_name(own[i]),
					 spec->namespaces[own[i]].path);
	if (spec->namespaces[SPEC_NS_TIME].path)
		return error_set(e, ENOTSUP, "linux.namespaces: join time namespace %s",
				 spec->namespaces[SPEC_NS_TIME].path);
	if (!spec->namespaces[SPEC_NS_PID].set)
		log_info("the container has a pid namespace of its own, although config.json "
			 "does not ask for one");
	return 0;
}

/* --- joining -------------------------------------------------------------------------------- */

static int set_names(const struct spec *spec, struct error *e)
{
	if (spec->hostname && sethostname(spec->hostname, strlen(spec->hostname)) < 0)
		return error_set(e, errno, "hostname %s", spec->hostname);
	if (spec->domainname && setdomainname(spec->domainname, strlen(spec->domainname)) < 0)
		return error_set(e, errno, "domainname %s", spec->domainname);
	return 0;
}

/*
 * Pid namespaces nest only below those of the same or of an enclosing user namespace (ioctl_ns(2)).
 * That of another container of capbox belongs to that container, and so do its processes, which
 * only its own sentry knows.
 */
static int check_pid_owner(int namespace, const char *path, struct error *e)
{
	struct stat own, owner;
	_cleanup_close_ int fd = ioctl(namespace, NS_GET_USERNS);
	if (fd < 0 || fstat(fd, &owner) < 0 || stat("/proc/self/ns/user", &own) < 0 ||
	    (own.st_dev == owner.st_dev && own.st_ino == owner.st_ino))
		return 0;
	return error_set(e, ENOTSUP,
			 "linux.namespaces: pid namespace %s is another sandbox's, whose processes "
			 "cannot be shared; give the container a pid namespace of its own",
			 path);
}

static int join_one(enum spec_namespace_type type, const char *path, struct joined *j,
		    struct error *e)
{
	static const char *const own[SPEC_NS_TYPES] = {
	    [SPEC_NS_PID] = "/proc/self/ns/pid",       [SPEC_NS_NETWORK] = "/proc/self/ns/net",
	    [SPEC_NS_IPC] = "/proc/self/ns/ipc",       [SPEC_NS_UTS] = "/proc/self/ns/uts",
	    [SPEC_NS_CGROUP] = "/proc/self/ns/cgroup",
	};
	const char *name = spec_namespace_name(type);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(e, errno, "linux.namespaces: %s namespace %s", name, path);
	int r = type == SPEC_NS_PID ? check_pid_owner(fd, path, e) : 0;
	if (r < 0)
		return r;
	j->own[type] = open(own[type], O_RDONLY | O_CLOEXEC);
	if (j->own[type] < 0)
		return error_set(e, errno, "%s", own[type]);
	if (setns(fd, spec_namespace_flag(type)) < 0)
		return error_set(e, errno, "linux.namespaces: join %s namespace %s", name, path);
	return 0;
}

int namespaces_join(const struct spec *spec, struct joined *j, struct error *e)
{
	static const enum spec_namespace_type types[] = {SPEC_NS_NETWORK, SPEC_NS_IPC, SPEC_NS_UTS,
							 SPEC_NS_CGROUP, SPEC_NS_PID};
	for (size_t i = 0; i < SPEC_NS_TYPES; i++)
		j->own[i] = -1;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		const char *path = spec->namespaces[types[i]].path;
		int r = path ? join_one(types[i], path, j, e) : 0;
		if (r < 0)
			return r;
	}
	return spec->namespaces[SPEC_NS_UTS].path ? set_names(spec, e) : 0;
}

void namespaces_return(struct joined *j)
{
	for (size_t i = 0; i < SPEC_NS_TYPES; i++) {
		if (j->own[i] >= 0 && setns(j->own[i], 0) < 0)
			log_warning("cannot return to the %s namespace: %m",
				    spec_namespace_name((enum spec_namespace_type)i));
		close_fd(&j->own[i]);
	}
}

uint64_t namespaces_clone_flags(const struct spec *spec)
{
	/* The others come in namespaces_enter. */
	static const enum spec_namespace_type types[] = {SPEC_NS_NETWORK, SPEC_NS_UTS};
	uint64_t flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (is_new(spec, types[i]))
			flags |= (uint64_t)spec_namespace_flag(types[i]);
	return flags;
}

/* --- ids ------------------------------------------------------------------------------------ */

static bool holds(uint32_t first, uint32_t size, uint32_t id)
{
	return id >= first && id - first < size;
}

/* Whether the maps (or, when there are none, the identity) hold the host id, and as what. */
static bool find_inside(const struct spec_id_maps *maps, uint32_t host, uint32_t *inside)
{
	size_t count = maps->count ? maps->count : 1;
	const struct spec_id_map *map = maps->count ? maps->maps : &identity;
	for (size_t i = 0; i < count; i++)
		if (holds(map[i].host_id, map[i].size, host)) {
			*inside = map[i].container_id + (host - map[i].host_id);
			return true;
		}
	return false;
}

int namespaces_guest_id(const struct spec_id_maps *maps, const char *what, uid_t guest_id,
			uid_t *inside, struct error *e)
{
	if (find_inside(maps, guest_id, inside))
		return 0;
	for (size_t i = 0; i < maps->count; i++)
		if (holds(maps->maps[i].container_id, maps->maps[i].size, guest_id))
			return error_set(e, 0,
					 "linux.%s[%zu]: container id %u is used by capbox itself",
					 what, i, guest_id);
	*inside = guest_id;
	return 0;
}

/* The configured maps, or those of the caller's own namespace, and the guests' id as itself. */
static int complete_maps(const struct spec_id_maps *maps, const char *file, bool limited,
			 uid_t guest_id, struct spec_id_maps *out, struct error *e)
{
	_cleanup_free_ struct spec_id_map *own = NULL;
	struct spec_id_maps from = *maps;
	uint32_t inside;
	if (!from.count && limited) {
		int r = rootless_own_map(file, &from, e);
		if (r < 0)
			return r;
		own = from.maps;
	} else if (!from.count) {
		from = (struct spec_id_maps){.count = 1, .maps = (struct spec_id_map *)&identity};
	}
	out->maps = malloc((from.count + 1) * sizeof *out->maps);
	if (!out->maps)
		return error_set(e, ENOMEM, "%s", file);
	memcpy(out->maps, from.maps, from.count * sizeof *out->maps);
	out->count = from.count;
	if (!find_inside(&from, guest_id, &inside))
		out->maps[out->count++] = (struct spec_id_map){guest_id, guest_id, 1};
	return 0;
}

static int map(pid_t child, const char *file, const struct spec_id_maps *maps, bool limited,
	       uid_t guest_id, struct error *e)
{
	struct spec_id_maps whole = {0};
	int r = complete_maps(maps, file, limited, guest_id, &whole, e);
	_cleanup_free_ struct spec_id_map *owned = whole.maps;
	if (r < 0)
		return r;
	return rootless_write_map(child, file, &whole, e);
}

int namespaces_map_ids(const struct spec *spec, pid_t child, uid_t guest_uid, gid_t guest_gid,
		       struct error *e)
{
	bool limited = rootless_caller();
	int r = map(child, "uid_map", &spec->uid_maps, limited, guest_uid, e);
	return r < 0 ? r : map(child, "gid_map", &spec->gid_maps, limited, guest_gid, e);
}

/* --- in the child --------------------------------------------------------------------------- */

static int become_root(struct error *e)
{
	/* EPERM: in a namespace that an unprivileged user has mapped, nobody may set groups. */
	bool grouped = setgroups(0, NULL) == 0 || errno == EPERM;
	if (!grouped || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return error_set(e, errno,
				 "become the container's root (linux.uidMappings and gidMappings "
				 "must map id 0)");
	return 0;
}

static int raise_loopback(struct error *e)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return error_set(e, errno, "bring up the loopback interface");
	return 0;
}

static int write_sysctls(const struct spec *spec, struct error *e)
{
	for (size_t i = 0; i < spec->sysctl.count; i++) {
		const struct spec_pair *s = &spec->sysctl.pairs[i];
		/* Those of a joined network the runtime has written: network.h. */
		if (spec->namespaces[SPEC_NS_NETWORK].path && !strncmp(s->key, "net/", 4))
			continue;
		_cleanup_free_ char *path = NULL;
		if (asprintf(&path, "/proc/sys/%s", s->key) < 0)
			return error_set(e, ENOMEM, "linux.sysctl");
		int r = write_file_at(AT_FDCWD, path, s->value);
		if (r < 0)
			return error_set(e, -r, "linux.sysctl: set %s to '%s'", s->key, s->value);
	}
	return 0;
}

int namespaces_enter(const struct spec *spec, struct error *e)
{
	int r = become_root(e);
	/* A cgroup namespace begins where its maker is, and message queues are owned by who that
	 * is. */
	int flags = (is_new(spec, SPEC_NS_CGROUP) ? CLONE_NEWCGROUP : 0) |
		    (is_new(spec, SPEC_NS_IPC) ? CLONE_NEWIPC : 0);
	if (r == 0 && flags && unshare(flags) < 0)
		r = error_set(e, errno, "make the ipc and cgroup namespaces");
	if (r == 0 && is_new(spec, SPEC_NS_TIME))
		r = time_namespace_enter(spec, e);
	if (r == 0 && is_new(spec, SPEC_NS_NETWORK))
		r = raise_loopback(e);
	if (r == 0 && is_new(spec, SPEC_NS_UTS))
		r = set_names(spec, e);
	return r < 0 ? r : write_sysctls(spec, e);
}
