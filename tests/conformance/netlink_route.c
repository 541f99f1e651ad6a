/* NETLINK_ROUTE: listing what there is, as programs do; what would change it is refused. */
#include "facts.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>

static int route(int flags)
{
	return (int)MUST(socket(AF_NETLINK, SOCK_RAW | flags, NETLINK_ROUTE));
}

/* Asks and says the answers' types, until the end of the list or an error. */
static void ask(const char *label, int fd, int type, int flags, const void *body, size_t size)
{
	struct {
		struct nlmsghdr header;
		char body[256];
	} q = {.header = {.nlmsg_len = (unsigned)NLMSG_LENGTH(size),
			  .nlmsg_type = (uint16_t)type,
			  .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
			  .nlmsg_seq = 7}};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	char b[16384];

	memcpy(q.body, body, size);
	FACT(label, sendto(fd, &q, q.header.nlmsg_len, 0, (void *)&kernel, sizeof(kernel)));
	for (int rounds = 0; rounds < 20; rounds++) {
		struct pollfd p = {fd, POLLIN, 0};
		if (poll(&p, 1, 200) == 0) {
			say("  silence");
			return;
		}
		struct sockaddr_nl from = {0};
		socklen_t n = sizeof(from);
		ssize_t got = recvfrom(fd, b, sizeof(b), 0, (void *)&from, &n);
		if (got < 0) {
			say("  received: -1 %s", errno_name(errno));
			return;
		}
		if (from.nl_pid || n != sizeof(from))
			say("  from %u, length %u", from.nl_pid, n);
		for (struct nlmsghdr *h = (void *)b; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
			if (h->nlmsg_type == NLMSG_ERROR) {
				struct nlmsgerr *e = NLMSG_DATA(h);
				say("  error %s", e->error ? errno_name(-e->error) : "none");
				return;
			}
			if (h->nlmsg_type == NLMSG_DONE) {
				say("  done");
				return;
			}
			say("  type %d, sequence %u", h->nlmsg_type, h->nlmsg_seq);
			if (!(h->nlmsg_flags & NLM_F_MULTI))
				return;
		}
	}
}

static void lists(void)
{
	struct rtgenmsg any = {.rtgen_family = AF_UNSPEC}, six = {.rtgen_family = AF_INET6};
	struct ifinfomsg lo = {.ifi_index = 1}, none = {.ifi_index = 77};
	struct {
		struct rtmsg message;
		struct rtattr header;
		struct in_addr to;
	} get = {.message = {.rtm_family = AF_INET, .rtm_dst_len = 32},
		 .header = {.rta_len = RTA_LENGTH(4), .rta_type = RTA_DST}};
	int fd = route(SOCK_CLOEXEC);

	ask("links", fd, RTM_GETLINK, NLM_F_DUMP, &any, sizeof(any));
	ask("addresses", fd, RTM_GETADDR, NLM_F_DUMP, &any, sizeof(any));
	ask("IPv6 addresses", fd, RTM_GETADDR, NLM_F_DUMP, &six, sizeof(six));
	ask("neighbours", fd, RTM_GETNEIGH, NLM_F_DUMP, &any, sizeof(any));
	ask("rules", fd, RTM_GETRULE, NLM_F_DUMP, &any, sizeof(any));
	ask("one link", fd, RTM_GETLINK, 0, &lo, sizeof(lo));
	ask("no link", fd, RTM_GETLINK, 0, &none, sizeof(none));
	inet_pton(AF_INET, "127.0.0.1", &get.to);
	ask("a route", fd, RTM_GETROUTE, 0, &get, sizeof(get));
	inet_pton(AF_INET, "192.0.2.1", &get.to);
	ask("no route", fd, RTM_GETROUTE, 0, &get, sizeof(get));
	ask("an unknown type", fd, 9999, 0, &any, sizeof(any));
	ask("too short a request", fd, RTM_GETLINK, 0, &any, 0);
}

