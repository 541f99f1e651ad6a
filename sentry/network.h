/* What guests may do with the container's network beyond the defaults; runtime/network.h fills it.
 */
#ifndef CAPBOX_SENTRY_NETWORK_H
#define CAPBOX_SENTRY_NETWORK_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "sentry/egress.h"

struct worker;

struct network {
	bool no_netlink; /* AF_NETLINK does not exist */
	bool addressed;	 /* messages that can carry an address are the sentry's */
	bool host_uds;	 /* sockets of the host that volumes expose are open */
	int sockets;	 /* table of what containers have bound (syscalls/unix_bound.h); or -1 */
	unsigned first_port;	     /* lower ones are privileged; 0: as the kernel says */
	const struct egress *egress; /* NULL: none, everything is allowed */
	_Atomic unsigned asking;     /* workers that look at it */
	int events; /* where denials and refusals are written, one JSON object a line; -1: nowhere */
};

/* Appends an event (borrowed; NULL: nothing) to n->events, as long as that is not too large. */
void network_write_event(const struct network *n, const json_t *event);

/*
 * egress_check for a socket of the container, on behalf of the worker's caller. What is denied is
 * written to the log and to network.events, within bounds.
 */
int network_check(struct worker *w, enum egress_way way, int fd,
		  const struct sockaddr_storage *address, socklen_t length);

/*
 * Puts another policy in the place of the one in force, for calls that are made from now on; the
 * main thread's. On failure (a mistake in the text, or a container that was created without a
 * policy) nothing has changed.
 */
int network_reload(struct network *n, const char *text, size_t size, struct error *e);

#endif
