/*
 * What ids a caller may use, and giving them to a container (user_namespaces(7)). The kernel lets
 * an unprivileged user map nothing but the own id; the set-user-ID programs of the package uidmap
 * do the rest, for the ranges of subuid(5) and subgid(5).
 */
#include "runtime/rootless.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "lib/cleanup.h"
#include "lib/io.h"

#define FILE_MAX  (4u << 20)
#define LINES_MAX 340 /* of a map, as in the kernel */

/* What differs between the two kinds of ids. */
struct kind {
	const char *map, *property, *ranges, *program, *give;
	bool groups;
};

static const struct kind users = {"uid_map",   "uidMappings",	"/etc/subuid",
				  "newuidmap", "--add-subuids", false};
static const struct kind groups = {"gid_map",	"gidMappings",	 "/etc/subgid",
				   "newgidmap", "--add-subgids", true};

static uint32_t own_id(const struct kind *k)
{
	return k->groups ? getegid() : geteuid();
}

bool rootless_caller(void)
{
	char text[256];
	uint32_t inside, outside, count;
	if (geteuid() != 0)
		return true;
	if (read_file_at(AT_FDCWD, "/proc/self/uid_map", text, sizeof text) < 0)
		return false;
	return sscanf(text, "%" SCNu32 " %" SCNu32 " %" SCNu32, &inside, &outside, &count) != 3 ||
	       count != UINT32_MAX;
}

void rootless_root(char path[PATH_MAX])
{
	const char *directory = getenv("XDG_RUNTIME_DIR");
	if (directory && directory[0] == '/')
		snprintf(path, PATH_MAX, "%s/capbox", directory);
	else
		snprintf(path, PATH_MAX, "/tmp/capbox-%u", geteuid());
}

bool rootless_may_mount(void)
{
	_cleanup_close_ int fd = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return fd >= 0;
}

/* --- ranges --------------------------------------------------------------------------------- */

static int add_range(struct spec_id_maps *list, uint32_t first, uint32_t count)
{
	struct spec_id_map *more = realloc(list->maps, (list->count + 1) * sizeof *more);
	if (!more)
		return -ENOMEM;
	list->maps = more;
	more[list->count++] = (struct spec_id_map){first, first, count};
	return 0;
}

static void free_maps(struct spec_id_maps *list)
{
	free(list->maps);
	*list = (struct spec_id_maps){0};
}

int rootless_own_map(const char *file, struct spec_id_maps *out, struct error *e)
{
	char path[40], *save;
	_cleanup_free_ char *text = NULL;
	uint32_t inside, outside, count;
	*out = (struct spec_id_maps){0};
	snprintf(path, sizeof path, "/proc/self/%s", file);
	ssize_t n = read_file_alloc(AT_FDCWD, path, FILE_MAX, &text);
	int r = n < 0 ? (int)n : 0;
	for (char *line = n > 0 ? strtok_r(text, "\n", &save) : NULL; line && r == 0;
	     line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu32, &inside, &outside, &count) ==
		    3)
			r = add_range(out, inside, count);
	if (r < 0) {
		free_maps(out);
		return error_set(e, -r, "%s", path);
	}
	return 0;
}

/* Whether a line's first field is the user, by name or number. */
static bool is_for(const char *name, uid_t uid, const char *user)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	return (user && !strcmp(name, user)) || (*name && !*end && number == uid);
}

/* The caller's lines of subuid(5) or subgid(5): name:first:count. No file, no ranges. */
static int read_ranges(const struct kind *k, struct spec_id_maps *out, struct error *e)
{
	_cleanup_free_ char *text = NULL;
	char *save;
	ssize_t n = read_file_alloc(AT_FDCWD, k->ranges, FILE_MAX, &text);
	if (n == -ENOENT)
		return 0;
	int r = n < 0 ? (int)n : 0;
	const struct passwd *entry = getpwuid(geteuid());
	for (char *line = n > 0 ? strtok_r(text, "\n", &save) : NULL; line && r == 0;
	     line = strtok_r(NULL, "\n", &save)) {
		char *first = strchr(line, ':');
		uint32_t start, count;
		if (!first)
			continue;
		*first++ = '\0';
		if (sscanf(first, "%" SCNu32 ":%" SCNu32, &start, &count) == 2 && count > 0 &&
		    count <= UINT32_MAX - start &&
		    is_for(line, geteuid(), entry ? entry->pw_name : NULL))
			r = add_range(out, start, count);
	}
	return r < 0 ? error_set(e, -r, "%s", k->ranges) : 0;
}

