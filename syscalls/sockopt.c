/*
 * setsockopt(2), getsockopt(2) beyond the common options, which are native. Level and option are
 * values, and the guest has no capability on the host, so an option that is harmless for an
 * unprivileged user is passed; what needs privilege is refused as to one who lacks it, and what
 * would load programs into the kernel does not exist. SO_PEERCRED and its like tell host identities
 * and are emulated.
 *
 * #syscalls: close
 */
#include <asm/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <sys/socket.h>

#include "lib/cleanup.h"
#include "lib/kernel.h"
#include "syscalls/sockaddr.h"
#include "syscalls/table.h"

static bool among(int option, const int *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == option)
			return true;
	return false;
}

static bool is_harmless(int level, int option)
{
	static const int socket[] = {SO_NO_CHECK,
				     SO_BSDCOMPAT,
				     SO_BINDTODEVICE,
				     SO_PEERNAME,
				     SO_INCOMING_CPU,
				     SO_INCOMING_NAPI_ID,
				     SO_TIMESTAMPING_OLD,
				     SO_TIMESTAMPING_NEW,
				     SO_SELECT_ERR_QUEUE,
				     SO_WIFI_STATUS,
				     SO_NOFCS,
				     SO_LOCK_FILTER};
	static const int ip[] = {IP_RETOPTS,
				 IP_FREEBIND,
				 IP_PASSSEC,
				 IP_MTU,
				 IP_ADD_SOURCE_MEMBERSHIP,
				 IP_DROP_SOURCE_MEMBERSHIP,
				 IP_BLOCK_SOURCE,
				 IP_UNBLOCK_SOURCE,
				 MCAST_JOIN_GROUP,
				 MCAST_LEAVE_GROUP,
				 MCAST_JOIN_SOURCE_GROUP,
				 MCAST_LEAVE_SOURCE_GROUP,
				 MCAST_BLOCK_SOURCE,
				 MCAST_UNBLOCK_SOURCE,
				 IP_UNICAST_IF,
				 IP_CHECKSUM,
				 IP_RECVFRAGSIZE,
				 IP_RECVORIGDSTADDR};
	static const int ipv6[] = {IPV6_PKTINFO,
				   IPV6_HOPLIMIT,
				   IPV6_NEXTHOP,
				   IPV6_RECVERR_RFC4884,
				   IPV6_FREEBIND,
				   IPV6_JOIN_ANYCAST,
				   IPV6_LEAVE_ANYCAST,
				   IPV6_ADDRFORM,
				   IPV6_AUTOFLOWLABEL,
				   IPV6_RECVPATHMTU,
				   IPV6_PATHMTU,
				   IPV6_UNICAST_IF,
				   IPV6_ADDR_PREFERENCES,
				   IPV6_MINHOPCOUNT,
				   IPV6_RECVORIGDSTADDR,
				   IPV6_RECVFRAGSIZE,
				   MCAST_JOIN_GROUP,
				   MCAST_LEAVE_GROUP,
				   MCAST_JOIN_SOURCE_GROUP,
				   MCAST_LEAVE_SOURCE_GROUP,
				   MCAST_BLOCK_SOURCE,
				   MCAST_UNBLOCK_SOURCE};
	static const int tcp[] = {TCP_THIN_LINEAR_TIMEOUTS,
				  TCP_THIN_DUPACK,
				  TCP_SAVE_SYN,
				  TCP_SAVED_SYN,
				  TCP_CC_INFO,
				  TCP_INQ,
				  TCP_FASTOPEN_NO_COOKIE,
				  TCP_TX_DELAY,
				  TCP_TIMESTAMP,
				  TCP_INFO};
	static const int netlink[] = {
	    NETLINK_ADD_MEMBERSHIP, NETLINK_DROP_MEMBERSHIP,  NETLINK_PKTINFO,
	    NETLINK_NO_ENOBUFS,	    NETLINK_LIST_MEMBERSHIPS, NETLINK_BROADCAST_ERROR,
	    NETLINK_CAP_ACK,	    NETLINK_EXT_ACK,	      NETLINK_GET_STRICT_CHK};
	switch (level) {
	case SOL_SOCKET:
		return among(option, socket, ARRAY_SIZE(socket));
	case SOL_NETLINK:
		return among(option, netlink, ARRAY_SIZE(netlink));
	case IPPROTO_IP:
		return among(option, ip, ARRAY_SIZE(ip));
	case IPPROTO_IPV6:
		return among(option, ipv6, ARRAY_SIZE(ipv6));
	case IPPROTO_TCP:
		return among(option, tcp, ARRAY_SIZE(tcp));
	default:
		return false;
	}
}

