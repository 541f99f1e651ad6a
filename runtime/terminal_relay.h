/*
 * A container's terminal in the foreground: what is typed at the caller's terminal, in raw mode,
 * goes to the master of the container's, what comes from there to standard output, and its size
 * follows the caller's.
 *
 * For use in a poll loop:
 *	relay_open	before anything runs, so that a missing terminal is found in time
 *	relay_begin	with the master
 *	relay_watch, relay_serve	around each poll; relay_resize at SIGWINCH
 *	relay_end	at the end, whatever happened: gives the caller's terminal back as it was
 */
#ifndef CAPBOX_RUNTIME_TERMINAL_RELAY_H
#define CAPBOX_RUNTIME_TERMINAL_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "lib/error.h"

#define RELAY_FDS 2 /* entries that relay_watch fills */

/* One direction: what has been read and not yet written. */
struct relay_flow {
	int from, to; /* -1: this direction has ended */
	size_t start, end;
	char data[4096];
};

struct relay {
	int host;   /* the caller's terminal; -1: not open */
	int master; /* of the container's; -1 before relay_begin */
	bool raw;
	struct termios saved;
	struct relay_flow in, out;
};

#define RELAY_EMPTY                                                                                \
	{                                                                                          \
		.host = -1, .master = -1                                                           \
	}

/* The caller's terminal: standard error, output or input, whichever is one, or /dev/tty. */
int relay_open(struct relay *r, struct error *e);

/* Takes the master (also on failure). */
int relay_begin(struct relay *r, int master, struct error *e);

void relay_watch(const struct relay *r, struct pollfd fds[RELAY_FDS]);
void relay_serve(struct relay *r, const struct pollfd fds[RELAY_FDS]);

/* Gives the container's terminal the size of the caller's. */
void relay_resize(const struct relay *r);

/* Writes what is left, and restores the caller's terminal. Fine after RELAY_EMPTY, and twice. */
void relay_end(struct relay *r);

#endif
