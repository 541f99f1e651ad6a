/*
 * sendto(2), sendmsg(2), sendmmsg(2).
 *
 * Sending is native, but for what names a receiver where names must be looked up or checked:
 *   - a unix datagram to a path (sendto always; sendmsg where the filter gives it to the sentry,
 *     DESIGN.md's section 10: its address lies in memory, which a filter cannot see);
 *   - with an egress policy, every message that can carry an internet address. All of sendmsg is
 *     then done here, since the guest could change the address, or the socket, behind a check.
 *
 * #syscalls: sendmsg tgkill capget capset close
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/sentry.h"
#include "syscalls/caps.h"
#include "syscalls/common.h"
#include "syscalls/message.h"
#include "syscalls/table.h"

/* --- one call ------------------------------------------------------------------------------- */

static int64_t send_now(struct worker *w, int fd, const struct address *to, void *arg)
{
	struct message *m = arg;
	struct iovec data = {m->data, m->size};
	struct msghdr message = {.msg_name = to ? (void *)&to->storage : NULL,
				 .msg_namelen = to ? to->length : 0,
				 .msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = m->control_size ? m->control : NULL,
				 .msg_controllen = m->control_size};
	struct caps old;
	/*
	 * A receiver that asked for SO_PASSCRED is shown the sender's identity. The worker states
	 * the guest's: the kernel lets it, for the ids with the CAP_SETUID and CAP_SETGID that it
	 * keeps, for the pid with CAP_SYS_ADMIN (which plays no part in looking up the name). On
	 * other sockets no privilege of the worker shall mean anything.
	 */
	bool is_unix = m->domain == AF_UNIX;
	if (caps_change(is_unix ? CAPS_BIT(CAP_SYS_ADMIN) : 0, is_unix ? 0 : CAPS_ALL, &old) < 0)
		return -errno;
	int64_t r = host_result(sendmsg(fd, &message, m->flags | MSG_NOSIGNAL));
	if (caps_set(&old) < 0)
		abort(); /* a worker without its tools serves nobody */
	return r;
}

static int64_t send_to_name(struct worker *w, struct message *m)
{
	if (!m->named)
		return send_now(w, m->fd, NULL, m);
	/* Other unix sockets do not look at the address. */
	if (m->domain == AF_UNIX && m->type == SOCK_DGRAM)
		return unix_address_call(w, m->fd, &m->to, 0, send_now, m);
	return send_now(w, m->fd, &m->to, m);
}

static int64_t send_patiently(struct worker *w, struct message *m)
{
	int asked = m->flags;
	int64_t r = -EAGAIN;
	/* A connection that is begun without waiting is not waited for. */
	if (!(asked & MSG_FASTOPEN) || asked & MSG_DONTWAIT || !socket_blocks(m->fd)) {
		m->flags |= MSG_DONTWAIT;
		r = send_to_name(w, m);
		m->flags = asked;
	}
	if (r != -EAGAIN || asked & MSG_DONTWAIT || !socket_blocks(m->fd))
		return r;
	r = worker_block_begin(w);
	if (r == 0) {
		r = send_to_name(w, m);
		worker_block_end(w);
	}
	return r == -EINTR ? socket_interrupted(m->fd, SO_SNDTIMEO) : r;
}

/* --- all of it ------------------------------------------------------------------------------ */

/* A datagram beyond the send buffer is refused anyway; the limit keeps a guest from making us
 * allocate. */
static int64_t send_datagram(struct worker *w, struct message *m)
{
	m->data = w->buffer;
	m->size = m->total;
	if (m->total > sizeof w->buffer) {
		int limit = socket_option(m->fd, SO_SNDBUF);
		if (limit < 0 || m->total > (size_t)limit)
			return limit < 0 ? limit : -EMSGSIZE;
		m->data = m->allocated = malloc(m->total);
		if (!m->data)
			return -ENOBUFS;
	}
	int r = message_gather(w, m, 0, m->total, m->data);
	return r < 0 ? r : send_patiently(w, m);
}

/* A buffer at a time; what is over the first has no control messages. */
static int64_t send_stream(struct worker *w, struct message *m)
{
	size_t sent = 0;
	int64_t r;
	m->data = w->buffer;
	do {
		m->size = MIN(m->total - sent, sizeof w->buffer);
		r = message_gather(w, m, sent, m->size, w->buffer);
		if (r == 0)
			r = send_patiently(w, m);
		if (r < 0)
			break;
		sent += (size_t)r;
		m->control_size = 0;
	} while (sent < m->total);
	if (r == -EPIPE && !sent && !(m->flags & MSG_NOSIGNAL))
		syscall(SYS_tgkill, pid_group(w->sentry, w->trap.tid), w->trap.tid, SIGPIPE);
	return sent ? (int64_t)sent : r;
}

