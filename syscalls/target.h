/*
 * The processes and threads that a call names: by number, by process group, by user. All numbers
 * here are sentry pids unless a name says guest.
 *
 * Between looking a number up and using it the process may die and its number pass to another
 * guest, as between any two calls of a program; the number never passes to the host, whose
 * processes have none in these namespaces.
 */
#ifndef CAPBOX_SYSCALLS_TARGET_H
#define CAPBOX_SYSCALLS_TARGET_H

#include <stdbool.h>
#include <sys/types.h>

struct worker;
struct context;

struct target {
	pid_t tid;
	struct context *context; /* a reference; target_release puts it */
};

#define TARGET_NONE                                                                                \
	{                                                                                          \
		0                                                                                  \
	}

/* The thread with that number in the guests' namespace; 0 is the caller. 0, or -ESRCH. */
int target_find(struct worker *w, pid_t guest_tid, struct target *target);
void target_release(struct target *target);

/* Whether the effective uid of the caller is the real or effective uid of the target, or the caller
 * has the capability: the rule of setpriority(2), sched_setscheduler(2) and their like. */
bool target_is_ours(const struct worker *w, const struct target *target, int capability);

/*
 * Calls visit for each thread of each process in a set: the group that has this number in the
 * guests' namespace (0: the caller's), or the user with this real uid. Stops when visit returns a
 * negative value, and returns it; otherwise 0.
 */
typedef int target_visit(struct worker *w, const struct target *target, void *arg);
int target_each_of_group(struct worker *w, pid_t guest_group, target_visit *visit, void *arg);
int target_each_of_user(struct worker *w, uid_t uid, target_visit *visit, void *arg);

#endif
