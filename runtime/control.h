/*
 * Talking to a sentry: one JSON object a message over SOCK_SEQPACKET, as sentry/boot.h lays down.
 */
#ifndef CAPBOX_RUNTIME_CONTROL_H
#define CAPBOX_RUNTIME_CONTROL_H

#include <jansson.h>
#include <stddef.h>

#include "lib/error.h"

#define CONTROL_NAME	  "control" /* of the socket, in the state directory */
#define CONTROL_SIZE_MAX  65536u    /* bytes of one message */
#define CONTROL_TIMEOUT_S 2	    /* for a question that a living sentry answers at once */

/* A listening socket bound to CONTROL_NAME in the directory, mode 0600. Returns the descriptor. */
int control_listen(int dirfd, struct error *e);

/*
 * Sends the request (taken, also on failure) with descriptors to the sentry of the state directory
 * and waits timeout_s seconds for the reply; 0 waits forever. Returns 0 when the sentry says ok,
 * and the reply for json_decref in *reply (NULL: not wanted); the errno of its refusal, with its
 * words in *e; -ETIMEDOUT; or -ECONNREFUSED or -ENOENT when there is no sentry.
 */
int control_call(int dirfd, json_t *request, const int *fds, size_t nfds, int timeout_s,
		 json_t **reply, struct error *e);

/*
 * The steps of control_call, for a conversation that goes on: a connection whose sends and receives
 * take timeout_s seconds at most (0: forever), and a request (taken, also on failure) on it.
 */
int control_connect(int dirfd, int timeout_s, struct error *e);
int control_send(int sock, json_t *request, const int *fds, size_t nfds, struct error *e);

/*
 * Receives one reply on a connected socket, as control_call does, and the descriptor that came with
 * it, if any (the caller's, otherwise -1; NULL: not wanted). -EPIPE at end of file: the sentry has
 * died.
 */
int control_receive(int sock, json_t **reply, int *fd, struct error *e);

/*
 * What a question to a container's sentry came to, for its operator: nobody at the other end means
 * that the container has ended since its state was looked at. Returns r, or the error.
 */
int control_answered(int r, const char *id, struct error *e);

/* Sends a refusal in the form of a reply. */
void control_send_error(int sock, int error, const char *message);

#endif
