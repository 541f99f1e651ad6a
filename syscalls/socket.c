/*
 * socket(2), connect(2), bind(2): the calls that name an address or choose a network.
 *
 * AF_INET and AF_INET6 sockets are made by the sentry, in the container's network namespace, and
 * granted; their data path is native. Of AF_UNIX sockets, which guests make themselves, the paths
 * are names: the worker connects and binds the guest's own socket, standing where the guest stands,
 * so the kernel finds what the guest means. Abstract names live in the guests' network namespace,
 * which the socket belongs to wherever it is used.
 *
 * #syscalls: socket:AF_INET,AF_INET6 bind connect getsockopt fcntl:F_GETFL,F_SETFL capget
 * #syscalls: capset close
 */
#include "syscalls/sockaddr.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/time.h>

#include "lib/cleanup.h"
#include "sentry/sentry.h"
#include "syscalls/caps.h"
#include "syscalls/common.h"
#include "syscalls/table.h"
#include "syscalls/unix_bound.h"

#define TYPE_MASK 0xf
#define TYPES	  11  /* SOCK_MAX of the kernel */
#define FAMILIES  46  /* AF_MAX */
#define PROTOCOLS 263 /* IPPROTO_MAX */

static int check_inet(struct worker *w, int family, int type, int protocol)
{
	if (protocol < 0 || protocol >= PROTOCOLS)
		return -EINVAL;
	int echo = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	if (type == SOCK_STREAM)
		return protocol == 0 || protocol == IPPROTO_TCP
			   ? 0
			   : worker_refuse(w, EPROTONOSUPPORT);
	if (type == SOCK_DGRAM)
		return protocol == 0 || protocol == IPPROTO_UDP || protocol == echo
			   ? 0
			   : worker_refuse(w, EPROTONOSUPPORT);
	/* Raw packets would reach around the container's network policy. */
	return worker_refuse(w, type == SOCK_RAW ? EPERM : ESOCKTNOSUPPORT);
}

int64_t sys_socket(struct worker *w, struct trap *t)
{
	int family = (int)t->args[0], protocol = (int)t->args[2];
	int type = (int)t->args[1] & TYPE_MASK, flags = (int)t->args[1] & ~TYPE_MASK;
	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	if (family == AF_UNIX)
		return TRAP_PASS; /* anonymous until bound, and all arguments are values */
	if (family < 0 || family >= FAMILIES)
		return -EAFNOSUPPORT;
	if (type >= TYPES)
		return -EINVAL;
	if (family == AF_NETLINK)
		return netlink_socket(w, t, type, flags, protocol);
	if (family == AF_PACKET)
		return worker_refuse(w, EPERM); /* as raw sockets */
	if (family != AF_INET && family != AF_INET6)
		return worker_refuse(w, EAFNOSUPPORT);
	int r = check_inet(w, family, type, protocol);
	if (r < 0)
		return r;
	int fd = socket(family, type | flags | SOCK_CLOEXEC, protocol);
	return fd < 0 ? -errno : grant(t, fd, flags & SOCK_CLOEXEC ? O_CLOEXEC : 0);
}

int socket_option(int fd, int option)
{
	int value;
	socklen_t length = sizeof value;
	return getsockopt(fd, SOL_SOCKET, option, &value, &length) < 0 ? -errno : value;
}

bool socket_blocks(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	return flags >= 0 && !(flags & O_NONBLOCK);
}

int socket_interrupted(int fd, int limit_option)
{
	struct timeval limit = {0};
	socklen_t length = sizeof limit;
	getsockopt(fd, SOL_SOCKET, limit_option, &limit, &length);
	return limit.tv_sec || limit.tv_usec ? -EINTR : -ERESTARTSYS;
}

int read_address(struct trap *t, uint64_t address, uint64_t length, struct address *a)
{
	if ((int)length < 0 || (size_t)(int)length > sizeof a->storage)
		return -EINVAL;
	a->length = (socklen_t)length;
	return a->length ? trap_read(t, address, &a->storage, a->length) : 0;
}

static int64_t connect_now(struct worker *w, int fd, const struct address *a, void *arg)
{
	return host_result(connect(fd, (const struct sockaddr *)&a->storage, a->length));
}

static int64_t connect_waiting(struct worker *w, int fd, const struct address *a)
{
	int64_t r = worker_block_begin(w);
	if (r == 0) {
		r = connect_now(w, fd, a, NULL);
		worker_block_end(w);
	}
	return r == -EINTR ? socket_interrupted(fd, SO_SNDTIMEO) : r;
}

/*
 * A stream's name. Waiting is rare (a full queue), and making ready to wait costs more than to
 * connect does, so it is tried without waiting first; nobody else can use a socket before it is
 * connected.
 */
static int64_t connect_patiently(struct worker *w, int fd, const struct address *a, void *arg)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || flags & O_NONBLOCK)
		return connect_now(w, fd, a, NULL);
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	int64_t r = connect_now(w, fd, a, NULL);
	fcntl(fd, F_SETFL, flags);
	return r == -EAGAIN ? connect_waiting(w, fd, a) : r;
}

