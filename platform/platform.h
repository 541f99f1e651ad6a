/*
 * The only door to guests. A platform stops guest system calls ("traps") and lets the sentry look
 * at the caller's memory and descriptors and answer. Nothing here says how the stopping is done.
 *
 * Every function returns 0 or a positive value, or a negative errno. A trap belongs to the worker
 * that received it and is answered exactly once: by trap_return(), trap_pass(), trap_grant_path(),
 * trap_take_terminal() or trap_exec(). When the caller has died meanwhile, the answer is silently
 * dropped.
 */
#ifndef CAPBOX_PLATFORM_PLATFORM_H
#define CAPBOX_PLATFORM_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct copies;
struct platform;

struct trap {
	struct platform *platform;
	uint64_t cookie;       /* the platform's name for this stop                     */
	pid_t tid;	       /* the calling thread, in the sentry's pid namespace     */
	int nr;		       /* system call number; see syscalls/table.def            */
	uint64_t args[6];      /* registers as the guest set them; nothing is checked   */
	int granted;	       /* the descriptor that was installed for it, or -1       */
	struct copies *copies; /* kept of what is read and written; NULL: nothing (copies.h) */

	/* A pidfd of thread pidfd_tid, kept between traps; -1 when there is none. The kernel makes
	 * a stale one harmless: it names the dead task, never the number's new owner. */
	int pidfd;
	pid_t pidfd_tid;

	/* The serving thread has come to trace another than the caller, which had died and whose
	 * number was given away anew. The thread must end: the kernel lets go then. */
	bool misled;
};

/* Blocks for the next trap. *t keeps its pidfd cache between calls. -ENOENT: the guests are gone.
 */
int platform_next(struct platform *p, struct trap *t);

/* 0 while the caller still waits for its answer, -ESRCH otherwise. */
int trap_check(struct trap *t);

/*
 * Guest memory. A read is made once; what was read is what is checked and used. -EFAULT unless all
 * `size` bytes were there; -ESRCH when the caller is gone.
 * trap_read_string copies up to and including the NUL and returns the length without it;
 * -ENAMETOOLONG when there is no NUL in `size` bytes, -EFAULT as Linux gives it.
 * trap_peek_string saves the look at whether the caller still lives, and may thus have read from
 * whoever has its number now: for calls that change nothing, whose answer to the dead is dropped.
 * trap_copy_strings is for a trace alone: the beginnings of the strings of a vector, as one piece of
 * t->copies at the vector's address (copies.h).
 * trap_write_some returns how many bytes could be written before the first unwritable page.
 */
int trap_read(struct trap *t, uint64_t address, void *buffer, size_t size);
int trap_read_string(struct trap *t, uint64_t address, char *buffer, size_t size);
int trap_peek_string(struct trap *t, uint64_t address, char *buffer, size_t size);
void trap_copy_strings(struct trap *t, uint64_t vector);
int trap_write(struct trap *t, uint64_t address, const void *buffer, size_t size);
ssize_t trap_write_some(struct trap *t, uint64_t address, const void *buffer, size_t size);

/* A duplicate of the guest's descriptor (close-on-exec, the caller's to close); -EBADF as Linux. */
int trap_fetch_fd(struct trap *t, int guest_fd);

/* A pidfd of the calling thread, borrowed from the trap (valid until the next platform_next). */
int trap_pidfd(struct trap *t);

/* Installs a duplicate of host_fd at the guest's lowest free number, which is returned; the trap
 * stays unanswered. flags: O_CLOEXEC or 0. The caller keeps host_fd. -EBADF: it is an O_PATH
 * descriptor. */
int trap_install_fd(struct trap *t, int host_fd, int flags);

/* The same for a close-on-exec descriptor that the caller's program never learns of: where its soft
 * RLIMIT_NOFILE is reached, beyond that. Linux needs no free descriptor to execute a program. */
int trap_lend_fd(struct trap *t, int host_fd);

/* Answers. trap_grant_path installs an O_PATH descriptor, which trap_install_fd does not take, and
 * makes its number the result, in 100 us; on a negative return the trap is still unanswered. */
int trap_return(struct trap *t, int64_t value_or_negative_errno);
int trap_pass(struct trap *t);
int trap_grant_path(struct trap *t, int host_fd, int flags);

/*
 * The caller makes its descriptor guest_fd the controlling terminal of its session, unless the
 * kernel refuses that, and the trap is answered with guest_fd; 100 us. On a negative return it is
 * still unanswered.
 */
int trap_take_terminal(struct trap *t, int guest_fd);

/*
 * Replaces the caller's program: makes it execute image_fd (borrowed) with the argv and envp it
 * passed. `empty` is an address in the guest that holds an empty string now.
 * When the exec has succeeded and the new program has not yet run an instruction, committed(arg) is
 * called with the process stopped and single-threaded; a negative return from it kills the process.
 * Returns 0 when the trap is over, whatever happened (success, a failed exec whose errno the guest
 * got, a restarted call, a dead process). On a negative return the trap is still unanswered.
 */
struct exec_request {
	int image_fd;
	uint64_t empty, argv, envp;
	int (*committed)(void *arg, pid_t tid);
	void *arg;
};
int trap_exec(struct trap *t, const struct exec_request *request);

/* True when the trap is the call that trap_exec injected, unchanged; it must then be passed. */
bool trap_is_injected_exec(struct trap *t);

#endif
