/*
 * See nursery.h.
 *
 * A request is a message of one byte with descriptors: the stub's end of its socket pair, a memfd
 * with the process as JSON, and what becomes its 0, 1, 2 ... The answer is its pid.
 *
 * #syscalls: socketpair:AF_UNIX memfd_create write close sendmsg recvmsg
 */
#include "sentry/nursery.h"

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/spec.h"
#include "sentry/sentry.h"
#include "sentry/stub.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define OWN_FDS	 2  /* of a request: the socket and the process */
#define PATIENCE 30 /* seconds that a fork may take on a machine that does a lot else */

/* --- the nursery ---------------------------------------------------------------------------- */

/* The process of a request, for the life of the caller. NULL with errno set. */
static const struct spec_process *read_process(int fd)
{
	struct stat st;
	struct spec *spec;
	struct error e;
	if (fstat(fd, &st) < 0)
		return NULL;
	size_t size = (size_t)st.st_size;
	char *text = size <= SPEC_SIZE_MAX ? malloc(size + 1) : NULL;
	if (!text || pread(fd, text, size, 0) != (ssize_t)size)
		return NULL;
	int r = spec_process_parse("process", text, size, &spec, &e);
	errno = -r;
	return r < 0 ? NULL : &spec->process;
}

_Noreturn static void become_stub(struct stub *stub, const int *fds, size_t nfds)
{
	stub->process = read_process(fds[1]);
	if (!stub->process) {
		struct stub_message m = {
		    .step = STUB_FAILED, .value = errno, .what = "read the process"};
		send_message(fds[0], &m, sizeof m, NULL, 0);
		_exit(127);
	}
	stub->fds = fds + OWN_FDS;
	stub->fd_count = (int)(nfds - OWN_FDS);
	stub_main(stub, fds[0]);
}

/* One request. False when there will be no more. */
static bool serve(int sock, struct stub *stub)
{
	char byte;
	int fds[OWN_FDS + STUB_FDS_MAX];
	size_t nfds = ARRAY_SIZE(fds);
	ssize_t n = receive_message(sock, &byte, sizeof byte, fds, &nfds);
	if (n <= 0)
		return false;
	pid_t pid = -EINVAL;
	if (nfds >= OWN_FDS + 3) {
		unsigned long flags = CLONE_PARENT | SIGCHLD;
		pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
		if (pid == 0)
			become_stub(stub, fds, nfds);
		pid = pid < 0 ? -errno : pid;
	}
	for (size_t i = 0; i < nfds; i++)
		close(fds[i]);
	return send_message(sock, &pid, sizeof pid, NULL, 0) == 0;
}

/* Its descriptors at 0, 1 and 2, and no others. */
static int keep_descriptors(int fds[3])
{
	int moved[3];
	for (int i = 0; i < 3; i++) {
		moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
		if (moved[i] < 0)
			return -1;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(moved[i], i) < 0)
			return -1;
	return (int)syscall(SYS_close_range, 3, ~0U, 0);
}

_Noreturn static void nursery_main(const struct sentry *s, int sock)
{
	struct stub stub;
	prctl(PR_SET_NAME, "capbox-nursery");
	int init = (int)syscall(SYS_pidfd_open, s->init, 0);
	int fds[3] = {sock, s->proc_fd, init};
	/* Its children are born among the guests. */
	if (init < 0 || setns(s->guest_pidns, CLONE_NEWPID) < 0 || keep_descriptors(fds) < 0)
		_exit(1);
	stub_init(&stub, s);
	stub.proc_fd = 1;
	stub.join = 2;
	while (serve(0, &stub))
		;
	_exit(0);
}

int nursery_start(struct sentry *s, struct error *e)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(e, errno, "nursery");
	_cleanup_close_ int ours = pair[0];
	_cleanup_close_ int theirs = pair[1];
	struct timeval limit = {.tv_sec = PATIENCE};
	if (setsockopt(ours, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0)
		return error_set(e, errno, "nursery");
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid < 0)
		return error_set(e, errno, "cannot fork the nursery");
	if (pid == 0)
		nursery_main(s, theirs);
	s->nursery = (struct nursery){.pid = pid, .sock = steal_fd(&ours)};
	return 0;
}

/* --- the sentry's side ---------------------------------------------------------------------- */

/* The text of a process as a file, or a negative errno. */
static int process_file(const struct spec *process)
{
	_cleanup_close_ int fd = memfd_create("process", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = write_all(fd, process->text, process->text_size);
	return r < 0 ? r : steal_fd(&fd);
}

pid_t nursery_spawn(struct nursery *n, const struct spec *process, const int *fds, int fd_count,
		    int *sock)
{
	int pair[2], sent[OWN_FDS + STUB_FDS_MAX];
	if (n->sock < 0 || fd_count > STUB_FDS_MAX)
		return n->sock < 0 ? -EPIPE : -EINVAL;
	_cleanup_close_ int file = process_file(process);
	if (file < 0)
		return file;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	_cleanup_close_ int ours = pair[0];
	_cleanup_close_ int theirs = pair[1];
	sent[0] = theirs;
	sent[1] = file;
	memcpy(sent + OWN_FDS, fds, (size_t)fd_count * sizeof *fds);
	int r = send_message(n->sock, "", 1, sent, OWN_FDS + (size_t)fd_count);
	pid_t pid;
	if (r < 0 || receive_message(n->sock, &pid, sizeof pid, NULL, NULL) != sizeof pid) {
		close_fd(&n->sock); /* an answer that comes late would be taken for the next one */
		return -EPIPE;
	}
	if (pid > 0)
		*sock = steal_fd(&ours);
	return pid;
}