/* A socket in a volume may be a service of the host, which asks the kernel who comes. */
static int64_t connect_shown(struct worker *w, int fd, const struct address *a, void *arg)
{
	int64_t r = worker_show_ids(w);
	if (r < 0)
		return r;
	r = connect_patiently(w, fd, a, arg);
	worker_hide_ids(w);
	return r;
}

static int64_t unix_connect(struct worker *w, struct trap *t, int fd)
{
	struct address a = {0};
	int type = socket_option(fd, SO_TYPE);
	int r = type < 0 ? type : read_address(t, t->args[1], t->args[2], &a);
	if (r < 0)
		return r;
	/* A datagram socket's connect only remembers the address. */
	if (type == SOCK_DGRAM)
		return unix_address_call(w, fd, &a, 0, connect_now, NULL);
	unix_peer_remember(w, fd); /* first: the peer may ask at once */
	return unix_address_call(w, fd, &a, 0, connect_shown, NULL);
}

/* With an egress policy: what has been checked is what is connected. */
static int64_t inet_connect(struct worker *w, struct trap *t, int fd)
{
	struct address a = {0};
	int r = read_address(t, t->args[1], t->args[2], &a);
	if (r == 0 && a.storage.ss_family != AF_UNSPEC) /* which dissolves a connection */
		r = network_check(w, EGRESS_TO, fd, &a.storage, a.length);
	if (r < 0)
		return r;
	bool waits = socket_option(fd, SO_TYPE) == SOCK_STREAM && socket_blocks(fd);
	return waits ? connect_waiting(w, fd, &a) : connect_now(w, fd, &a, NULL);
}

int64_t sys_connect(struct worker *w, struct trap *t)
{
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	if (fd < 0)
		return fd;
	int domain = socket_option(fd, SO_DOMAIN);
	if (domain < 0)
		return domain;
	if (domain == AF_UNIX)
		return unix_connect(w, t, fd);
	if (domain == AF_NETLINK)
		return netlink_address_call(t, fd, connect);
	if (w->sentry->network.egress)
		return inet_connect(w, t, fd);
	/* Passed: the kernel connects what is a handle in the container's network, waits, and is
	 * interrupted, as Linux does. Should the guest put another socket in its place meanwhile, a
	 * path is looked up in its empty root. */
	return TRAP_PASS;
}

static int64_t bind_op(struct worker *w, int fd, const struct address *a, void *arg)
{
	return host_result(bind(fd, (const struct sockaddr *)&a->storage, a->length));
}

/* The kernel would ask the worker, which keeps CAP_NET_BIND_SERVICE, for the guest's privilege. */
static int64_t inet_bind(struct worker *w, struct trap *t, int fd)
{
	_Static_assert(offsetof(struct sockaddr_in, sin_port) ==
			   offsetof(struct sockaddr_in6, sin6_port),
		       "one place for the port");
	struct address a = {0};
	struct caps old;
	const struct network *n = &w->sentry->network;
	int r = read_address(t, t->args[1], t->args[2], &a);
	if (r == 0)
		r = network_check(w, EGRESS_AT, fd, &a.storage, a.length);
	if (r < 0)
		return r;
	if (cred_capable(w->ctx->cred, CAP_NET_BIND_SERVICE))
		return bind_op(w, fd, &a, NULL);
	const struct sockaddr_in *in = (const struct sockaddr_in *)&a.storage;
	unsigned port = ntohs(in->sin_port);
	if (a.length >= sizeof *in && port && port < n->first_port)
		return -EACCES; /* the kernel has been told to let it be bound: network.h */
	if (caps_change(0, CAPS_BIT(CAP_NET_BIND_SERVICE), &old) < 0)
		return -errno;
	int64_t result = bind_op(w, fd, &a, NULL);
	caps_set(&old);
	return result;
}

static int64_t unix_bind(struct worker *w, struct trap *t, int fd)
{
	struct address a = {0};
	int r = read_address(t, t->args[1], t->args[2], &a);
	if (r < 0)
		return r;
	unix_bound_begin(w);
	int64_t result = unix_address_call(w, fd, &a, NAME_CREATE | NAME_NOFOLLOW, bind_op, NULL);
	unix_bound_end(w, fd, result == 0);
	return result;
}

int64_t sys_bind(struct worker *w, struct trap *t)
{
	const struct network *n = &w->sentry->network;
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	if (fd < 0)
		return fd;
	int domain = socket_option(fd, SO_DOMAIN);
	if (domain < 0)
		return domain;
	if (domain == AF_UNIX)
		return unix_bind(w, t, fd);
	if (domain == AF_NETLINK)
		return netlink_address_call(t, fd, bind);
	/* Passed: privileged ports are the kernel's to refuse to a guest, who has no privilege; the
	 * rest as in sys_connect. */
	if (!n->egress && !n->first_port && !cred_capable(w->ctx->cred, CAP_NET_BIND_SERVICE))
		return TRAP_PASS;
	return inet_bind(w, t, fd);
}
