/*
 * See terminal_relay.h. The caller's descriptors are shared with its shell, so they stay blocking:
 * reads and writes follow poll, in pieces that do not block.
 */
#include "runtime/terminal_relay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/cleanup.h"

/* A terminal whose program has ended is empty once it is silent so long; whoever else writes to it
 * is not waited for. */
#define DRAIN_MS	50
#define DRAIN_WRITE_MS	10000
#define DRAIN_BYTES_MAX (1u << 20)

int relay_open(struct relay *r, struct error *e)
{
	static const int streams[] = {STDERR_FILENO, STDOUT_FILENO, STDIN_FILENO};
	for (size_t i = 0; i < ARRAY_SIZE(streams) && r->host < 0; i++)
		if (isatty(streams[i]))
			r->host = fcntl(streams[i], F_DUPFD_CLOEXEC, 3);
	if (r->host < 0)
		r->host = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (r->host < 0)
		return error_set(e, errno, "open /dev/tty");
	return 0;
}

/* Everything passes as it is: the container's terminal does what a terminal does. */
static int set_raw(struct relay *r)
{
	if (tcgetattr(r->host, &r->saved) < 0)
		return -errno;
	struct termios raw = r->saved;
	cfmakeraw(&raw);
	if (tcsetattr(r->host, TCSANOW, &raw) < 0)
		return -errno;
	r->raw = true;
	return 0;
}

int relay_begin(struct relay *r, int master, struct error *e)
{
	r->master = master;
	r->in = (struct relay_flow){.from = STDIN_FILENO, .to = master};
	r->out = (struct relay_flow){.from = master, .to = STDOUT_FILENO};
	int flags = fcntl(master, F_GETFL);
	if (flags < 0 || fcntl(master, F_SETFL, flags | O_NONBLOCK) < 0)
		return error_set(e, errno, "the container's terminal");
	relay_resize(r);
	int error = set_raw(r);
	return error < 0 ? error_set(e, -error, "set the terminal to raw mode") : 0;
}

void relay_resize(const struct relay *r)
{
	struct winsize size;
	if (r->host >= 0 && r->master >= 0 && ioctl(r->host, TIOCGWINSZ, &size) == 0)
		ioctl(r->master, TIOCSWINSZ, &size);
}

/* --- one direction -------------------------------------------------------------------------- */

static void flow_watch(const struct relay_flow *f, struct pollfd *p)
{
	bool full = f->end > f->start;
	*p = (struct pollfd){.fd = full ? f->to : f->from, .events = full ? POLLOUT : POLLIN};
}

static void flow_stop(struct relay_flow *f)
{
	f->from = f->to = -1;
	f->start = f->end = 0;
}

static bool is_temporary(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Moves data one step; poll has said that it can. */
static void flow_serve(struct relay_flow *f)
{
	if (f->end > f->start) {
		ssize_t n = write(f->to, f->data + f->start, f->end - f->start);
		if (n > 0)
			f->start += (size_t)n;
		else if (!is_temporary(n))
			flow_stop(f);
		return;
	}
	f->start = f->end = 0;
	ssize_t n = read(f->from, f->data, sizeof f->data);
	if (n > 0)
		f->end = (size_t)n;
	else if (!is_temporary(n)) /* end of file; EIO: nobody has the other end any more */
		flow_stop(f);
}

void relay_watch(const struct relay *r, struct pollfd fds[RELAY_FDS])
{
	if (r->master < 0) {
		fds[0] = fds[1] = (struct pollfd){.fd = -1};
		return;
	}
	flow_watch(&r->in, &fds[0]);
	flow_watch(&r->out, &fds[1]);
}

void relay_serve(struct relay *r, const struct pollfd fds[RELAY_FDS])
{
	if (fds[0].fd >= 0 && fds[0].revents)
		flow_serve(&r->in);
	if (fds[1].fd >= 0 && fds[1].revents)
		flow_serve(&r->out);
}

/* The program has ended; what it has written last is still on its way. */
static void drain(struct relay *r)
{
	struct relay_flow *f = &r->out;
	for (size_t total = 0; f->from >= 0 && total < DRAIN_BYTES_MAX;) {
		bool full = f->end > f->start;
		struct pollfd p;
		flow_watch(f, &p);
		int n = poll(&p, 1, full ? DRAIN_WRITE_MS : DRAIN_MS);
		if (n == 0 || (n < 0 && errno != EINTR))
			return;
		flow_serve(f);
		total += full ? 0 : f->end;
	}
}

void relay_end(struct relay *r)
{
	if (r->master >= 0)
		drain(r);
	if (r->raw)
		tcsetattr(r->host, TCSADRAIN, &r->saved);
	r->raw = false;
	close_fd(&r->master);
	close_fd(&r->host);
}
