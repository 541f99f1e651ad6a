/*
 * The terminal of a container (process.terminal). The sentry makes it in the container's devpts and
 * hands the master to the runtime with its report; whoever asked for the container gets it from
 * there, over the socket that --console-socket names, as runc does it.
 */
#ifndef CAPBOX_RUNTIME_CONSOLE_H
#define CAPBOX_RUNTIME_CONSOLE_H

#include "lib/error.h"

/* Connects to the socket (unix(7), SOCK_STREAM) at path. Returns the descriptor. */
int console_connect(const char *path, struct error *e);

/* Sends the master (borrowed) over it. */
int console_send(int sock, int master, struct error *e);

#endif
