/*
 * Where a container's control groups are, and their making and removal. The hierarchies are found
 * in /proc/self/mountinfo (proc_pid_mountinfo(5)), the caller's own place in /proc/self/cgroup.
 */
#include "runtime/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/log.h"
#include "runtime/rootless.h"

#define PROC_FILE_MAX (4u << 20)

/* --- finding -------------------------------------------------------------------------------- */

/* The expansion of systemd.slice(5): a-b.slice lies in a.slice. Returns a path, NULL without
 * memory. */
static char *expand_slice(const char *slice)
{
	char *path = NULL;
	size_t size;
	FILE *f = open_memstream(&path, &size);
	if (!f)
		return NULL;
	for (const char *dash = strchr(slice, '-'); dash; dash = strchr(dash + 1, '-'))
		fprintf(f, "/%.*s.slice", (int)(dash - slice), slice);
	fprintf(f, "/%s", slice);
	return fclose(f) ? NULL : path;
}

/* slice:prefix:name as systemd would place it; -EINVAL when it is not of that form. */
static int systemd_path(const char *text, char **out)
{
	_cleanup_free_ char *copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	char *prefix = strchr(copy, ':');
	char *name = prefix ? strchr(prefix + 1, ':') : NULL;
	if (!name || strchr(copy, '/'))
		return -EINVAL;
	*prefix++ = '\0';
	*name++ = '\0';
	_cleanup_free_ char *slice = expand_slice(copy[0] ? copy : "system.slice");
	bool is_slice = strlen(name) > 6 && !strcmp(name + strlen(name) - 6, ".slice");
	int n = !slice ? -1
		       : asprintf(out, "%s/%s%s%s%s", slice, prefix, prefix[0] ? "-" : "", name,
				  is_slice ? "" : ".scope");
	return n < 0 ? -ENOMEM : 0;
}

/* The configured path, checked: no component may be "..". */
static int wanted_path(const char *cgroups_path, const char *id, bool systemd, bool delegated,
		       char **out, struct error *e)
{
	int r;
	if (!cgroups_path || !cgroups_path[0])
		r = asprintf(out, delegated ? "capbox-%s" : "/capbox/%s", id) < 0 ? -ENOMEM : 0;
	else if (systemd)
		r = systemd_path(cgroups_path, out);
	else
		r = (*out = strdup(cgroups_path)) ? 0 : -ENOMEM;
	if (r == -EINVAL)
		return error_set(e, 0, "linux.cgroupsPath: expected slice:prefix:name, found '%s'",
				 cgroups_path);
	if (r < 0)
		return error_set(e, -r, "linux.cgroupsPath");
	for (const char *p = *out; (p = strstr(p, "..")); p += 2)
		if ((p == *out || p[-1] == '/') && (!p[2] || p[2] == '/'))
			return error_set(e, 0, "linux.cgroupsPath: '..' in '%s'", *out);
	return 0;
}

/* A mounted hierarchy, as one line of mountinfo tells; strings point into the line. */
struct hierarchy {
	const char *mount;
	const char *name; /* controllers, "name=systemd", or "" for the unified one */
};

/* Finds the controllers among the options of the superblock: those that /proc/self/cgroup lists
 * too. */
static bool find_controllers(char *options, const char *own, char *name, size_t size)
{
	char *save;
	size_t used = 0;
	for (char *o = strtok_r(options, ",\n", &save); o; o = strtok_r(NULL, ",\n", &save)) {
		char needle[64];
		bool found = !strncmp(o, "name=", 5);
		static const char *const before = ":,", *const after = ":,";
		for (int i = 0; i < 4 && !found; i++) {
			snprintf(needle, sizeof needle, "%c%s%c", before[i & 1], o, after[i >> 1]);
			found = strstr(own, needle) != NULL;
		}
		if (found && used + strlen(o) + 2 < size)
			used +=
			    (size_t)snprintf(name + used, size - used, "%s%s", used ? "," : "", o);
	}
	return used > 0;
}