int64_t message_send(struct worker *w, struct message *m)
{
	bool is_stream = m->type == SOCK_STREAM;
	/* A stream is connected: its sender's address is not looked at, unless it connects. */
	if (m->domain != AF_UNIX && is_stream && !(m->flags & MSG_FASTOPEN))
		m->named = false;
	int r = m->named && (m->domain == AF_INET || m->domain == AF_INET6)
		    ? network_check(w, EGRESS_TO, m->fd, &m->to.storage, m->to.length)
		    : 0;
	if (r < 0)
		return r;
	return is_stream ? send_stream(w, m) : send_datagram(w, m);
}

/* --- the calls ------------------------------------------------------------------------------ */

/* What is known of a message before it is read. 0 or a negative errno. */
static int begin(struct worker *w, struct message *m, int fd, int flags)
{
	*m = (struct message){.fd = fd,
			      .flags = flags,
			      .domain = socket_option(fd, SO_DOMAIN),
			      .type = socket_option(fd, SO_TYPE),
			      .from = {.pid = pid_group(w->sentry, w->trap.tid),
				       .uid = w->ctx->cred->uid,
				       .gid = w->ctx->cred->gid}};
	return m->domain < 0 ? m->domain : MIN(m->type, 0);
}

static int64_t send_to(struct worker *w, struct trap *t, int fd)
{
	_cleanup_(message_release) struct message m;
	int r = begin(w, &m, fd, (int)t->args[3]);
	if (r < 0)
		return r;
	/* An inet socket is a handle in the container's network; should the guest put another
	 * socket in its place meanwhile, a path is looked up in its empty root. */
	if (!t->args[4] || (m.domain != AF_UNIX && !w->sentry->network.egress))
		return TRAP_PASS;
	m.named = true;
	m.parts[0] = (struct iovec){(void *)(uintptr_t)t->args[1],
				    MIN((size_t)t->args[2], (size_t)INT32_MAX)};
	m.count = 1;
	m.total = m.parts[0].iov_len;
	r = read_address(t, t->args[4], t->args[5], &m.to);
	if (r == 0)
		r = message_read_control(w, &m, 0, 0);
	return r < 0 ? r : message_send(w, &m);
}

int64_t sys_sendto(struct worker *w, struct trap *t)
{
	if ((unsigned)t->args[3] & MSG_OOB)
		return worker_refuse(w, EOPNOTSUPP);
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	return fd < 0 ? fd : send_to(w, t, fd);
}

/* The message whose header lies at `address`; TRAP_PASS when the kernel may as well. */
static int64_t send_header(struct worker *w, uint64_t address, struct message *m)
{
	struct msghdr h;
	int r = trap_read(&w->trap, address, &h, sizeof h);
	if (r < 0)
		return r;
	if ((int)h.msg_namelen < 0)
		return -EINVAL;
	m->named = h.msg_name && h.msg_namelen;
	/* As in sys_sendto. */
	if (!w->sentry->network.egress && (m->domain != AF_UNIX || !m->named))
		return TRAP_PASS;
	if (m->named)
		r = read_address(&w->trap, (uint64_t)(uintptr_t)h.msg_name,
				 MIN(h.msg_namelen, sizeof m->to.storage), &m->to);
	if (r == 0)
		r = message_read_parts(w, m, (uint64_t)(uintptr_t)h.msg_iov, h.msg_iovlen);
	if (r == 0)
		r = message_read_control(w, m, (uint64_t)(uintptr_t)h.msg_control,
					 h.msg_controllen);
	return r < 0 ? r : message_send(w, m);
}

static int64_t send_one(struct worker *w, int fd, uint64_t address, int flags)
{
	_cleanup_(message_release) struct message m;
	int r = begin(w, &m, fd, flags);
	return r < 0 ? r : send_header(w, address, &m);
}

int64_t sys_sendmsg(struct worker *w, struct trap *t)
{
	int flags = (int)t->args[2];
	if (flags & (MSG_OOB | MSG_FASTOPEN))
		return worker_refuse(w, EOPNOTSUPP);
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	return fd < 0 ? fd : send_one(w, fd, t->args[1], flags);
}

int64_t sys_sendmmsg(struct worker *w, struct trap *t)
{
	int flags = (int)t->args[3];
	unsigned count = MIN((unsigned)t->args[2], (unsigned)MESSAGE_PARTS_MAX);
	if (flags & (MSG_OOB | MSG_FASTOPEN))
		return worker_refuse(w, EOPNOTSUPP);
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	if (fd < 0)
		return fd;
	for (unsigned i = 0; i < count; i++) {
		uint64_t address = t->args[1] + i * sizeof(struct mmsghdr);
		int64_t r = send_one(w, fd, address, flags);
		unsigned sent = (unsigned)r;
		if (r == TRAP_PASS && i == 0)
			return r;
		if (r == TRAP_PASS) /* one without an address after one that had one */
			return i;
		if (r >= 0)
			r = trap_write(t, address + offsetof(struct mmsghdr, msg_len), &sent,
				       sizeof sent);
		if (r < 0)
			return i ? (int64_t)i : r;
	}
	return count;
}
