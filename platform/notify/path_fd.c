/*
 * Granting an O_PATH descriptor. The kernel's ADDFD takes none; SCM_RIGHTS does. So the caller gets
 *a socket with the descriptor in its queue, and receives it by injected calls (inject.h), with the
 * message in a page that is there for just so long:
 *
 *	mmap(page)
 *	recvmsg(socket, message)    -> fd
 *	dup3(fd, socket, flags)        the socket's number is the one open(2) would have returned
 *	close(fd)
 *	munmap(page)
 *
 * Some 100 us; programs ask seldom.
 *
 * #syscalls: socketpair:AF_UNIX process_vm_readv process_vm_writev close
 */
#include "platform/notify/inject.h"
#include "platform/notify/notify.h"

#include "lib/cleanup.h"
#include "lib/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The page, as the guest sees it. */
struct scratch {
	struct msghdr message;
	struct iovec iov;
	char byte;
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
};

static int copy(pid_t tid, uint64_t address, struct scratch *s, bool write)
{
	struct iovec local = {s, sizeof *s}, remote = {(void *)address, sizeof *s};
	ssize_t n = write ? process_vm_writev(tid, &local, 1, &remote, 1, 0)
			  : process_vm_readv(tid, &local, 1, &remote, 1, 0);
	return n == sizeof *s ? 0 : -ENOMEM;
}

static void prepare(struct scratch *s, uint64_t address)
{
	*s = (struct scratch){0};
	s->iov.iov_base = (void *)(address + offsetof(struct scratch, byte));
	s->iov.iov_len = 1;
	s->message.msg_iov = (void *)(address + offsetof(struct scratch, iov));
	s->message.msg_iovlen = 1;
	s->message.msg_control = (void *)(address + offsetof(struct scratch, control));
	s->message.msg_controllen = sizeof s->control;
}

/* In the stopped caller: the descriptor out of its socket, or a negative errno. */
static long receive(struct injection *in, int socket, uint64_t page)
{
	struct scratch s;
	prepare(&s, page);
	long r = copy(in->tid, page, &s, true);
	if (r == 0)
		r = inject_call(
		    in, SYS_recvmsg,
		    (const uint64_t[6]){(unsigned)socket, page, MSG_CMSG_CLOEXEC | MSG_DONTWAIT});
	if (r < 0)
		return r;
	r = copy(in->tid, page, &s, false);
	if (r < 0)
		return r;
	/* Nothing came with the message: the caller has no number left. */
	if (s.message.msg_controllen < CMSG_LEN(sizeof(int)))
		return -EMFILE;
	int fd;
	memcpy(&fd, CMSG_DATA((struct cmsghdr *)&s.control), sizeof fd);
	return fd;
}

/* The same, to the socket's number; what the caller's open returns. */
static long take(struct injection *in, int socket, int flags)
{
	uint64_t size = sizeof(struct scratch), anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
	long page = inject_call(
	    in, SYS_mmap,
	    (const uint64_t[6]){0, size, PROT_READ | PROT_WRITE, anonymous, (uint64_t)-1, 0});
	long fd = page < 0 && page >= -4095 ? page : receive(in, socket, (uint64_t)page);
	long result = fd;
	if (fd >= 0) {
		result = inject_call(
		    in, SYS_dup3,
		    (const uint64_t[6]){(unsigned)fd, (unsigned)socket, (unsigned)flags});
		inject_call(in, SYS_close, (const uint64_t[6]){(unsigned)fd});
	}
	if (result < 0)
		inject_call(in, SYS_close, (const uint64_t[6]){(unsigned)socket});
	inject_call(in, SYS_munmap, (const uint64_t[6]){(uint64_t)page, size});
	return result;
}

int trap_grant_path(struct trap *t, int host_fd, int flags)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	_cleanup_close_ int ours = pair[0];
	_cleanup_close_ int theirs = pair[1];
	int r = send_message(ours, "", 1, &host_fd, 1);
	if (r < 0)
		return r;
	int socket = trap_install_fd(t, theirs, O_CLOEXEC);
	if (socket < 0)
		return socket;
	struct injection in = {.trap = t};
	r = inject_stop(&in);
	if (r != 0)
		return r < 0 ? r : 0;
	long result = take(&in, socket, flags & O_CLOEXEC);
	inject_release(&in, result);
	return 0;
}