/* The caller's own cgroup in a hierarchy, "/" when there is none; malloc. */
static char *own_path(const char *own, const char *name)
{
	for (const char *line = own; line && *line;) {
		const char *list = strchr(line, ':');
		const char *path = list ? strchr(list + 1, ':') : NULL;
		if (!path)
			break;
		const char *end = strchrnul(path, '\n');
		size_t length = (size_t)(path - list - 1);
		if (length == strlen(name) && !memcmp(list + 1, name, length))
			return strndup(path + 1, (size_t)(end - path - 1));
		line = *end ? end + 1 : NULL;
	}
	return strdup("/");
}

static int add_directory(struct cgroup *c, const struct hierarchy *h, const char *wanted,
			 const char *own)
{
	for (size_t i = 0; i < c->count; i++)
		if (!strcmp(c->directories[i].name, h->name))
			return 0; /* the hierarchy is mounted twice */
	if (c->count == CGROUP_HIERARCHIES_MAX)
		return -E2BIG;
	struct cgroup_directory *d = &c->directories[c->count];
	_cleanup_free_ char *parent = wanted[0] == '/' ? strdup("") : own_path(own, h->name);
	d->mount = strdup(h->mount);
	snprintf(d->name, sizeof d->name, "%s", h->name);
	if (!parent || asprintf(&d->path, "%s%s%s", strcmp(parent, "/") ? parent : "",
				wanted[0] == '/' ? "" : "/", wanted) < 0)
		d->path = NULL;
	c->count++; /* cgroup_release frees what is there */
	return d->mount && d->path ? 0 : -ENOMEM;
}

/* Splits a line of mountinfo: fields 5 (mount point) and, after " - ", the type and the options. */
static bool parse_mountinfo(char *line, char **mount, char **type, char **options)
{
	char *dash = strstr(line, " - ");
	if (!dash)
		return false;
	char *save, *fields[5];
	*dash = '\0';
	for (size_t i = 0; i < 5; i++)
		if (!(fields[i] = strtok_r(i ? NULL : line, " ", &save)))
			return false;
	*mount = fields[4];
	*type = strtok_r(dash + 3, " ", &save);
	strtok_r(NULL, " ", &save); /* the source */
	*options = strtok_r(NULL, " ", &save);
	return *type && *options;
}

