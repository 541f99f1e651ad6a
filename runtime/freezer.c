/* See freezer.h. */
#include "runtime/freezer.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/cgroup_limits.h"

/*
 * Version 1's freezer may not come to its end: a process that is being born slips through, so it is
 * asked again and again; and a guest whose call is being served waits for the sentry, which is
 * frozen already. So what is not frozen after a while is thawed, for long enough that the sentry
 * has its turn on a busy machine, and frozen again, with more patience each time.
 */
#define GIVE_UP_US	10000000
#define POLL_US		500
#define PATIENCE_US	20000 /* at first, doubled each time up to: */
#define PATIENCE_MAX_US 320000
#define THAW_PART	8 /* of the patience: thawed for */

struct freezer {
	int dirfd;
	bool unified;
};

static int freezer_open(const struct cgroup *c, struct freezer *f)
{
	const struct cgroup_directory *d = cgroup_directory(c, "freezer");
	f->unified = cgroup_is_unified(c);
	f->dirfd = d ? cgroup_directory_open(d) : -ENOENT;
	return f->dirfd < 0 ? f->dirfd : 0;
}

static void freezer_close(struct freezer *f)
{
	close_fd(&f->dirfd);
}

static int request(const struct freezer *f, bool frozen)
{
	if (f->unified)
		return write_file_at(f->dirfd, "cgroup.freeze", frozen ? "1" : "0");
	return write_file_at(f->dirfd, "freezer.state", frozen ? "FROZEN" : "THAWED");
}

static void pause_us(long us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

static bool has_line(int dirfd, const char *file, const char *line)
{
	char text[256];
	ssize_t n = read_file_at(dirfd, file, text, sizeof text);
	const char *found = n < 0 ? NULL : strstr(text, line);
	return found && (found == text || found[-1] == '\n');
}

static bool is_done(const struct freezer *f, bool frozen)
{
	if (f->unified)
		return has_line(f->dirfd, "cgroup.events", frozen ? "frozen 1" : "frozen 0");
	return has_line(f->dirfd, "freezer.state", frozen ? "FROZEN" : "THAWED");
}

/* Asks for it and waits for so long: 1, 0 or a negative errno. */
static int wait_until_done(const struct freezer *f, bool frozen, long us)
{
	int r = request(f, frozen);
	for (long spent = 0; r == 0 && !is_done(f, frozen); spent += POLL_US) {
		if (spent >= us)
			return 0;
		pause_us(POLL_US);
		if (!f->unified)
			r = request(f, frozen);
	}
	return r < 0 ? r : 1;
}

int freezer_set(const struct cgroup *c, bool frozen, struct error *e)
{
	_cleanup_(freezer_close) struct freezer f = {.dirfd = -1};
	int r = freezer_open(c, &f);
	if (!cgroup_directory(c, "freezer"))
		return error_set(e, ENOTSUP,
				 "the container has no freezer control group (to an unprivileged "
				 "user one must be delegated)");
	if (r < 0)
		return error_set(e, -r, "the container's freezer control group");
	long patience = PATIENCE_US;
	for (long spent = 0; r == 0 && spent < GIVE_UP_US; spent += patience) {
		r = wait_until_done(&f, frozen, patience);
		if (r == 1)
			return 0;
		if (f.unified)
			continue;
		patience = MIN(patience * 2, PATIENCE_MAX_US);
		if (frozen && request(&f, false) == 0)
			pause_us(patience / THAW_PART);
	}
	if (frozen)
		request(&f, false);
	return error_set(e, r < 0 ? -r : EBUSY, frozen ? "unable to freeze" : "unable to thaw");
}

bool freezer_is_frozen(const struct cgroup *c)
{
	_cleanup_(freezer_close) struct freezer f = {.dirfd = -1};
	if (freezer_open(c, &f) < 0)
		return false;
	if (f.unified)
		return has_line(f.dirfd, "cgroup.freeze", "1");
	return has_line(f.dirfd, "freezer.state", "FR"); /* OZEN or EEZING */
}
