/* The parts of open(2): open.c, open_node.c, open_tty.c, open_wait.c. */
#ifndef CAPBOX_SYSCALLS_OPEN_H
#define CAPBOX_SYSCALLS_OPEN_H

#include "syscalls/common.h"

struct open_call {
	int flags; /* as the guest gave them, checked */
	mode_t mode;
	uint64_t resolve; /* RESOLVE_* of openat2(2) */
	bool extended;	  /* is openat2: unknown flags are errors */
	bool *terminal;	  /* set: it becomes the caller's controlling terminal, if it may     */
};

/* All of them return a descriptor of the sentry or a negative errno. */

/* The plain host call on a real name, with `extra` flags. */
int open_name(const struct name *n, const struct open_call *c, int extra);

/* A node of a synthesized tree. */
int open_node(struct worker *w, const struct name *n, const struct open_call *c);

/* The same host call, waiting as long as it takes or until the guest has a signal to handle. */
int open_waiting(struct worker *w, const struct name *n, const struct open_call *c);

/* Waits until the FIFO that fd reads (O_NONBLOCK) has, or has had, a writer. 0 or a negative errno.
 */
int open_wait_for_writer(struct worker *w, int fd);

/* /dev/tty, whose meaning depends on the caller, and the terminal it means to this one. */
bool is_dev_tty(const struct stat *st);
int open_tty(struct worker *w, const struct open_call *c);

/* Whether the file just opened is to become the caller's controlling terminal. */
bool open_takes_terminal(struct worker *w, const struct open_call *c, const struct stat *st);

#endif
