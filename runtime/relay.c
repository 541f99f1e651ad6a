#include "runtime/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/io.h"

void relay_resize(const struct relay *r)
{
	struct winsize size;
	if (r->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(r->master, TIOCSWINSZ, &size);
}

void relay_begin(struct relay *r, int master)
{
	*r = (struct relay){.master = master};
	if (master < 0)
		return;
	/* A container that does not read must not keep its output from being shown. */
	fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
	relay_resize(r);
	if (tcgetattr(STDIN_FILENO, &r->saved) == 0) {
		struct termios raw = r->saved;
		cfmakeraw(&raw);
		r->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	}
}

void relay_poll(const struct relay *r, struct pollfd polls[RELAY_POLLS])
{
	bool active = r->master >= 0 && !r->output_ended;
	bool wants_input = active && !r->input_ended && !r->pending;
	polls[0] = (struct pollfd){.fd = wants_input ? STDIN_FILENO : -1, .events = POLLIN};
	polls[1] = (struct pollfd){.fd = active ? r->master : -1,
				   .events = POLLIN | (r->pending ? POLLOUT : 0)};
}

static void read_input(struct relay *r)
{
	ssize_t n = read(STDIN_FILENO, r->typed, sizeof r->typed);
	if (n > 0)
		r->pending = (size_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		r->input_ended = true;
}

static void write_input(struct relay *r)
{
	ssize_t n = write(r->master, r->typed, r->pending);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* A terminal that nobody has open any more takes nothing. */
	size_t done = n < 0 ? r->pending : (size_t)n;
	memmove(r->typed, r->typed + done, r->pending - done);
	r->pending -= done;
}

/* Returns false when there is nothing more for now. */
static bool copy_output(struct relay *r)
{
	char buffer[4096];
	ssize_t n = read(r->master, buffer, sizeof buffer);
	if (n > 0) {
		write_all(STDOUT_FILENO, buffer, (size_t)n);
		return true;
	}
	/* EIO: the last process that had the terminal open is gone. */
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		r->output_ended = true;
	return false;
}

void relay_handle(struct relay *r, const struct pollfd polls[RELAY_POLLS])
{
	if (polls[0].revents)
		read_input(r);
	if (r->pending)
		write_input(r);
	if (polls[1].revents & ~POLLOUT)
		copy_output(r);
}

void relay_end(struct relay *r)
{
	if (r->master < 0)
		return;
	while (!r->output_ended && copy_output(r))
		;
	if (r->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &r->saved);
	r->master = -1;
}