static void changes(void)
{
	struct ifinfomsg lo = {.ifi_index = 1, .ifi_change = IFF_UP};
	struct {
		struct ifaddrmsg message;
		struct rtattr header;
		struct in_addr address;
	} add = {.message = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = 1},
		 .header = {.rta_len = RTA_LENGTH(4), .rta_type = IFA_LOCAL}};
	struct rtmsg gone = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN};
	int fd = route(0);

	inet_pton(AF_INET, "127.0.0.77", &add.address);
	ask("user: link down", fd, RTM_NEWLINK, NLM_F_ACK, &lo, sizeof(lo));
	ask("user: new link", fd, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE, &(struct ifinfomsg){0},
	    sizeof(lo));
	ask("user: remove link", fd, RTM_DELLINK, NLM_F_ACK, &lo, sizeof(lo));
	ask("user: new address", fd, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE, &add, sizeof(add));
	ask("user: remove address", fd, RTM_DELADDR, NLM_F_ACK, &add, sizeof(add));
	ask("user: remove routes", fd, RTM_DELROUTE, NLM_F_ACK, &gone, sizeof(gone));
	ask("user: new rule", fd, RTM_NEWRULE, NLM_F_ACK | NLM_F_CREATE, &gone, sizeof(gone));
	ask("user: new queue", fd, RTM_NEWQDISC, NLM_F_ACK, &(struct tcmsg){.tcm_ifindex = 1},
	    sizeof(struct tcmsg));
	ask("user: new neighbour", fd, RTM_NEWNEIGH, NLM_F_ACK, &(struct ndmsg){.ndm_ifindex = 1},
	    sizeof(struct ndmsg));
	ask("user: network id", fd, RTM_NEWNSID, NLM_F_ACK, &gone, sizeof(struct rtgenmsg));
}

/* All of it as one who may not, since a container's root may not either. */
static void by_user(void)
{
	struct sockaddr_nl a = {.nl_family = AF_NETLINK};
	socklen_t n = sizeof(a);
	int fd = route(0);

	changes();
	FACT("user: sockname", getsockname(fd, (void *)&a, &n));
	say("  family %d length %u pid %u groups %x", a.nl_family, n, a.nl_pid, a.nl_groups);
	FACT("user: bind", bind(fd, (void *)&a, sizeof(a)));
	FACT("user: an address then", (getsockname(fd, (void *)&a, &n), a.nl_pid != 0));
	a.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR;
	FACT("user: bind to groups", bind(fd, (void *)&a, sizeof(a)));
	a.nl_groups = 1u << (RTNLGRP_IPV4_MROUTE_R - 1);
	FACT("user: bind to a group of the privileged", bind(fd, (void *)&a, sizeof(a)));
	FACT("user: join a group",
	     setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &(int){RTNLGRP_LINK}, 4));
	FACT("user: join one of the privileged",
	     setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &(int){RTNLGRP_IPV4_MROUTE_R}, 4));
	FACT("user: all namespaces",
	     setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &(int){1}, 4));
	FACT("user: strict", setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &(int){1}, 4));
	a = (struct sockaddr_nl){.nl_family = AF_NETLINK};
	FACT("user: connect to the kernel", connect(fd, (void *)&a, sizeof(a)));
	a.nl_pid = 4242;
	FACT("user: connect to another", connect(fd, (void *)&a, sizeof(a)));
	FACT("user: send to another", sendto(fd, "0123456789abcdef", 16, 0, (void *)&a, sizeof(a)));
	a.nl_pid = 0;
	a.nl_groups = 1;
	FACT("user: send to a group", sendto(fd, "0123456789abcdef", 16, 0, (void *)&a, sizeof(a)));
	FACT("user: a short address", bind(fd, (void *)&a, 3));
	a.nl_family = AF_INET;
	FACT("user: another family", bind(fd, (void *)&a, sizeof(a)));
}

static void kinds(void)
{
	FD("datagrams", socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE));
	FD("a stream", socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE));
	FD("protocol 99", socket(AF_NETLINK, SOCK_RAW, 99));
	FD("protocol -1", socket(AF_NETLINK, SOCK_RAW, -1));
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
	FACT("close-on-exec", fcntl(fd, F_GETFD));
	FACT("nothing to read", recv(fd, &(char){0}, 1, 0));
	FACT("listen", listen(fd, 1));
	FACT("accept", accept(fd, NULL, NULL));
}

static void library(void)
{
	struct ifaddrs *list = NULL;
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST | AI_ADDRCONFIG},
			*found = NULL;
	char text[64];

	FACT("getifaddrs", getifaddrs(&list));
	for (struct ifaddrs *i = list; i; i = i->ifa_next) {
		int family = i->ifa_addr ? i->ifa_addr->sa_family : -1;
		text[0] = 0;
		if (family == AF_INET)
			inet_ntop(family, &((struct sockaddr_in *)i->ifa_addr)->sin_addr, text, 64);
		if (family == AF_INET6)
			inet_ntop(family, &((struct sockaddr_in6 *)i->ifa_addr)->sin6_addr, text,
				  64);
		say("  %s flags %x family %d %s", i->ifa_name, i->ifa_flags, family, text);
	}
	freeifaddrs(list);
	FACT("if_nametoindex", if_nametoindex("lo"));
	FACT("if_indextoname", if_indextoname(1, text) != NULL);
	FACT("if_nameindex", if_nameindex() != NULL);
	FACT("getaddrinfo", getaddrinfo("127.0.0.1", "80", &hints, &found));
}

int main(void)
{
	start("netlink_route");
	kinds();
	lists();
	as_user("user", by_user);
	library();
	return 0;
}
