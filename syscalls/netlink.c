/*
 * AF_NETLINK: NETLINK_ROUTE, to read interfaces, addresses, routes and neighbours, and
 * NETLINK_SOCK_DIAG, to list sockets. Other protocols do not exist.
 *
 * The socket is a real one in the container's network namespace, and powerless twice: Linux lets a
 * message change something only when both the process that sends it and the one that opened the
 * socket have CAP_NET_ADMIN over the network. Guests have no capability, and the worker opens the
 * socket without any. So sending and receiving are native, and what changes something is EPERM.
 * bind and connect are made by the worker, again without capabilities: the kernel then refuses
 * the groups that are for the privileged, and to name another socket as the receiver.
 *
 * #syscalls: socket:AF_NETLINK bind connect capget capset close
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/cleanup.h"
#include "sentry/sentry.h"
#include "syscalls/caps.h"
#include "syscalls/common.h"
#include "syscalls/sockaddr.h"

int64_t netlink_socket(struct worker *w, struct trap *t, int type, int flags, int protocol)
{
	if (w->sentry->network.no_netlink)
		return worker_refuse(w, EAFNOSUPPORT);
	if (type != SOCK_RAW && type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != NETLINK_ROUTE && protocol != NETLINK_SOCK_DIAG)
		return worker_refuse(w, EPROTONOSUPPORT);
	struct caps old;
	if (caps_change(0, CAPS_ALL, &old) < 0)
		return -errno;
	int fd = socket(AF_NETLINK, type | flags | SOCK_CLOEXEC, protocol);
	int error = errno;
	if (caps_set(&old) < 0)
		abort(); /* a worker without its tools serves nobody */
	return fd < 0 ? -error : grant(t, fd, flags & SOCK_CLOEXEC ? O_CLOEXEC : 0);
}

static int64_t powerless_call(int (*call)(int, const struct sockaddr *, socklen_t), int fd,
			      const struct address *a)
{
	struct caps old;
	if (caps_change(0, CAPS_ALL, &old) < 0)
		return -errno;
	int64_t r = host_result(call(fd, (const struct sockaddr *)&a->storage, a->length));
	if (caps_set(&old) < 0)
		abort();
	return r;
}

int64_t netlink_address_call(struct trap *t, int fd,
			     int (*call)(int, const struct sockaddr *, socklen_t))
{
	struct address a = {0};
	int r = read_address(t, t->args[1], t->args[2], &a);
	return r < 0 ? r : powerless_call(call, fd, &a);
}
