/*
 * /proc/PID/net: the network of the container, which is where the sentry lives; but for unix
 * sockets, which guests make themselves, in the empty network namespace that they are in. The files
 * are the kernel's own and stay fresh while they are open.
 */
#include "sentry/vfs/tree.h"

#define NET(name_)                                                                                 \
	{                                                                                          \
		.name = name_, .mode = 0444, .flags = ROW_ROOT | ROW_HOST,                         \
		.text = "self/net/" name_                                                          \
	}

const struct vfs_row vfs_net_rows[] = {
    NET("arp"),
    NET("dev"),
    NET("raw"),
    NET("tcp"),
    NET("udp"),
    NET("icmp"),
    NET("igmp"),
    NET("raw6"),
    NET("snmp"),
    NET("tcp6"),
    NET("udp6"),
    NET("icmp6"),
    NET("igmp6"),
    {.name = "unix", .mode = 0444, .flags = ROW_LIVE | ROW_ROOT, .text = "net/unix"},
    NET("ptype"),
    NET("route"),
    NET("snmp6"),
    NET("psched"),
    NET("mcfilter"),
    NET("netlink"),
    NET("netstat"),
    NET("packet"),
    NET("udplite"),
    NET("anycast6"),
    NET("fib_trie"),
    NET("if_inet6"),
    NET("mcfilter6"),
    NET("protocols"),
    NET("rt6_stats"),
    NET("rt_cache"),
    NET("sockstat"),
    NET("udplite6"),
    NET("dev_mcast"),
    NET("sockstat6"),
    NET("ipv6_route"),
    NET("xfrm_stat"),
    NET("fib_triestat"),
    NET("wireless"),
    {},
};
