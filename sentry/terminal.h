/*
 * Terminals of entries: a pseudo-terminal of the container's own devpts (pts(4)).
 */
#ifndef CAPBOX_SENTRY_TERMINAL_H
#define CAPBOX_SENTRY_TERMINAL_H

#include <sys/types.h>

#include "lib/error.h"

struct terminal {
	int master, slave; /* both the caller's, close-on-exec */
};

/* Makes one of this size (0: the kernel's default) whose slave belongs to uid. */
int terminal_make(struct terminal *t, unsigned short rows, unsigned short columns, uid_t uid,
		  struct error *e);

/* Shows the slave of a master as /dev/console of the container. */
int terminal_bind_console(int master, struct error *e);

#endif
