/* See freezer.h. */
#include "runtime/freezer.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/cgroup_limits.h"

/* A process that is being born can slip through version 1's freezer, which then needs another try;
 * one that waits for a disk is frozen when that has answered. */
#define ATTEMPTS   1000
#define PAUSE_US   500
#define THAW_EVERY 50 /* attempts: what keeps others from freezing may have to run first */

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
	for (int i = 0; r == 0 && i < ATTEMPTS; i++) {
		if (frozen && !f.unified && i && i % THAW_EVERY == 0)
			request(&f, false);
		if (i == 0 || !f.unified)
			r = request(&f, frozen);
		if (r == 0 && is_done(&f, frozen))
			return 0;
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_US * 1000}, NULL);
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