/* Whether the program that hands the ranges out is installed. */
static bool has_program(const struct kind *k)
{
	static const char *const directories[] = {"/usr/bin", "/usr/local/bin", "/bin"};
	char path[64];
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		snprintf(path, sizeof path, "%s/%s", directories[i], k->program);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* What the caller may map beside its own id. */
static int find_ranges(const struct kind *k, struct spec_id_maps *out, struct error *e)
{
	*out = (struct spec_id_maps){0};
	if (geteuid() == 0)
		return rootless_own_map(k->map, out, e);
	return has_program(k) ? read_ranges(k, out, e) : 0;
}

static int guest_id(const struct kind *k, uint32_t *id, struct error *e)
{
	_cleanup_(free_maps) struct spec_id_maps ranges = {0};
	int r = find_ranges(k, &ranges, e);
	if (r < 0)
		return r;
	*id = own_id(k);
	if (ranges.count) {
		const struct spec_id_map *last = &ranges.maps[ranges.count - 1];
		*id = last->host_id + (last->size - 1);
	}
	return 0;
}

int rootless_guest_ids(uid_t *uid, gid_t *gid, struct error *e)
{
	int r = guest_id(&users, uid, e);
	return r < 0 ? r : guest_id(&groups, gid, e);
}

/* --- what a configuration may ask for ------------------------------------------------------- */

static bool lies_in(const struct spec_id_map *map, const struct spec_id_maps *ranges)
{
	for (size_t i = 0; i < ranges->count; i++) {
		const struct spec_id_map *r = &ranges->maps[i];
		if (map->host_id >= r->host_id && map->host_id - r->host_id < r->size &&
		    map->size <= r->size - (map->host_id - r->host_id))
			return true;
	}
	return false;
}

static int refuse_map(const struct kind *k, const struct spec_id_map *map, size_t index,
		      struct error *e)
{
	const struct passwd *entry = getpwuid(geteuid());
	uint32_t last = map->host_id + (map->size - 1);
	error_set(e, 0, "linux.%s[%zu]: host ids %u to %u are not the caller's", k->property, index,
		  map->host_id, last);
	size_t used = strlen(e->message);
	char *end = e->message + used;
	size_t room = sizeof e->message - used;
	if (geteuid() == 0)
		snprintf(end, room, ": its user namespace does not have them");
	else if (!has_program(k))
		snprintf(end, room, ": mapping more than one's own id needs %s (package uidmap)",
			 k->program);
	else
		snprintf(end, room, ": %s does not list them (as root: usermod %s %u-%u %s)",
			 k->ranges, k->give, map->host_id, last, entry ? entry->pw_name : "USER");
	return -EPERM;
}

static int check_maps(const struct kind *k, const struct spec_id_maps *maps, struct error *e)
{
	_cleanup_(free_maps) struct spec_id_maps ranges = {0};
	int r = find_ranges(k, &ranges, e);
	for (size_t i = 0; r == 0 && i < maps->count; i++) {
		const struct spec_id_map *map = &maps->maps[i];
		bool own = map->size == 1 && map->host_id == own_id(k);
		if (!own && !lies_in(map, &ranges))
			r = refuse_map(k, map, i, e);
	}
	return r;
}

int rootless_check(const struct spec *spec, struct error *e)
{
	if (geteuid() != 0 && !spec->uid_maps.count)
		return error_set(e, EPERM,
				 "linux.uidMappings: the container of an unprivileged user needs a "
				 "user namespace with mappings (capbox spec --rootless writes "
				 "them), or run capbox as root");
	int r = check_maps(&users, &spec->uid_maps, e);
	return r < 0 ? r : check_maps(&groups, &spec->gid_maps, e);
}

/* --- maps ----------------------------------------------------------------------------------- */

/* Without privilege a group map needs setgroups(2) to be given up first: a group may also forbid.
 */
static int deny_setgroups(pid_t child)
{
	char path[40];
	snprintf(path, sizeof path, "/proc/%d/setgroups", (int)child);
	return write_file_at(AT_FDCWD, path, "deny");
}

static int write_directly(const struct kind *k, pid_t child, const struct spec_id_maps *maps,
			  struct error *e)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	char path[40];
	int r = k->groups && geteuid() != 0 ? deny_setgroups(child) : 0;
	FILE *f = r < 0 ? NULL : open_memstream(&text, &size);
	for (size_t i = 0; f && i < maps->count; i++)
		fprintf(f, "%u %u %u\n", maps->maps[i].container_id, maps->maps[i].host_id,
			maps->maps[i].size);
	if (r == 0 && (!f || fclose(f)))
		r = -ENOMEM;
	snprintf(path, sizeof path, "/proc/%d/%s", (int)child, k->map);
	if (r == 0)
		r = write_file_at(AT_FDCWD, path, text);
	return r < 0 ? error_set(e, -r, "write %s of the container", k->map) : 0;
}

