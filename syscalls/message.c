/*
 * What a message says besides its bytes and its address: see message.h.
 *
 * #syscalls: close
 */
#include "syscalls/message.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clear.h"
#include "sentry/sentry.h"

#define LENGTH_MAX (INT_MAX & ~4095L) /* MAX_RW_COUNT */

void message_release(struct message *m)
{
	for (size_t i = 0; i < m->fd_count; i++)
		close_fd(&m->fds[i]);
	m->fd_count = 0;
	clear_free(m->allocated);
	m->allocated = NULL;
}

int message_read_parts(struct worker *w, struct message *m, uint64_t address, uint64_t count)
{
	if (count > MESSAGE_PARTS_MAX)
		return -EMSGSIZE;
	m->count = (size_t)count;
	int r = count ? trap_read(&w->trap, address, m->parts, m->count * sizeof m->parts[0]) : 0;
	for (size_t i = 0; r == 0 && i < m->count; i++) {
		if ((ssize_t)m->parts[i].iov_len < 0)
			return -EINVAL;
		m->parts[i].iov_len = MIN(m->parts[i].iov_len, (size_t)LENGTH_MAX - m->total);
		m->total += m->parts[i].iov_len;
	}
	return r;
}

int message_gather(struct worker *w, const struct message *m, size_t offset, size_t size,
		   char *data)
{
	for (size_t i = 0; i < m->count && size; i++) {
		size_t length = m->parts[i].iov_len;
		if (offset >= length) {
			offset -= length;
			continue;
		}
		size_t n = MIN(length - offset, size);
		uint64_t from = (uint64_t)(uintptr_t)m->parts[i].iov_base + offset;
		int r = trap_read(&w->trap, from, data, n);
		if (r < 0)
			return r;
		data += n;
		size -= n;
		offset = 0;
	}
	return 0;
}

/* --- control messages ----------------------------------------------------------------------- */

/* One more in m->control. */
static int append(struct message *m, int level, int type, const void *data, size_t size)
{
	if (m->control_size + CMSG_SPACE(size) > sizeof m->control)
		return -ENOBUFS;
	struct cmsghdr *c = (struct cmsghdr *)(m->control + m->control_size);
	memset(c, 0, CMSG_SPACE(size));
	*c = (struct cmsghdr){.cmsg_len = CMSG_LEN(size), .cmsg_level = level, .cmsg_type = type};
	memcpy(CMSG_DATA(c), data, size);
	m->control_size += CMSG_SPACE(size);
	return 0;
}

/* The guest's descriptors as the sentry's copies. */
static int take_rights(struct worker *w, struct message *m, const int *fds, size_t count)
{
	if (count > MESSAGE_FDS_MAX - m->fd_count)
		return -EINVAL;
	size_t first = m->fd_count;
	for (size_t i = 0; i < count; i++) {
		int fd = trap_fetch_fd(&w->trap, fds[i]);
		if (fd < 0)
			return fd;
		m->fds[m->fd_count++] = fd;
	}
	return count ? append(m, SOL_SOCKET, SCM_RIGHTS, m->fds + first, count * sizeof(int)) : 0;
}

/* unix(7): a process says who it is, and may lie with the capability to become that. */
static int take_credentials(struct worker *w, struct message *m, const struct ucred *c)
{
	const struct cred *own = w->ctx->cred;
	bool uid = c->uid == own->uid || c->uid == own->euid || c->uid == own->suid ||
		   cred_capable(own, CAP_SETUID);
	bool gid = c->gid == own->gid || c->gid == own->egid || c->gid == own->sgid ||
		   cred_capable(own, CAP_SETGID);
	pid_t pid = c->pid > 0 ? pid_to_sentry(w->sentry, c->pid) : 0;
	if (pid != m->from.pid && !cred_capable(own, CAP_SYS_ADMIN))
		return -EPERM;
	if (!uid || !gid)
		return -EPERM;
	if (!pid)
		return -ESRCH;
	m->from = (struct ucred){.pid = pid, .uid = c->uid, .gid = c->gid};
	return 0;
}

/* Not here: what chooses routes (IP_RETOPTS), marks, priorities and send times. */
static bool is_harmless(int level, int type)
{
	switch (level) {
	case IPPROTO_IP:
		return type == IP_PKTINFO || type == IP_TTL || type == IP_TOS;
	case IPPROTO_IPV6:
		return type == IPV6_PKTINFO || type == IPV6_HOPLIMIT || type == IPV6_TCLASS ||
		       type == IPV6_DONTFRAG;
	case IPPROTO_UDP:
		return type == UDP_SEGMENT;
	default:
		return false;
	}
}

static int take_one(struct worker *w, struct message *m, const struct cmsghdr *c)
{
	const void *data = CMSG_DATA(c);
	size_t size = c->cmsg_len - CMSG_LEN(0);
	if (m->domain != AF_UNIX)
		return is_harmless(c->cmsg_level, c->cmsg_type)
			   ? append(m, c->cmsg_level, c->cmsg_type, data, size)
			   : -EINVAL;
	if (c->cmsg_level != SOL_SOCKET)
		return 0; /* as Linux: somebody else's */
	if (c->cmsg_type == SCM_RIGHTS)
		return take_rights(w, m, data, size / sizeof(int));
	if (c->cmsg_type == SCM_CREDENTIALS && size == sizeof(struct ucred))
		return take_credentials(w, m, data);
	return -EINVAL;
}

int message_read_control(struct worker *w, struct message *m, uint64_t address, size_t size)
{
	_Alignas(struct cmsghdr) char theirs[MESSAGE_CONTROL_MAX];
	if (!address)
		size = 0;
	if (size > sizeof theirs)
		return -ENOBUFS;
	int r = size ? trap_read(&w->trap, address, theirs, size) : 0;
	for (size_t at = 0; r == 0 && size - at >= sizeof(struct cmsghdr);) {
		const struct cmsghdr *c = (const struct cmsghdr *)(theirs + at);
		if (c->cmsg_len < sizeof *c || c->cmsg_len > size - at)
			return -EINVAL;
		r = take_one(w, m, c);
		at += MIN(CMSG_ALIGN(c->cmsg_len), size - at);
	}
	return r < 0 || m->domain != AF_UNIX
		   ? r
		   : append(m, SOL_SOCKET, SCM_CREDENTIALS, &m->from, sizeof m->from);
}
