/*
 * The terminal of a container process that runs in the foreground: what is typed goes to its
 * master, what comes from there is shown, and its size follows. Meanwhile the caller's own terminal
 * is raw, so that the keys mean what the container's terminal makes of them.
 */
#ifndef CAPBOX_RUNTIME_RELAY_H
#define CAPBOX_RUNTIME_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#define RELAY_POLLS 2 /* descriptors to poll */

struct relay {
	int master; /* borrowed; -1: there is no terminal, and everything here does nothing */
	bool raw;   /* standard input was a terminal and has been changed */
	struct termios saved;
	bool input_ended, output_ended;
	size_t pending; /* typed bytes that the master has no room for yet */
	char typed[1024];
};

void relay_begin(struct relay *r, int master);

/* Fills what to wait for, and handles what poll(2) has found. */
void relay_poll(const struct relay *r, struct pollfd polls[RELAY_POLLS]);
void relay_handle(struct relay *r, const struct pollfd polls[RELAY_POLLS]);

/* Gives the container's terminal the size of the caller's. */
void relay_resize(const struct relay *r);

/* Shows the rest and restores the caller's terminal. */
void relay_end(struct relay *r);

#endif
