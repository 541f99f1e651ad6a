/*
 * unix(7) datagrams to a named socket: sendto(2). The worker sends for the guest, since the name is
 * looked up from where the sender stands.
 *
 * A receiver that asked for SO_PASSCRED is shown the sender's identity. The worker states the
 * guest's: the kernel lets it, for the ids with the CAP_SETUID and CAP_SETGID that it keeps, for
 * the pid with CAP_SYS_ADMIN, which is raised for that one call (it plays no part in looking up the
 * name).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>

#include "lib/cleanup.h"
#include "sentry/sentry.h"
#include "syscalls/caps.h"
#include "syscalls/common.h"
#include "syscalls/sockaddr.h"

struct datagram {
	int flags;
	char *data; /* w->buffer or `allocated` */
	char *allocated;
	size_t size;
	struct ucred from;
};

static void datagram_release(struct datagram *d)
{
	free(d->allocated);
}

/* A datagram beyond the send buffer is refused anyway; the limit keeps a guest from making us
 * allocate. */
static int read_data(struct worker *w, int fd, uint64_t address, size_t size, struct datagram *d)
{
	d->data = w->buffer;
	d->size = size;
	if (size > sizeof w->buffer) {
		int limit = socket_option(fd, SO_SNDBUF);
		if (limit < 0 || size > (size_t)limit)
			return limit < 0 ? limit : -EMSGSIZE;
		d->data = d->allocated = malloc(size);
		if (!d->data)
			return -ENOBUFS;
	}
	return size ? trap_read(&w->trap, address, d->data, size) : 0;
}

static int64_t send_once(int fd, const struct address *to, struct datagram *d)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof d->from)];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof d->from),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_CREDENTIALS}};
	memcpy(CMSG_DATA(&control.header), &d->from, sizeof d->from);
	struct iovec data = {d->data, d->size};
	struct msghdr message = {.msg_name = (void *)&to->storage,
				 .msg_namelen = to->length,
				 .msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	return host_result(sendmsg(fd, &message, d->flags | MSG_NOSIGNAL));
}

static int64_t send_as(struct worker *w, int fd, const struct address *to, void *arg)
{
	struct caps old;
	if (caps_change(CAPS_BIT(CAP_SYS_ADMIN), 0, &old) < 0)
		return -errno;
	int64_t r = send_once(fd, to, arg);
	caps_set(&old);
	return r;
}

static int64_t send_waiting(struct worker *w, int fd, const struct address *to, struct datagram *d)
{
	int64_t r = worker_block_begin(w);
	if (r == 0) {
		r = unix_address_call(w, fd, to, 0, send_as, d);
		worker_block_end(w);
	}
	return r == -EINTR ? socket_interrupted(fd, SO_SNDTIMEO) : r;
}

int64_t unix_send_to(struct worker *w, struct trap *t, int fd)
{
	struct address to = {0};
	int flags = (int)t->args[3];
	_cleanup_(datagram_release) struct datagram d = {
	    .flags = flags | MSG_DONTWAIT,
	    .from = {.pid = pid_group(w->sentry, t->tid),
		     .uid = w->ctx->cred->uid,
		     .gid = w->ctx->cred->gid}};
	int r = read_address(t, t->args[4], t->args[5], &to);
	if (r == 0)
		r = read_data(w, fd, t->args[1], t->args[2], &d);
	if (r < 0)
		return r;
	int64_t sent = unix_address_call(w, fd, &to, 0, send_as, &d);
	if (sent != -EAGAIN || flags & MSG_DONTWAIT || !socket_blocks(fd))
		return sent;
	d.flags = flags;
	return send_waiting(w, fd, &to, &d);
}
