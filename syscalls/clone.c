/*
 * clone(2) with flags that the filter does not let through. New namespaces would give the guest
 * capabilities over kernel objects that no rule of the table has thought of.
 */
#include <errno.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"
#include "syscalls/table.h"

#define NEW_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)

/* Whether the caller's parent is a guest too. Should it die, another guest takes its place. */
static bool has_guest_parent(struct worker *w)
{
	char path[32], status[4096];
	snprintf(path, sizeof path, "%d/status", (int)w->trap.tid);
	if (read_file_at(w->sentry->proc_fd, path, status, sizeof status) < 0)
		return false;
	const char *line = strstr(status, "\nPPid:\t");
	pid_t parent = line ? atoi(line + strlen("\nPPid:\t")) : 0;
	return parent > 0 && pid_to_guest(w->sentry, parent) > 0;
}

int64_t sys_clone(struct worker *w, struct trap *t)
{
	/* The kernel looks at the lower half only. */
	uint32_t flags = (uint32_t)t->args[0];
	if (flags & NEW_NAMESPACES)
		return worker_refuse(w, EPERM);
	/* Nobody traces guests, except the sentry at an exec, and its child would be no guest. */
	if (flags & CLONE_PTRACE)
		return worker_refuse(w, EPERM);
	/* A sibling of a process that the sentry started would be the sentry's child. */
	if (flags & CLONE_PARENT && !has_guest_parent(w))
		return -EINVAL;
	/* Passed: the flags are a register, and what is left of them makes a plain child. */
	return TRAP_PASS;
}
