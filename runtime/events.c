/*
 * See events.h. Out of memory is told by an eventfd that is bound to memory.oom_control in version
 * 1, and by a changed count in memory.events in version 2 (inotify tells when to look). What an
 * egress policy denied the sentry appends to a file of the state directory.
 */
#include "runtime/events.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/cgroup_limits.h"
#include "runtime/cgroup_stats.h"

/* --- printing ------------------------------------------------------------------------------- */

/* One line; takes data, which may be NULL. */
static int print(const struct state *s, const char *type, json_t *data, struct error *e)
{
	json_t *event = json_pack("{s:s, s:s, s:o*}", "type", type, "id", s->id, "data", data);
	int r = event ? json_dumpf(event, stdout, JSON_COMPACT) : -1;
	json_decref(event);
	if (r < 0 || puts("") < 0 || fflush(stdout))
		return error_set(e, EIO, "write to stdout");
	return 0;
}

int events_print_stats(const struct state *s, struct error *e)
{
	json_t *stats = cgroup_stats(&s->cgroup, e);
	return stats ? print(s, "stats", stats, e) : -ENOMEM;
}

/* --- out of memory -------------------------------------------------------------------------- */

struct oom {
	int fd; /* readable when something may have happened; -1: nothing tells */
	bool unified;
	int dirfd;
	uint64_t seen; /* version 2: processes killed so far */
};

static void oom_close(struct oom *o)
{
	close_fd(&o->fd);
	close_fd(&o->dirfd);
}

static int watch_v1(struct oom *o)
{
	_cleanup_close_ int control = openat(o->dirfd, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	char text[40];
	if (control < 0 || event < 0)
		return -errno;
	snprintf(text, sizeof text, "%d %d", event, control);
	int r = write_file_at(o->dirfd, "cgroup.event_control", text);
	if (r == 0)
		o->fd = steal_fd(&event);
	return r;
}

static uint64_t count_kills(const struct oom *o)
{
	char text[512];
	if (read_file_at(o->dirfd, "memory.events", text, sizeof text) < 0)
		return o->seen;
	return stats_value(text, "oom_kill");
}

static int watch_v2(struct oom *o)
{
	_cleanup_close_ int notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d/memory.events", o->dirfd);
	if (notify < 0 || inotify_add_watch(notify, path, IN_MODIFY) < 0)
		return -errno;
	o->seen = count_kills(o);
	o->fd = steal_fd(&notify);
	return 0;
}

static int oom_open(const struct state *s, struct oom *o)
{
	const struct cgroup_directory *d = cgroup_directory(&s->cgroup, "memory");
	o->unified = cgroup_is_unified(&s->cgroup);
	o->dirfd = d ? cgroup_directory_open(d) : -ENOENT;
	if (o->dirfd < 0)
		return o->dirfd;
	return o->unified ? watch_v2(o) : watch_v1(o);
}

/* Whether memory has run out; the removal of the group wakes up too. */
static bool oom_happened(struct oom *o)
{
	char buffer[4096];
	if (read(o->fd, buffer, sizeof buffer) <= 0)
		return false;
	if (!o->unified)
		return faccessat(o->dirfd, "memory.oom_control", F_OK, 0) == 0;
	uint64_t kills = count_kills(o);
	bool more = kills > o->seen;
	o->seen = kills;
	return more;
}

/* --- denials and refusals --------------------------------------------------------------------- */

/* The file that the sentry appends to, from its present end on. */
struct denials {
	int fd, notify; /* -1: the container has no egress policy */
};

static void denials_close(struct denials *d)
{
	close_fd(&d->fd);
	close_fd(&d->notify);
}

static int denials_open(const struct state *s, struct denials *d)
{
	char path[64];
	d->fd = state_find_events(s);
	if (d->fd < 0)
		return d->fd == -ENOENT ? 0 : d->fd;
	d->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	snprintf(path, sizeof path, "/proc/self/fd/%d", d->fd);
	if (d->notify < 0 || lseek(d->fd, 0, SEEK_END) < 0 ||
	    inotify_add_watch(d->notify, path, IN_MODIFY) < 0)
		return -errno;
	return 0;
}

/* A line of the file (taken), under the name that it has in it; without one it is a denied address. */
static int print_event(const struct state *s, json_t *data, struct error *e)
{
	_cleanup_free_ char *name = NULL;
	const char *given = json_string_value(json_object_get(data, "event"));
	if (given)
		name = strdup(given);
	json_object_del(data, "event");
	return print(s, name ? name : "denied", data, e);
}

/* The lines that are new; each was written at once. */
static int denials_print(const struct state *s, struct denials *d, struct error *e)
{
	char buffer[4096];
	ssize_t n;
	while (read(d->notify, buffer, sizeof buffer) > 0)
		;
	while ((n = read(d->fd, buffer, sizeof buffer - 1)) > 0) {
		buffer[n] = '\0';
		char *line = buffer, *end;
		for (; (end = strchr(line, '\n')); line = end + 1) {
			int r =
			    print_event(s, json_loadb(line, (size_t)(end - line), 0, NULL), e);
			if (r < 0)
				return r;
		}
		if (line == buffer)
			return error_set(e, EPROTO, "container %s: its network events", s->id);
		if (*line && lseek(d->fd, line - (buffer + n), SEEK_CUR) < 0)
			return error_set(e, errno, "container %s: its network events", s->id);
	}
	return 0;
}

/* --- the stream ----------------------------------------------------------------------------- */

static int open_timer(uint64_t ns)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
	struct itimerspec timer = {t, t};
	if (fd >= 0 && timerfd_settime(fd, 0, &timer, NULL) < 0)
		close_fd(&fd);
	return fd;
}

