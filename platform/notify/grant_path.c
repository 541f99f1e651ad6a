/*
 * Granting an O_PATH descriptor. ADDFD takes only descriptors of opened files; over a socket any
 * descriptor can travel, but then the caller itself must receive it. So:
 *
 *   1. The descriptor is sent into a socket pair, whose other end is installed in the caller at its
 *      lowest free number: the number that shall be the result.
 *   2. The caller is stopped on its way out of the trap, as for exec (exec.c), with all signals
 * blocked meanwhile, and single-stepped over its own `syscall` instruction with other registers:
 *      mmap (room for a message; its stack may have none), recvmsg, dup3 onto the socket's number,
 *      close of the number it was received at, munmap.
 *   3. It goes on with its own registers and the number as the result.
 *
 * All these are calls that the filter lets through, and none waits. The guest can change its
 * memory, its descriptors and even the instruction meanwhile: it then gets in its own way, in
 * nobody else's.
 */
#include "platform/notify/notify.h"

#include "lib/cleanup.h"
#include "lib/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_INSN_SIZE 2  /* 0f 05 */
#define STOPS_MAX	  64 /* stops of job control that one call is tried through */
#define SCRATCH_SIZE	  4096

/* A message as recvmsg(2) of the caller sees it, at the start of its scratch page. */
struct message {
	struct msghdr header;
	struct iovec data;
	char byte;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
};

/* A caller that makes calls for us. */
struct remote {
	struct trap *trap;
	struct user_regs_struct saved; /* as it was when its trap was answered */
	uint64_t mask;
};

/* A child of the sentry is left for the thread that waits for it; it alone may collect the status.
 */
static bool is_own_child(struct trap *t)
{
	char path[32], text[1024];
	int parent = 0;
	snprintf(path, sizeof path, "%d/stat", (int)t->tid);
	if (read_file_at(t->platform->proc_fd, path, text, sizeof text) < 0)
		return false;
	const char *rest = strrchr(text, ')');
	return rest && sscanf(rest, ") %*c %d", &parent) == 1 && parent == getpid();
}

/* Waits until the caller stops. -ESRCH when it has died instead. */
static int wait_stop(struct remote *r)
{
	siginfo_t info;
	int options = WEXITED | WSTOPPED | WNOWAIT | __WALL | __WNOTHREAD;
	while (waitid(P_PID, (id_t)r->trap->tid, &info, options) < 0)
		if (errno != EINTR)
			return -ESRCH;
	bool stopped = info.si_code == CLD_STOPPED || info.si_code == CLD_TRAPPED;
	if (!stopped && is_own_child(r->trap))
		return -ESRCH;
	int status;
	if (waitpid(r->trap->tid, &status, __WALL | __WNOTHREAD) < 0 || !WIFSTOPPED(status))
		return -ESRCH;
	return 0;
}

/* Lets the caller make one system call. Its result, or -ESRCH when it has died. */
static int64_t remote_call(struct remote *r, uint64_t nr, const uint64_t args[6])
{
	struct user_regs_struct regs = r->saved;
	regs.rip -= SYSCALL_INSN_SIZE;
	regs.orig_rax = (unsigned long long)-1; /* no restart of the call it came from */
	regs.rax = nr;
	regs.rdi = args[0];
	regs.rsi = args[1];
	regs.rdx = args[2];
	regs.r10 = args[3];
	regs.r8 = args[4];
	regs.r9 = args[5];
	unsigned long long start = regs.rip;
	if (ptrace(PTRACE_SETREGS, r->trap->tid, 0, &regs) < 0)
		return -ESRCH;
	for (int i = 0; i < STOPS_MAX && regs.rip == start; i++) {
		if (ptrace(PTRACE_SINGLESTEP, r->trap->tid, 0, 0) < 0 || wait_stop(r) < 0 ||
		    ptrace(PTRACE_GETREGS, r->trap->tid, 0, &regs) < 0)
			return -ESRCH;
	}
	return (int64_t)regs.rax;
}

#define REMOTE(r, nr, ...) remote_call(r, nr, (const uint64_t[6]){__VA_ARGS__})

