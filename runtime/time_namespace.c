/* See time_namespace.h. */
#include "runtime/time_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>

#include "lib/cleanup.h"
#include "lib/io.h"

static int write_offset(const char *clock, const struct spec_time_offset *offset, struct error *e)
{
	char line[80];
	if (!offset->set)
		return 0;
	snprintf(line, sizeof line, "%s %" PRId64 " %" PRIu32, clock, offset->seconds,
		 offset->nanoseconds);
	int r = write_file_at(AT_FDCWD, "/proc/self/timens_offsets", line);
	return r < 0 ? error_set(e, -r, "linux.timeOffsets.%s", clock) : 0;
}

int time_namespace_enter(const struct spec *spec, struct error *e)
{
	if (unshare(CLONE_NEWTIME) < 0)
		return error_set(e, errno, "make a time namespace");
	/* The files of a process that has changed its ids are the host root's otherwise. */
	prctl(PR_SET_DUMPABLE, 1);
	int r = write_offset("monotonic", &spec->offset_monotonic, e);
	if (r == 0)
		r = write_offset("boottime", &spec->offset_boottime, e);
	if (r < 0)
		return r;
	/* A new one is for children; the sentry shall count time as its guests do. */
	_cleanup_close_ int fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWTIME) < 0)
		return error_set(e, errno, "enter the time namespace");
	return 0;
}
