/*
 * exec by injection (DESIGN.md section 8.2). The caller is trapped in execve or execveat; it shall
 * execute another file, the loader, with the argv and envp it named. So:
 *
 *   1. The loader is installed in the caller, close-on-exec, and the caller is stopped (inject.h).
 *   2. It is stepped over execveat(loader, "", argv, envp, AT_EMPTY_PATH). The injected call traps
 * too: another worker passes it (trap_is_injected_exec), none else.
 *   3. PTRACE_EVENT_EXEC means that the exec has succeeded: old threads and memory are gone, the
 * new image has not run. What was executed must be the loader (another task that shares the
 *      descriptor table could have put something else at its number); then the sentry commits.
 *      The single-step trap instead means that the call has returned: then the installed descriptor
 *      is closed by one more injected call, the caller gets the errno, and nothing else has
 * changed.
 *
 * Signals that come meanwhile are delivered afterwards: to the new program, as those that come
 * while Linux executes one, or to the old one when the exec has failed.
 *
 * #syscalls: ptrace:PTRACE_CONT,PTRACE_GETREGS statx kill
 */
#include "platform/notify/inject.h"
#include "platform/notify/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* An exec in flight. It lives on its worker's stack, linked while its call may trap. */
struct exec_injection {
	struct injection in;
	const struct exec_request *request;
	int image_fd; /* in the guest */
	struct exec_injection *next;
};

/* All of the process. Short: as many as there are workers in execve. */
static struct {
	pthread_mutex_t lock;
	struct exec_injection *first;
} flying = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void take_off(struct exec_injection *x)
{
	pthread_mutex_lock(&flying.lock);
	x->next = flying.first;
	flying.first = x;
	pthread_mutex_unlock(&flying.lock);
}

static void land(struct exec_injection *x)
{
	pthread_mutex_lock(&flying.lock);
	for (struct exec_injection **p = &flying.first; *p; p = &(*p)->next)
		if (*p == x) {
			*p = x->next;
			break;
		}
	pthread_mutex_unlock(&flying.lock);
}

bool trap_is_injected_exec(struct trap *t)
{
	bool found = false;
	if (t->nr != SYS_execveat)
		return false;
	pthread_mutex_lock(&flying.lock);
	for (struct exec_injection *x = flying.first; x && !found; x = x->next)
		found = x->in.tid == t->tid && (int)t->args[0] == x->image_fd &&
			t->args[1] == x->request->empty && t->args[2] == x->request->argv &&
			t->args[3] == x->request->envp && t->args[4] == AT_EMPTY_PATH;
	pthread_mutex_unlock(&flying.lock);
	return found;
}

/*
 * Whether the process runs the image. An inode number is not enough: memfds of all the host are
 * numbered by one counter of 32 bits, which a patient guest could make come round. When a file was
 * born nobody can choose.
 */
static bool runs_the_image(struct exec_injection *x, pid_t pid)
{
	const unsigned wanted = STATX_INO | STATX_BTIME;
	char path[32];
	struct statx image, exe;
	snprintf(path, sizeof path, "%d/exe", (int)pid);
	return statx(x->request->image_fd, "", AT_EMPTY_PATH, wanted, &image) == 0 &&
	       statx(x->in.trap->platform->proc_fd, path, 0, wanted, &exe) == 0 &&
	       image.stx_dev_major == exe.stx_dev_major &&
	       image.stx_dev_minor == exe.stx_dev_minor && image.stx_ino == exe.stx_ino &&
	       image.stx_btime.tv_sec == exe.stx_btime.tv_sec &&
	       image.stx_btime.tv_nsec == exe.stx_btime.tv_nsec;
}

static void finish_exec(struct exec_injection *x, pid_t pid)
{
	const struct exec_request *r = x->request;
	if (runs_the_image(x, pid) && r->committed(r->arg, pid) == 0) {
		inject_detach(&x->in, pid);
		return;
	}
	kill(pid, SIGKILL);
	while (inject_wait(&x->in, &pid) >= 0)
		ptrace(PTRACE_CONT, pid, 0, 0);
}

/* ERESTARTSYS and its like, which only the kernel and tracers see: the call shall be made anew. */
static bool is_restart(long result)
{
	return result <= -512 && result >= -516;
}

/* The execveat has returned: takes the installed descriptor back and hands on the errno. */
static void finish_failed(struct exec_injection *x)
{
	struct user_regs_struct regs = {0};
	ptrace(PTRACE_GETREGS, x->in.tid, 0, &regs);
	long result = (long)regs.rax;
	if (result >= 0 || result < -4095)
		result =
		    -EINTR; /* not the injected call: the guest has rewritten the instruction */
	const uint64_t close_args[6] = {(unsigned)x->image_fd};
	if (inject_call(&x->in, SYS_close, close_args) == -ESRCH)
		return;
	if (is_restart(result))
		inject_restart(&x->in);
	else
		inject_release(&x->in, result);
}

/* Drives the stopped caller to its release. */
static void drive(struct exec_injection *x)
{
	const struct exec_request *r = x->request;
	const uint64_t args[6] = {(unsigned)x->image_fd, r->empty, r->argv, r->envp, AT_EMPTY_PATH};
	pid_t tid;
	int status;
	take_off(x);
	do {
		inject_step(&x->in, SYS_execveat, args);
		status = inject_wait(&x->in, &tid);
		x->in.stop |= status >= 0 && status >> 8 == SIGSTOP;
	} while (status >= 0 && status >> 8 == SIGSTOP);
	land(x);
	if (status < 0)
		return;
	if (inject_event(status) == PTRACE_EVENT_EXEC)
		finish_exec(x, tid);
	else if (inject_event(status))
		inject_restart(&x->in); /* stopped by job control */
	else
		finish_failed(x);
}

int trap_exec(struct trap *t, const struct exec_request *request)
{
	struct exec_injection x = {.in = {.trap = t}, .request = request};
	x.image_fd = trap_lend_fd(t, request->image_fd);
	if (x.image_fd < 0)
		return x.image_fd;
	t->granted = -1; /* nobody gets it as a result */
	int r = inject_stop(&x.in);
	if (r == 0)
		drive(&x);
	return r < 0 ? r : 0;
}