/* The caller's memory; it is stopped, so its number is its own (and its trap is over). */
static int copy_message(struct remote *r, struct message *m, uint64_t address, bool out)
{
	struct iovec here = {m, sizeof *m}, there = {(void *)address, sizeof *m};
	ssize_t size = out ? process_vm_writev(r->trap->tid, &here, 1, &there, 1, 0)
			   : process_vm_readv(r->trap->tid, &here, 1, &there, 1, 0);
	return size == (ssize_t)sizeof *m ? 0 : -EFAULT;
}

/* Receives from the socket at `number` with a message at `scratch`. The number it came at. */
static int receive(struct remote *r, int number, uint64_t scratch)
{
	struct message m = {
	    .header = {.msg_iov = (void *)(scratch + offsetof(struct message, data)),
		       .msg_iovlen = 1,
		       .msg_control = (void *)(scratch + offsetof(struct message, control)),
		       .msg_controllen = sizeof m.control},
	    .data = {(void *)(scratch + offsetof(struct message, byte)), 1}};
	if (copy_message(r, &m, scratch, true) < 0)
		return -EFAULT;
	int64_t size =
	    REMOTE(r, SYS_recvmsg, (unsigned)number, scratch, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (size < 0 || copy_message(r, &m, scratch, false) < 0)
		return size < 0 ? (int)size : -EFAULT;
	int fd;
	memcpy(&fd, CMSG_DATA(&m.control.header), sizeof fd);
	/* Truncated: there was no number left. */
	return m.header.msg_controllen < CMSG_LEN(sizeof fd) ? -EMFILE : fd;
}

/* Puts what was sent at `number`, or takes the socket there away again. `number` or the error. */
static int64_t exchange(struct remote *r, int number, int flags)
{
	int64_t scratch = REMOTE(r, SYS_mmap, 0, SCRATCH_SIZE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1);
	int64_t result = scratch;
	if (scratch >= 0 || scratch < -4095) {
		int fd = receive(r, number, (uint64_t)scratch);
		result = fd;
		if (fd >= 0) {
			result = REMOTE(r, SYS_dup3, (unsigned)fd, (unsigned)number,
					(unsigned)(flags & O_CLOEXEC));
			REMOTE(r, SYS_close, (unsigned)fd);
		}
		REMOTE(r, SYS_munmap, (uint64_t)scratch, SCRATCH_SIZE);
	}
	if (result < 0)
		REMOTE(r, SYS_close, (unsigned)number);
	return result < 0 ? result : number;
}

static void go_on(struct remote *r, int64_t result)
{
	pid_t tid = r->trap->tid;
	struct user_regs_struct regs = r->saved;
	regs.rax = (unsigned long long)result;
	regs.orig_rax = (unsigned long long)-1;
	ptrace(PTRACE_SETREGS, tid, 0, &regs);
	ptrace(PTRACE_SETSIGMASK, tid, sizeof r->mask, &r->mask);
	/* One that is being killed in this moment is waited for instead. */
	if (ptrace(PTRACE_DETACH, tid, 0, 0) < 0)
		while (wait_stop(r) == 0)
			ptrace(PTRACE_CONT, tid, 0, 0);
}

/* A socket with one message in it, which carries host_fd. */
static int pack(int host_fd)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	_cleanup_close_ int sending = ends[0], receiving = ends[1];
	int r = send_message(sending, "", 1, &host_fd, 1);
	return r < 0 ? r : steal_fd(&receiving);
}

int grant_path(struct trap *t, int host_fd, int flags)
{
	struct remote r = {.trap = t};
	const uint64_t all = UINT64_MAX;
	_cleanup_close_ int socket = pack(host_fd);
	int number = socket < 0 ? socket : trap_install_fd(t, socket, O_CLOEXEC);
	if (number < 0)
		return number;
	if (ptrace(PTRACE_SEIZE, t->tid, 0, 0) < 0)
		return errno == ESRCH ? -ESRCH : -EPERM;
	ptrace(PTRACE_INTERRUPT, t->tid, 0, 0);
	trap_return(t, -EINTR);
	if (wait_stop(&r) < 0)
		return 0;
	if (ptrace(PTRACE_GETREGS, t->tid, 0, &r.saved) < 0 ||
	    ptrace(PTRACE_GETSIGMASK, t->tid, sizeof r.mask, &r.mask) < 0) {
		ptrace(PTRACE_DETACH, t->tid, 0, 0);
		return 0;
	}
	ptrace(PTRACE_SETSIGMASK, t->tid, sizeof all, &all);
	go_on(&r, exchange(&r, number, flags));
	return 0;
}