/* The errno of an option that is for the privileged; 0 when it is none. */
static int refusal(int level, int option)
{
	static const int socket[] = {
	    SO_MARK,	   SO_SNDBUFFORCE,	     SO_RCVBUFFORCE,	      SO_ATTACH_FILTER,
	    SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF, SO_ATTACH_REUSEPORT_EBPF};
	switch (level) {
	case SOL_SOCKET:
		if (option == SO_DEBUG)
			return -EACCES;
		return among(option, socket, ARRAY_SIZE(socket)) ? -EPERM : 0;
	case IPPROTO_IP:
		return option == IP_TRANSPARENT ? -EPERM : 0;
	case IPPROTO_IPV6:
		return option == IPV6_TRANSPARENT ? -EPERM : 0;
	case IPPROTO_TCP:
		return option == TCP_REPAIR ? -EPERM : 0;
	case SOL_NETLINK:
		return option == NETLINK_LISTEN_ALL_NSID ? -EPERM : 0;
	default:
		return 0;
	}
}

int64_t sys_setsockopt(struct worker *w, struct trap *t)
{
	int level = (int)t->args[1], option = (int)t->args[2];
	if (is_harmless(level, option))
		return TRAP_PASS; /* chosen by values; done with the guest's own lack of privilege
				   */
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	if (fd < 0)
		return fd;
	int domain = socket_option(fd, SO_DOMAIN);
	if (domain < 0)
		return domain;
	int r = refusal(level, option);
	return worker_refuse(w, r < 0 ? -r : ENOPROTOOPT);
}

/* A value and its length, which is how much of it is told. */
static int write_value(struct trap *t, const void *value, int length)
{
	int r = trap_write(t, t->args[3], value, (size_t)length);
	return r < 0 ? r : trap_write(t, t->args[4], &length, sizeof length);
}

static int peer_cred(struct trap *t, const struct unix_peer *peer, int length)
{
	return write_value(t, &peer->shown, MIN(length, (int)sizeof peer->shown));
}

static int peer_groups(struct trap *t, const struct unix_peer *peer, int length)
{
	if (!peer->cred)
		return -ENODATA;
	int whole = (int)(peer->cred->ngroups * sizeof(gid_t));
	if (length >= whole)
		return write_value(t, peer->cred->groups, whole);
	int r = trap_write(t, t->args[4], &whole, sizeof whole);
	return r < 0 ? r : -ERANGE;
}

static int peer_pidfd(struct worker *w, struct trap *t, int fd, const struct unix_peer *peer,
		      int length)
{
	int number = -1;
	length = MIN(length, (int)sizeof number);
	_cleanup_close_ int pidfd = unix_peer_pidfd(w, fd, peer);
	int r = pidfd < 0 ? pidfd : write_value(t, &number, length); /* before it is installed */
	if (r < 0)
		return r;
	number = trap_install_fd(t, pidfd, O_CLOEXEC);
	return number < 0 ? number : write_value(t, &number, length);
}

static int64_t peer_option(struct worker *w, struct trap *t, int option)
{
	_cleanup_(unix_peer_release) struct unix_peer peer = {0};
	int length;
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	if (fd < 0)
		return fd;
	int r = socket_option(fd, SO_TYPE);
	if (r >= 0)
		r = trap_read(t, t->args[4], &length, sizeof length);
	if (r < 0)
		return r;
	if (length < 0)
		return -EINVAL;
	r = unix_peer_find(w, fd, &peer);
	if (r < 0)
		return r;
	if (option == SO_PEERCRED)
		return peer_cred(t, &peer, length);
	return option == SO_PEERGROUPS ? peer_groups(t, &peer, length)
				       : peer_pidfd(w, t, fd, &peer, length);
}

int64_t sys_getsockopt(struct worker *w, struct trap *t)
{
	int level = (int)t->args[1], option = (int)t->args[2];
	if (level == SOL_SOCKET &&
	    (option == SO_PEERCRED || option == SO_PEERGROUPS || option == SO_PEERPIDFD))
		return peer_option(w, t, option);
	/* See sys_setsockopt. Servers ask for IP options to refuse routes that a source chose. */
	if (is_harmless(level, option) || (level == IPPROTO_IP && option == IP_OPTIONS))
		return TRAP_PASS;
	bool known = level == SOL_SOCKET || level == IPPROTO_IP || level == IPPROTO_IPV6 ||
		     level == IPPROTO_TCP || level == IPPROTO_UDP || level == SOL_NETLINK;
	return worker_refuse(w, known ? ENOPROTOOPT : EOPNOTSUPP);
}