/* Adds the directories of the version 1 hierarchies, or with `unified` of the unified one. */
static int scan_mounts(struct cgroup *c, char *mountinfo, bool unified, const char *wanted,
		       const char *own)
{
	char *save, *mount, *type, *options;
	for (char *line = strtok_r(mountinfo, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char name[32] = "";
		if (!parse_mountinfo(line, &mount, &type, &options) ||
		    strcmp(type, unified ? "cgroup2" : "cgroup"))
			continue;
		if (!unified && !find_controllers(options, own, name, sizeof name))
			continue;
		struct hierarchy h = {mount, name};
		int r = add_directory(c, &h, wanted, own);
		if (r < 0)
			return r;
	}
	return 0;
}

int cgroup_find(struct cgroup *c, const char *cgroups_path, const char *id, bool systemd,
		struct error *e)
{
	_cleanup_free_ char *wanted = NULL, *own = NULL, *mounts = NULL, *again = NULL;
	c->delegated = rootless_caller();
	int r = wanted_path(cgroups_path, id, systemd, c->delegated, &wanted, e);
	if (r < 0)
		return r;
	ssize_t n = read_file_alloc(AT_FDCWD, "/proc/self/cgroup", PROC_FILE_MAX, &own);
	if (n >= 0)
		n = read_file_alloc(AT_FDCWD, "/proc/self/mountinfo", PROC_FILE_MAX, &mounts);
	if (n < 0)
		return error_set(e, (int)-n, "find the control groups");
	again = strdup(mounts);
	if (!again)
		return error_set(e, ENOMEM, "find the control groups");
	r = scan_mounts(c, mounts, false, wanted, own);
	if (r == 0 && c->count == 0)
		r = scan_mounts(c, again, true, wanted, own);
	return r < 0 ? error_set(e, -r, "find the control groups") : 0;
}

/* --- making --------------------------------------------------------------------------------- */

/* A new cpuset group has no processors, and no process can enter it before it is given some. */
static int inherit_cpuset(int parent, int child)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char value[4096];
		ssize_t n = read_file_at(child, files[i], value, sizeof value);
		if (n > 1)
			continue;
		n = n < 0 ? n : read_file_at(parent, files[i], value, sizeof value);
		int r = n < 0 ? (int)n : write_file_at(child, files[i], value);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Walks down d->path, making what is missing. */
static int make_directory(struct cgroup_directory *d)
{
	_cleanup_close_ int fd = open(d->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *path = strdup(d->path);
	if (fd < 0)
		return -errno;
	if (!path)
		return -ENOMEM;
	char *save;
	for (char *part = strtok_r(path, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
		bool made = mkdirat(fd, part, 0755) == 0;
		if (!made && errno != EEXIST)
			return -errno;
		d->made = made ? d->made + 1 : 0;
		_cleanup_close_ int child =
		    openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0)
			return -errno;
		/* Also one that another container has made and not filled yet. */
		int r = !strncmp(d->name, "cpuset", 6) ? inherit_cpuset(fd, child) : 0;
		if (r < 0)
			return r;
		close(fd);
		fd = steal_fd(&child);
	}
	return 0;
}

/* Leaves a hierarchy out. */
static void drop_directory(struct cgroup *c, size_t index)
{
	struct cgroup_directory *d = &c->directories[index];
	log_debug("no cgroup %s%s: it is not delegated to the caller", d->mount, d->path);
	free(d->mount);
	free(d->path);
	c->count--;
	memmove(d, d + 1, (c->count - index) * sizeof *d);
}

static bool is_refusal(int r)
{
	return r == -EACCES || r == -EPERM || r == -EROFS;
}

int cgroup_create(struct cgroup *c, struct error *e)
{
	size_t i = 0;
	while (i < c->count) {
		struct cgroup_directory *d = &c->directories[i];
		/* Another container that ends may remove the common parent between two steps. */
		int r = -ENOENT;
		for (int attempt = 0; attempt < 10 && r == -ENOENT; attempt++)
			r = make_directory(d);
		if (c->delegated && is_refusal(r)) {
			drop_directory(c, i);
			continue;
		}
		if (r < 0)
			return error_set(e, -r, "make cgroup %s%s", d->mount, d->path);
		i++;
	}
	return 0;
}

static int open_directory(const struct cgroup_directory *d, int flags)
{
	_cleanup_free_ char *path = NULL;
	if (asprintf(&path, "%s%s", d->mount, d->path) < 0)
		return -ENOMEM;
	int fd = open(path, flags | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cgroup_place(const struct cgroup *c, pid_t pid, struct error *e)
{
	char number[16];
	snprintf(number, sizeof number, "%d", (int)pid);
	for (size_t i = 0; i < c->count; i++) {
		const struct cgroup_directory *d = &c->directories[i];
		_cleanup_close_ int fd = open_directory(d, O_PATH);
		int r = fd < 0 ? fd : write_file_at(fd, "cgroup.procs", number);
		if (r < 0)
			return error_set(e, -r, "enter cgroup %s%s", d->mount, d->path);
	}
	return 0;
}

int cgroup_open(const struct cgroup *c, int fds[CGROUP_HIERARCHIES_MAX + 1],
		char names[CGROUP_HIERARCHIES_MAX + 1][32], struct error *e)
{
	fds[0] = -1;
	for (size_t i = 0; i < c->count; i++) {
		const struct cgroup_directory *d = &c->directories[i];
		int fd = open_directory(d, O_PATH);
		if (fd < 0)
			return error_set(e, -fd, "open cgroup %s%s", d->mount, d->path);
		fds[i] = fd;
		fds[i + 1] = -1;
		memcpy(names[i], d->name, sizeof d->name);
	}
	return 0;
}

/* --- removing ------------------------------------------------------------------------------- */

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* Sends SIGKILL to every process of the group. */
static void kill_processes(int dirfd)
{
	if (write_file_at(dirfd, "cgroup.kill", "1") == 0)
		return;
	_cleanup_free_ char *list = NULL;
	if (read_file_alloc(dirfd, "cgroup.procs", PROC_FILE_MAX, &list) < 0)
		return;
	char *save;
	for (char *p = strtok_r(list, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		pid_t pid = atoi(p);
		if (pid > 1) /* 0: a process that this pid namespace does not see */
			kill(pid, SIGKILL);
	}
}

/* Removes the groups below, deepest first. */
static void remove_children(int dirfd)
{
	int copy = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		_cleanup_close_ int child =
		    openat(dirfd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0)
			continue;
		kill_processes(child);
		remove_children(child);
		unlinkat(dirfd, entry->d_name, AT_REMOVEDIR);
	}
}

/* The parents that were made with it go too, and the one of the default path with its last child.
 */
static void remove_parents(const struct cgroup_directory *d, char *path)
{
	unsigned count = d->made > 1 ? d->made - 1 : !strncmp(d->path, "/capbox/", 8);
	for (char *slash; count > 0 && (slash = strrchr(path, '/')); count--) {
		*slash = '\0';
		if (rmdir(path) < 0)
			return;
	}
}

static int remove_directory(const struct cgroup_directory *d)
{
	_cleanup_free_ char *path = NULL;
	if (asprintf(&path, "%s%s", d->mount, d->path) < 0)
		return -ENOMEM;
	/* Nobody may ask for a hierarchy's own root to be emptied. */
	if (!d->path[strspn(d->path, "/")])
		return 0;
	/* A killed process leaves its group a moment after it is gone. */
	for (int attempt = 0; attempt < 200; attempt++) {
		if (rmdir(path) == 0 || errno == ENOENT) {
			remove_parents(d, path);
			return 0;
		}
		if (errno != EBUSY && errno != ENOTEMPTY)
			return -errno;
		_cleanup_close_ int fd = open_directory(d, O_RDONLY);
		if (fd >= 0) {
			kill_processes(fd);
			remove_children(fd);
		}
		pause_ms(attempt < 20 ? 1 : 20);
	}
	return -EBUSY;
}

int cgroup_remove(const struct cgroup *c, struct error *e)
{
	int result = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct cgroup_directory *d = &c->directories[i];
		int r = remove_directory(d);
		if (r < 0 && result == 0)
			result = error_set(e, -r, "remove cgroup %s%s", d->mount, d->path);
	}
	return result;
}

/* --- state.json ----------------------------------------------------------------------------- */

json_t *cgroup_to_json(const struct cgroup *c)
{
	json_t *list = json_array();
	for (size_t i = 0; i < c->count; i++) {
		const struct cgroup_directory *d = &c->directories[i];
		json_t *entry = json_pack("{s:s, s:s, s:s, s:i}", "name", d->name, "mount",
					  d->mount, "path", d->path, "made", (int)d->made);
		if (!list || !entry || json_array_append_new(list, entry) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

int cgroup_from_json(struct cgroup *c, const json_t *list)
{
	size_t count = MIN(json_array_size(list), (size_t)CGROUP_HIERARCHIES_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *name, *mount, *path;
		int made = 0;
		struct cgroup_directory *d = &c->directories[i];
		if (json_unpack(json_array_get(list, i), "{s:s, s:s, s:s, s?i}", "name", &name,
				"mount", &mount, "path", &path, "made", &made) < 0)
			return -ENODATA;
		snprintf(d->name, sizeof d->name, "%s", name);
		d->made = (unsigned)made;
		d->mount = strdup(mount);
		d->path = strdup(path);
		c->count = i + 1;
		if (!d->mount || !d->path)
			return -ENOMEM;
	}
	return 0;
}

void cgroup_release(struct cgroup *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->directories[i].mount);
		free(c->directories[i].path);
	}
	c->count = 0;
}
