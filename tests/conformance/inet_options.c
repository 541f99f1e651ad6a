/*
 * Socket options and interface requests. Root's privileges over its network are no container's, so
 * what needs one is asked for by a plain user, whom Linux refuses.
 */
#include "facts.h"
#include <arpa/inet.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#define INT_OPTION(fd, level, option, value)                                                       \
	do {                                                                                       \
		int in_ = value, out_ = -1;                                                        \
		socklen_t n_ = sizeof(out_);                                                       \
		FACT("set " #option, setsockopt(fd, level, option, &in_, sizeof(in_)));            \
		errno = 0;                                                                         \
		int r_ = getsockopt(fd, level, option, &out_, &n_);                                \
		say("get " #option ": %d %s, value %d, length %u", r_,                             \
		    r_ < 0 ? errno_name(errno) : "", out_, n_);                                    \
	} while (0)

#define ASK(fd, level, option)                                                                     \
	do {                                                                                       \
		char out_[512] = {0};                                                              \
		socklen_t n_ = sizeof(out_);                                                       \
		int r_ = getsockopt(fd, level, option, out_, &n_);                                 \
		say("get " #option ": %d %s, length %u", r_, r_ < 0 ? errno_name(errno) : "", n_); \
	} while (0)

static void common(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
	int six = socket(AF_INET6, SOCK_STREAM, 0), six_udp = socket(AF_INET6, SOCK_DGRAM, 0);

	INT_OPTION(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	INT_OPTION(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	INT_OPTION(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	INT_OPTION(fd, SOL_SOCKET, SO_BROADCAST, 1);
	INT_OPTION(fd, SOL_SOCKET, SO_OOBINLINE, 1);
	INT_OPTION(fd, SOL_SOCKET, SO_SNDBUF, 8192);
	INT_OPTION(fd, SOL_SOCKET, SO_RCVBUF, 8192);
	INT_OPTION(fd, SOL_SOCKET, SO_RCVLOWAT, 7);
	INT_OPTION(fd, SOL_SOCKET, SO_SNDLOWAT, 7);
	INT_OPTION(fd, SOL_SOCKET, SO_PRIORITY, 3);
	INT_OPTION(fd, SOL_SOCKET, SO_TYPE, 3);
	INT_OPTION(fd, SOL_SOCKET, SO_DOMAIN, 3);
	INT_OPTION(fd, SOL_SOCKET, SO_PROTOCOL, 3);
	INT_OPTION(fd, SOL_SOCKET, SO_ACCEPTCONN, 3);
	INT_OPTION(fd, SOL_SOCKET, SO_ERROR, 3);
	INT_OPTION(fd, SOL_SOCKET, SO_TIMESTAMP, 1);
	INT_OPTION(fd, SOL_SOCKET, SO_ZEROCOPY, 1);
	INT_OPTION(fd, SOL_SOCKET, SO_INCOMING_CPU, 0);
	INT_OPTION(fd, SOL_SOCKET, SO_PASSCRED, 1);
	INT_OPTION(fd, SOL_SOCKET, SO_NO_CHECK, 1);
	INT_OPTION(udp, SOL_SOCKET, SO_RXQ_OVFL, 1);
	INT_OPTION(udp, SOL_SOCKET, SO_PEEK_OFF, 0);
	INT_OPTION(udp, SOL_SOCKET, SO_BUSY_POLL, 0);
	INT_OPTION(fd, SOL_SOCKET, 12345, 1);
	INT_OPTION(fd, 12345, 1, 1);
	ASK(fd, SOL_SOCKET, SO_LINGER);
	ASK(fd, SOL_SOCKET, SO_RCVTIMEO);
	ASK(fd, SOL_SOCKET, SO_PEERCRED);
	ASK(fd, SOL_SOCKET, SO_BINDTODEVICE);
	ASK(fd, SOL_SOCKET, SO_COOKIE);
	ASK(fd, SOL_SOCKET, SO_MEMINFO);
	INT_OPTION(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	INT_OPTION(fd, IPPROTO_TCP, TCP_MAXSEG, 1000);
	INT_OPTION(fd, IPPROTO_TCP, TCP_CORK, 1);
	INT_OPTION(fd, IPPROTO_TCP, TCP_KEEPIDLE, 9);
	INT_OPTION(fd, IPPROTO_TCP, TCP_KEEPINTVL, 9);
	INT_OPTION(fd, IPPROTO_TCP, TCP_KEEPCNT, 9);
	INT_OPTION(fd, IPPROTO_TCP, TCP_SYNCNT, 3);
	INT_OPTION(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
	INT_OPTION(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 1000);
	INT_OPTION(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1000);
	INT_OPTION(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0);
	FACT("set TCP_TIMESTAMP", setsockopt(fd, IPPROTO_TCP, TCP_TIMESTAMP, &(int){0}, 4));
	ASK(fd, IPPROTO_TCP, TCP_TIMESTAMP);
	INT_OPTION(fd, IPPROTO_TCP, TCP_INQ, 1);
	ASK(fd, IPPROTO_TCP, TCP_CONGESTION);
	ASK(fd, IPPROTO_TCP, TCP_INFO);
	FACT("an unknown congestion control",
	     setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "nothing", 7));
	FACT("TCP option on UDP", setsockopt(udp, IPPROTO_TCP, TCP_NODELAY, &(int){1}, 4));
	INT_OPTION(udp, IPPROTO_UDP, UDP_CORK, 0);
	INT_OPTION(udp, IPPROTO_UDP, UDP_SEGMENT, 1000);
	INT_OPTION(udp, IPPROTO_IP, IP_TOS, 8);
	INT_OPTION(udp, IPPROTO_IP, IP_TTL, 9);
	INT_OPTION(udp, IPPROTO_IP, IP_TTL, 900);
	INT_OPTION(udp, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
	INT_OPTION(udp, IPPROTO_IP, IP_PKTINFO, 1);
	INT_OPTION(udp, IPPROTO_IP, IP_RECVERR, 1);
	INT_OPTION(udp, IPPROTO_IP, IP_MULTICAST_TTL, 5);
	INT_OPTION(udp, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	INT_OPTION(udp, IPPROTO_IP, IP_FREEBIND, 1);
	INT_OPTION(udp, IPPROTO_IP, IP_RECVORIGDSTADDR, 1);
	ASK(udp, IPPROTO_IP, IP_MTU);
	ASK(udp, IPPROTO_IP, IP_OPTIONS);
	INT_OPTION(six, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	INT_OPTION(six_udp, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
	INT_OPTION(six_udp, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	INT_OPTION(six_udp, IPPROTO_IPV6, IPV6_TCLASS, 8);
	INT_OPTION(six_udp, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 8);
	INT_OPTION(six_udp, IPPROTO_IPV6, IPV6_RECVERR, 1);
	INT_OPTION(six_udp, IPPROTO_IP, IP_TOS, 8);
	FACT("a bad pointer", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, BAD, 4));
	FACT("too short", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, 2));
	FACT("a bad descriptor", setsockopt(999, SOL_SOCKET, SO_REUSEADDR, &(int){1}, 4));
	FACT("a file", setsockopt(0, SOL_SOCKET, SO_REUSEADDR, &(int){1}, 4));
	FACT("a file, an odd option", setsockopt(0, SOL_SOCKET, SO_MARK, &(int){1}, 4));
	FACT("a file", getsockopt(0, SOL_SOCKET, SO_TYPE, &(int){1}, &(socklen_t){4}));
	FACT("no room", getsockopt(fd, SOL_SOCKET, SO_TYPE, &(int){1}, &(socklen_t){0}));
	FACT("negative room", getsockopt(fd, SOL_SOCKET, SO_TYPE, &(int){1}, &(socklen_t){-1u}));
}

static void refused(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	int six = socket(AF_INET6, SOCK_DGRAM, 0);

	FACT("user: SO_MARK", setsockopt(fd, SOL_SOCKET, SO_MARK, &one, 4));
	FACT("user: SO_DEBUG", setsockopt(fd, SOL_SOCKET, SO_DEBUG, &one, 4));
	FACT("user: SO_SNDBUFFORCE", setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &one, 4));
	FACT("user: SO_RCVBUFFORCE", setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &one, 4));
	FACT("user: SO_PRIORITY 7", setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &(int){7}, 4));
	FACT("user: SO_BINDTODEVICE", setsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	FACT("user: no device", setsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, "none", 4));
	FACT("user: IP_TRANSPARENT", setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &one, 4));
	FACT("user: IPV6_TRANSPARENT", setsockopt(six, IPPROTO_IPV6, IPV6_TRANSPARENT, &one, 4));
	FACT("user: TCP_REPAIR", setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &one, 4));
	FACT("user: IP_HDRINCL", setsockopt(udp, IPPROTO_IP, IP_HDRINCL, &one, 4));
	FD("user: raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	FD("user: raw IPv6", socket(AF_INET6, SOCK_RAW, IPPROTO_RAW));
	FD("user: packet", socket(AF_PACKET, SOCK_RAW, 0));
}

static void fast_open(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(7001),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);

	MUST(bind(fd, (void *)&a, sizeof(a)));
	FACT("TCP_FASTOPEN", setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &(int){5}, 4));
	MUST(listen(fd, 5));
	FACT("MSG_FASTOPEN", sendto(client, "x", 1, MSG_FASTOPEN, (void *)&a, sizeof(a)));
}

static void say_address(const char *label, int result, const struct ifreq *r)
{
	const struct sockaddr_in *in = (const void *)&r->ifr_addr;

	if (result < 0)
		say("%s: -1 %s", label, errno_name(errno));
	else
		say("%s: family %d %s", label, in->sin_family, inet_ntoa(in->sin_addr));
}

static void interfaces(const char *who, int fd)
{
	struct ifreq r = {.ifr_name = "lo"}, list[8];
	struct ifconf c = {.ifc_len = sizeof(list), .ifc_req = list};

	say("on a socket of %s", who);
	FACT("SIOCGIFCONF", ioctl(fd, SIOCGIFCONF, &c));
	say("  length %d, %s", c.ifc_len, c.ifc_len ? list[0].ifr_name : "none");
	c = (struct ifconf){0};
	FACT("SIOCGIFCONF, its size", (ioctl(fd, SIOCGIFCONF, &c), c.ifc_len));
	FACT("SIOCGIFINDEX", (ioctl(fd, SIOCGIFINDEX, &r), r.ifr_ifindex));
	FACT("SIOCGIFNAME", ioctl(fd, SIOCGIFNAME, &r));
	say("  %s", r.ifr_name);
	FACT("SIOCGIFFLAGS", ioctl(fd, SIOCGIFFLAGS, &r));
	say("  %x", (unsigned)r.ifr_flags);
	FACT("SIOCGIFMTU", (ioctl(fd, SIOCGIFMTU, &r), r.ifr_mtu));
	FACT("SIOCGIFHWADDR", (ioctl(fd, SIOCGIFHWADDR, &r), r.ifr_hwaddr.sa_family));
	FACT("SIOCGIFTXQLEN", (ioctl(fd, SIOCGIFTXQLEN, &r), r.ifr_qlen));
	FACT("SIOCGIFMETRIC", (ioctl(fd, SIOCGIFMETRIC, &r), r.ifr_metric));
	say_address("SIOCGIFADDR", ioctl(fd, SIOCGIFADDR, &r), &r);
	say_address("SIOCGIFNETMASK", ioctl(fd, SIOCGIFNETMASK, &r), &r);
	strcpy(r.ifr_name, "none");
	FACT("of no interface", ioctl(fd, SIOCGIFFLAGS, &r));
	FACT("an index of none", (r.ifr_ifindex = 77, ioctl(fd, SIOCGIFNAME, &r)));
	FACT("a bad pointer", ioctl(fd, SIOCGIFFLAGS, BAD));
}

static void settings(void)
{
	struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	struct rtentry route = {0};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	FACT("user: SIOCSIFFLAGS", ioctl(fd, SIOCSIFFLAGS, &r));
	FACT("user: SIOCSIFADDR", ioctl(fd, SIOCSIFADDR, &r));
	FACT("user: SIOCSIFMTU", ioctl(fd, SIOCSIFMTU, &r));
	FACT("user: SIOCADDRT", ioctl(fd, SIOCADDRT, &route));
}

int main(void)
{
	start("inet_options");
	common();
	as_user("user", refused);
	fast_open();
	interfaces("IPv4", socket(AF_INET, SOCK_DGRAM, 0));
	interfaces("IPv6", socket(AF_INET6, SOCK_STREAM, 0));
	interfaces("unix", socket(AF_UNIX, SOCK_STREAM, 0));
	as_user("user", settings);
	return 0;
}