int events_stream(const struct state *s, uint64_t interval_ns, struct error *e)
{
	_cleanup_close_ int sentry = state_pidfd(s);
	_cleanup_close_ int timer = open_timer(interval_ns);
	_cleanup_(oom_close) struct oom oom = {.fd = -1, .dirfd = -1};
	_cleanup_(denials_close) struct denials denials = {-1, -1};
	if (sentry < 0 || timer < 0)
		return error_set(e, sentry < 0 ? -sentry : errno, "container %s", s->id);
	int r = oom_open(s, &oom);
	if (r < 0)
		return error_set(e, -r, "container %s: watch for the end of its memory", s->id);
	r = denials_open(s, &denials);
	if (r < 0)
		return error_set(e, -r, "container %s: watch its network events", s->id);
	struct pollfd polls[] = {{sentry, POLLIN, 0},
				 {timer, POLLIN, 0},
				 {oom.fd, POLLIN, 0},
				 {denials.notify, POLLIN, 0}};
	for (r = 0; r == 0;) {
		if (poll(polls, ARRAY_SIZE(polls), -1) < 0)
			continue;
		if (polls[2].revents && oom_happened(&oom))
			r = print(s, "oom", NULL, e);
		if (r == 0 && (polls[3].revents || polls[0].revents) && denials.notify >= 0)
			r = denials_print(s, &denials, e);
		if (polls[0].revents)
			return r;
		uint64_t expirations;
		if (r == 0 && polls[1].revents &&
		    read(timer, &expirations, sizeof expirations) == sizeof expirations)
			r = events_print_stats(s, e);
	}
	return r;
}

int events_parse_interval(const char *text, uint64_t *ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1},	 {"us", 1e3}, {"µs", 1e3},  {"ms", 1e6},
		     {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
	double total = 0;
	if (!*text)
		return -EINVAL;
	while (*text) {
		char *end;
		size_t i = 0, length = strcspn(text, "abcdefghijklmnopqrstuvwxyzµ");
		if (!length || length != strspn(text, "0123456789."))
			return -EINVAL;
		double value = strtod(text, &end);
		size_t unit = strcspn(end, "0123456789.");
		while (i < ARRAY_SIZE(units) &&
		       (strlen(units[i].name) != unit || strncmp(units[i].name, end, unit)))
			i++;
		if (i == ARRAY_SIZE(units))
			return -EINVAL;
		total += value * units[i].ns;
		text = end + unit;
	}
	if (total > 9e18)
		return -EINVAL;
	*ns = (uint64_t)total;
	return 0;
}
