/*
 * What an exec leaves for the loader: the program, its interpreter and the facts of
 * platform/loader/protocol.h. It hangs on the new context until the loader's call collects it.
 */
#ifndef CAPBOX_SENTRY_EXEC_H
#define CAPBOX_SENTRY_EXEC_H

#include "platform/loader/protocol.h"
#include "sentry/context.h"

struct loader_gift {
	struct program *program; /* a reference; its descriptor is what is granted */
	int interp_fd;		 /* open for reading; owned, or -1 */
	struct loader_info info; /* text only as far as text_size */
};

void loader_gift_free(struct loader_gift *gift);

#endif
