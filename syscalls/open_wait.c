/*
 * Opening what is not ready: a FIFO without its other end (fifo(7)), a file with a lease in the way
 * (fcntl(2)).
 *
 * The writing end of a FIFO refuses a non-blocking open (ENXIO) and has no effect by it, so the
 * open is simply done again, waiting. The reading end does not refuse: once open, it has let in the
 * writers that were waiting, and must stay. Whether there is or was a writer is then asked of the
 * FIFO itself: poll(2) tells data, and a writer that has gone again, at once; that there is one
 * which has said nothing yet is told only by tee(2), which finds EAGAIN instead of an end of file.
 *
 * #syscalls: poll pipe2 tee close
 */
#include "syscalls/open.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "lib/cleanup.h"

#define FIRST_WAIT_MS 1
#define LAST_WAIT_MS  10

int open_waiting(struct worker *w, const struct name *n, const struct open_call *c)
{
	int r = worker_block_begin(w);
	if (r < 0)
		return r == -EINTR ? -ERESTARTSYS : r;
	int fd = open_name(n, c, 0);
	worker_block_end(w);
	return fd == -EINTR ? -ERESTARTSYS : fd;
}

/* scratch is the writing end of a pipe that stays empty unless the FIFO has data. */
static bool has_writer(int fd, int scratch)
{
	return tee(fd, scratch, 1, SPLICE_F_NONBLOCK) != 0;
}

static int wait_for_writer(int fd, int scratch)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	for (int ms = FIRST_WAIT_MS;; ms = MIN(2 * ms, LAST_WAIT_MS)) {
		int ready = poll(&p, 1, ms);
		if (ready < 0)
			return -errno;
		if (ready > 0 || has_writer(fd, scratch))
			return 0;
	}
}

int open_wait_for_writer(struct worker *w, int fd)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	_cleanup_close_ int reading = ends[0], writing = ends[1];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	if (poll(&p, 1, 0) > 0 || has_writer(fd, writing))
		return 0;
	int r = worker_block_begin(w);
	if (r == 0) {
		r = wait_for_writer(fd, writing);
		worker_block_end(w);
	}
	return r == -EINTR ? -ERESTARTSYS : r;
}
