#include "runtime/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/log.h"
#include "runtime/control.h"
#include "runtime/freezer.h"
#include "runtime/json.h"
#include "sentry/counters.h"

#define STATE_NAME     "state.json"
#define STATE_NAME_NEW "state.json.new"
#define STATE_SIZE_MAX (16u << 20)
#define CRASH_SIZE_MAX (1u << 20)
#define ID_SIZE_MAX    1024u

int state_check_id(const char *id, struct error *e)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
	char text[80];
	if (!id[0] || id[strspn(id, allowed)] || strlen(id) > ID_SIZE_MAX || !strcmp(id, ".") ||
	    !strcmp(id, ".."))
		return error_set(
		    e, 0, "invalid container id '%s': letters, digits and _ + - . are allowed",
		    printable(id, text, sizeof text));
	return 0;
}

/* Makes every directory of the path that is missing. */
static int make_directories(const char *path, mode_t mode)
{
	_cleanup_free_ char *copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	for (char *slash = copy + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(copy, mode) < 0 && errno != EEXIST ? -errno : 0;
}

static int open_root(const char *root, bool create, char **absolute, struct error *e)
{
	if (create) {
		int r = make_directories(root, 0711);
		if (r < 0)
			return error_set(e, -r, "state root %s", root);
	}
	_cleanup_close_ int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ENOENT : error_set(e, errno, "state root %s", root);
	struct stat st;
	/* In /tmp anyone may have been there first. */
	if (geteuid() != 0 && (fstat(fd, &st) < 0 || st.st_uid != geteuid()))
		return error_set(e, EPERM,
				 "state root %s is not the caller's own (set XDG_RUNTIME_DIR, or "
				 "use --root)",
				 root);
	*absolute = realpath(root, NULL);
	if (!*absolute)
		return error_set(e, errno, "state root %s", root);
	return steal_fd(&fd);
}

/* What create and open have in common: the directory's names and descriptors. */
static int state_init(const char *root, const char *id, bool create, struct state *s,
		      struct error *e)
{
	int r = state_check_id(id, e);
	if (r < 0)
		return r;
	_cleanup_free_ char *absolute = NULL;
	s->root_fd = open_root(root, create, &absolute, e);
	if (s->root_fd == -ENOENT)
		return error_set(e, 0, "container %s does not exist", id), -ENOENT;
	if (s->root_fd < 0)
		return s->root_fd;
	s->id = strdup(id);
	if (!s->id || asprintf(&s->directory, "%s/%s", absolute, id) < 0) {
		s->directory = NULL;
		return error_set(e, ENOMEM, "container %s", id);
	}
	return 0;
}

static int state_open_directory(struct state *s, struct error *e)
{
	s->dirfd = openat(s->root_fd, s->id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->dirfd >= 0)
		return 0;
	if (errno == ENOENT)
		return error_set(e, 0, "container %s does not exist", s->id), -ENOENT;
	return error_set(e, errno, "state directory %s", s->directory);
}

int state_create(const char *root, const char *id, struct state *s, struct error *e)
{
	int r = state_init(root, id, true, s, e);
	if (r < 0)
		return r;
	if (mkdirat(s->root_fd, id, 0700) < 0) {
		if (errno != EEXIST)
			return error_set(e, errno, "state directory %s", s->directory);
		return error_set(e, 0, "container with id %s already exists", id), -EEXIST;
	}
	r = state_open_directory(s, e);
	if (r < 0) {
		unlinkat(s->root_fd, id, AT_REMOVEDIR);
		return r;
	}
	struct timespec now;
	struct tm tm;
	char seconds[24];
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(s->created, sizeof s->created, "%s.%09ldZ", seconds, now.tv_nsec);
	s->owner = getuid();
	return 0;
}

/* --- state.json ----------------------------------------------------------------------------- */

int state_save(const struct state *s, struct error *e)
{
	json_t *cgroup = cgroup_to_json(&s->cgroup);
	json_t *object = json_pack(
	    "{s:s, s:s, s:s, s:s, s:i, s:I, s:s, s:b, s:I, s:I, s:i, s:s*, s:O*, s:o}",
	    "ociVersion", s->version, "id", s->id, "bundle", s->bundle, "rootfs", s->rootfs, "pid",
	    (int)s->pid, "startTime", (json_int_t)s->start_time, "created", s->created, "ready",
	    s->ready, "owner", (json_int_t)s->owner, "guestUid", (json_int_t)s->guest_uid, "hooks",
	    (int)s->hooks, "unit", s->unit, "annotations", s->annotations, "cgroup", cgroup);
	_cleanup_free_ char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	if (!text)
		return error_set(e, ENOMEM, "%s/" STATE_NAME, s->directory);
	_cleanup_close_ int fd =
	    openat(s->dirfd, STATE_NAME_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : write_all(fd, text, strlen(text));
	if (r == 0 && renameat(s->dirfd, STATE_NAME_NEW, s->dirfd, STATE_NAME) < 0)
		r = -errno;
	return r < 0 ? error_set(e, -r, "write %s/" STATE_NAME, s->directory) : 0;
}

int state_save_config(const struct state *s, const char *text, size_t size, struct error *e)
{
	_cleanup_close_ int fd =
	    openat(s->dirfd, STATE_CONFIG_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : write_all(fd, text, size);
	return r < 0 ? error_set(e, -r, "write %s/" STATE_CONFIG_NAME, s->directory) : 0;
}

int state_load_config(const struct state *s, struct spec **out, struct error *e)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_file_alloc(s->dirfd, STATE_CONFIG_NAME, SPEC_SIZE_MAX, &text);
	if (n < 0)
		return error_set(e, (int)-n, "read %s/" STATE_CONFIG_NAME, s->directory);
	int r = spec_parse(text, (size_t)n, out, e);
	return r < 0 ? error_prefix(e, r, "%s", s->directory) : 0;
}

int state_open_events(const struct state *s, int *fd, struct error *e)
{
	*fd = openat(s->dirfd, STATE_EVENTS_NAME, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	return *fd < 0 ? error_set(e, errno, "make %s/" STATE_EVENTS_NAME, s->directory) : 0;
}

int state_find_events(const struct state *s)
{
	int fd = openat(s->dirfd, STATE_EVENTS_NAME, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int state_open_crash(const struct state *s, int *fd, struct error *e)
{
	*fd = openat(s->dirfd, STATE_CRASH_NAME, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	return *fd < 0 ? error_set(e, errno, "make %s/" STATE_CRASH_NAME, s->directory) : 0;
}

ssize_t state_read_crash(const struct state *s, char **report)
{
	return read_file_alloc(s->dirfd, STATE_CRASH_NAME, CRASH_SIZE_MAX, report);
}

int state_make_counters(const struct state *s, struct counters **out, struct error *e)
{
	_cleanup_close_ int fd =
	    openat(s->dirfd, COUNTERS_NAME, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	/* All of it, now: later a full disk would be a signal to the sentry. */
	int r = fd < 0 ? errno : posix_fallocate(fd, 0, sizeof **out);
	if (r != 0)
		return error_set(e, r, "make %s/" COUNTERS_NAME, s->directory);
	struct counters *c = mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (c == MAP_FAILED)
		return error_set(e, errno, "map %s/" COUNTERS_NAME, s->directory);
	c->started = counters_now();
	c->layout = COUNTERS_LAYOUT;
	*out = c;
	return 0;
}

int state_map_counters(const struct state *s, const struct counters **out)
{
	_cleanup_close_ int fd = openat(s->dirfd, COUNTERS_NAME, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size != sizeof **out)
		return -ENODATA;
	const struct counters *c = mmap(NULL, sizeof *c, PROT_READ, MAP_SHARED, fd, 0);
	if (c == MAP_FAILED)
		return -errno;
	if (c->layout != COUNTERS_LAYOUT) {
		munmap((void *)c, sizeof *c);
		return -ENODATA;
	}
	*out = c;
	return 0;
}

static int take_string(char **out, const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));
	*out = value ? strdup(value) : NULL;
	return *out ? 0 : -ENODATA;
}

static int state_from_json(struct state *s, const json_t *object)
{
	char *created = NULL;
	int r = take_string(&s->version, object, "ociVersion");
	if (r == 0)
		r = take_string(&s->bundle, object, "bundle");
	if (r == 0)
		r = take_string(&s->rootfs, object, "rootfs");
	if (r == 0)
		r = take_string(&created, object, "created");
	if (r == 0)
		snprintf(s->created, sizeof s->created, "%s", created);
	free(created);
	s->pid = (pid_t)json_integer_value(json_object_get(object, "pid"));
	s->start_time = (uint64_t)json_integer_value(json_object_get(object, "startTime"));
	s->ready = json_is_true(json_object_get(object, "ready"));
	s->owner = (uid_t)json_integer_value(json_object_get(object, "owner"));
	s->guest_uid = (uid_t)json_integer_value(json_object_get(object, "guestUid"));
	const char *unit = json_string_value(json_object_get(object, "unit"));
	s->unit = unit ? strdup(unit) : NULL;
	s->hooks = (unsigned)json_integer_value(json_object_get(object, "hooks"));
	json_t *annotations = json_object_get(object, "annotations");
	s->annotations = json_is_object(annotations) ? json_incref(annotations) : NULL;
	int cgroup = cgroup_from_json(&s->cgroup, json_object_get(object, "cgroup"));
	return r < 0 ? r : cgroup;
}

int state_open(const char *root, const char *id, struct state *s, struct error *e)
{
	int r = state_init(root, id, false, s, e);
	if (r == 0)
		r = state_open_directory(s, e);
	if (r < 0)
		return r;
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_file_alloc(s->dirfd, STATE_NAME, STATE_SIZE_MAX, &text);
	json_t *object = n > 0 ? json_loadb(text, (size_t)n, 0, NULL) : NULL;
	r = json_is_object(object) ? state_from_json(s, object) : -ENODATA;
	json_decref(object);
	if (r < 0) {
		error_set(e, 0, "container %s was never made whole: delete it with --force", id);
		return -ENODATA;
	}
	return 0;
}

static int visit(const char *root, const char *id, int (*f)(void *, struct state *, struct error *),
		 void *arg, struct error *e)
{
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	int r = state_open(root, id, &s, e);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r == -ENODATA) {
		log_info("%s", e->message);
		return 0;
	}
	return r < 0 ? r : f(arg, &s, e);
}

int state_each(const char *root, int (*f)(void *arg, struct state *s, struct error *e), void *arg,
	       struct error *e)
{
	struct dirent **names;
	int n = scandir(root, &names, NULL, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : error_set(e, errno, "state root %s", root);
	int r = 0;
	for (int i = 0; i < n; i++) {
		struct error ignored;
		if (r >= 0 && state_check_id(names[i]->d_name, &ignored) == 0 &&
		    names[i]->d_type != DT_REG)
			r = visit(root, names[i]->d_name, f, arg, e);
		free(names[i]);
	}
	free(names);
	return r;
}

/* All that the directory of a container may hold. */
static const char *const file_names[] = {CONTROL_NAME,	STATE_CONFIG_NAME, STATE_EVENTS_NAME,
					 COUNTERS_NAME, STATE_CRASH_NAME,  STATE_NAME_NEW,
					 STATE_NAME};

static int remove_files(struct state *s, struct error *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(file_names); i++)
		if (unlinkat(s->dirfd, file_names[i], 0) < 0 && errno != ENOENT)
			return error_set(e, errno, "remove %s/%s", s->directory, file_names[i]);
	return 0;
}

int state_remove(struct state *s, struct error *e)
{
	/* A creation that is being ended may still have put a file there, each of them once. */
	for (size_t i = 0; i <= ARRAY_SIZE(file_names); i++) {
		int r = remove_files(s, e);
		if (r < 0)
			return r;
		if (unlinkat(s->root_fd, s->id, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return 0;
		if (errno != ENOTEMPTY)
			break;
	}
	return error_set(e, errno, "remove %s", s->directory);
}

void state_release(struct state *s)
{
	close_fd(&s->dirfd);
	close_fd(&s->root_fd);
	free(s->directory);
	free(s->id);
	free(s->bundle);
	free(s->rootfs);
	free(s->version);
	free(s->unit);
	json_decref(s->annotations);
	cgroup_release(&s->cgroup);
	*s = (struct state)STATE_EMPTY;
}

/* --- the sentry's life ---------------------------------------------------------------------- */

/* The state letter and start time of a process, fields 3 and 22 of proc_pid_stat(5). */
static int read_stat(pid_t pid, char *letter, uint64_t *start_time)
{
	char path[40], text[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	ssize_t n = read_file_at(AT_FDCWD, path, text, sizeof text);
	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	/* The name before it may hold anything, but its bracket is the last. */
	char *p = strrchr(text, ')');
	if (!p || p[1] != ' ')
		return -ESRCH;
	p += 2;
	*letter = *p;
	for (int field = 3; field < 22; field++) {
		p = strchr(p, ' ');
		if (!p)
			return -ESRCH;
		p++;
	}
	*start_time = strtoull(p, NULL, 10);
	return 0;
}

int state_set_pid(struct state *s, pid_t pid, struct error *e)
{
	char letter;
	int r = read_stat(pid, &letter, &s->start_time);
	if (r < 0)
		return error_set(e, -r, "look at the sentry");
	s->pid = pid;
	return 0;
}

int state_pidfd(const struct state *s)
{
	if (s->pid <= 0)
		return -ESRCH;
	_cleanup_close_ int fd = pidfd_open(s->pid, 0);
	if (fd < 0)
		return -errno;
	/* Looked at after the descriptor names the process, so that both are about the same one. */
	char letter;
	uint64_t start_time;
	int r = read_stat(s->pid, &letter, &start_time);
	if (r < 0)
		return r;
	if (start_time != s->start_time || letter == 'Z' || letter == 'X')
		return -ESRCH;
	return steal_fd(&fd);
}

enum status state_status(const struct state *s)
{
	if (!s->ready && !s->pid)
		return STATUS_CREATING;
	_cleanup_close_ int pidfd = state_pidfd(s);
	if (pidfd < 0)
		return STATUS_STOPPED;
	if (!s->ready)
		return STATUS_CREATING;
	/* The sentry is frozen as well, and could not say. */
	if (freezer_is_frozen(&s->cgroup))
		return STATUS_PAUSED;
	json_t *reply = NULL;
	struct error e;
	int r = control_call(s->dirfd, json_pack("{s:s}", "op", "state"), NULL, 0,
			     CONTROL_TIMEOUT_S, &reply, &e);
	/* One that is too busy to answer is running; one that has closed its socket is ending. */
	enum status status = r == 0 || r == -ETIMEDOUT ? STATUS_RUNNING : STATUS_STOPPED;
	const char *name = json_string_value(json_object_get(reply, "status"));
	for (enum status i = STATUS_CREATED; name && i <= STATUS_STOPPED; i++)
		if (!strcmp(name, status_name(i)))
			status = i;
	json_decref(reply);
	return status;
}

const char *status_name(enum status status)
{
	static const char *const names[] = {"creating", "created", "running", "paused", "stopped"};
	return names[status];
}

json_t *state_describe(const struct state *s, enum status status)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:O*}", "ociVersion", s->version,
			 "id", s->id, "pid", status == STATUS_STOPPED ? 0 : (int)s->pid, "status",
			 status_name(status), "bundle", s->bundle, "rootfs", s->rootfs, "created",
			 s->created, "annotations", s->annotations);
}
