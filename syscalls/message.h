/*
 * A message that the sentry sends for a guest: sendto(2), sendmsg(2), sendmmsg(2) where an address
 * must be looked up from where the sender stands (unix(7)) or checked (egress policies). Everything
 * is read once from the guest, into here, and sent from here.
 */
#ifndef CAPBOX_SYSCALLS_MESSAGE_H
#define CAPBOX_SYSCALLS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "syscalls/sockaddr.h"

#define MESSAGE_FDS_MAX	    253	 /* SCM_MAX_FD of the kernel */
#define MESSAGE_CONTROL_MAX 2048 /* bytes; the kernel's own limit depends on a sysctl */
#define MESSAGE_PARTS_MAX   1024 /* UIO_MAXIOV */

struct message {
	int fd, domain, type; /* the socket: a copy of the guest's, borrowed */
	int flags;
	bool named;
	struct address to;

	struct iovec parts[MESSAGE_PARTS_MAX]; /* of the guest */
	size_t count, total;

	char *data; /* the bytes of one call: w->buffer or `allocated` */
	char *allocated;
	size_t size;

	_Alignas(struct cmsghdr) char control[MESSAGE_CONTROL_MAX];
	size_t control_size;
	struct ucred from; /* of a unix socket: who sends, as the receiver is told */
	int fds[MESSAGE_FDS_MAX];
	size_t fd_count;
};

void message_release(struct message *m);

/* The parts at an address of the guest. 0 or a negative errno. */
int message_read_parts(struct worker *w, struct message *m, uint64_t address, uint64_t count);

/* Copies `size` bytes that lie at `offset` of the parts to data. */
int message_gather(struct worker *w, const struct message *m, size_t offset, size_t size,
		   char *data);

/* The control messages at an address of the guest: those that do no harm are taken over. */
int message_read_control(struct worker *w, struct message *m, uint64_t address, size_t size);

/* Sends all of it, waiting where the guest would. The call's result. */
int64_t message_send(struct worker *w, struct message *m);

#endif