/* Starts the program with its arguments; its messages go to `output`. */
static int start_program(const struct kind *k, char *const *argv, int output, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	int r = posix_spawnp(pid, k->program, &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -r;
}

static int run_program(const struct kind *k, char *const *argv, struct error *e)
{
	int output[2], status = 0;
	char text[512];
	size_t used = 0;
	ssize_t n;
	pid_t pid;
	if (pipe2(output, O_CLOEXEC) < 0)
		return error_set(e, errno, "%s", k->program);
	int r = start_program(k, argv, output[1], &pid);
	close(output[1]);
	while (r == 0 && used < sizeof text - 1 &&
	       ((n = read(output[0], text + used, sizeof text - 1 - used)) > 0 ||
		(n < 0 && errno == EINTR)))
		used += n > 0 ? (size_t)n : 0;
	close(output[0]);
	if (r < 0)
		return error_set(e, -r, "%s", k->program);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	text[used] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return error_set(e, 0, "%s cannot map the container's ids: %s", k->program,
			 text[0] ? text : "it fails without a word");
}

static int write_by_program(const struct kind *k, pid_t child, const struct spec_id_maps *maps,
			    struct error *e)
{
	size_t count = 2 + 3 * maps->count;
	_cleanup_free_ char(*texts)[12] = calloc(count, sizeof *texts);
	_cleanup_free_ char **argv = calloc(count + 1, sizeof *argv);
	if (!texts || !argv)
		return error_set(e, ENOMEM, "%s", k->program);
	for (size_t i = 0; i < maps->count; i++) {
		const struct spec_id_map *m = &maps->maps[i];
		const uint32_t numbers[] = {m->container_id, m->host_id, m->size};
		for (size_t j = 0; j < 3; j++)
			snprintf(texts[2 + 3 * i + j], sizeof *texts, "%u", numbers[j]);
	}
	snprintf(texts[1], sizeof *texts, "%d", (int)child);
	argv[0] = (char *)k->program;
	for (size_t i = 1; i < count; i++)
		argv[i] = texts[i];
	return run_program(k, argv, e);
}

int rootless_write_map(pid_t child, const char *file, const struct spec_id_maps *maps,
		       struct error *e)
{
	const struct kind *k = strcmp(file, users.map) ? &groups : &users;
	bool own =
	    maps->count == 1 && maps->maps[0].size == 1 && maps->maps[0].host_id == own_id(k);
	if (maps->count > LINES_MAX)
		return error_set(e, 0, "linux.%s: more than %d ranges", k->property, LINES_MAX);
	return geteuid() == 0 || own ? write_directly(k, child, maps, e)
				     : write_by_program(k, child, maps, e);
}
