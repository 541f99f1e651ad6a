/*
 * The control socket: requests of the runtime's commands, one JSON object a message (boot.h).
 * Clients are root on the host or the owner of the state directory; the socket's mode says so, and
 * the peer's uid is checked once more.
 */
#ifndef CAPBOX_SENTRY_CONTROL_H
#define CAPBOX_SENTRY_CONTROL_H

#include "sentry/entry.h"
#include "sentry/sentry.h"

#define CLIENTS_MAX 64

/* A connected command, and what it still waits for. */
struct client {
	int fd;			   /* -1: free */
	struct entry *waits_start; /* told when the entry's program runs, or why it does not */
	struct sentry *traces;	   /* whose trace it reads for as long as it is connected */
	struct entry *waits_end;   /* told the exit status */
	int master;		   /* of an exec's terminal, until it is handed over; or -1 */
	struct spec *process;	   /* of an exec; owned */
};

struct control {
	struct sentry *sentry;
	int listening;
	bool started;
	struct client clients[CLIENTS_MAX];
};

/* A new connection; too many are turned away. */
void control_accept(struct control *c);

/* A client's socket is readable. */
void control_serve(struct control *c, struct client *client);

/* An entry's stub has spoken after it was let go. */
void control_entry_started(struct control *c, struct entry *entry);

/* An entry has ended with this exit status. */
void control_entry_ended(struct control *c, struct entry *entry, int status);

void client_close(struct client *client);

#endif
