/*
 * /proc/PID/net: the network of the container, which is where the sentry lives; but for unix
 * sockets, which guests make themselves, in the empty network namespace that they are in.
 */
#include "sentry/vfs/tree.h"

#define NET(name_, file)                                                                           \
	{                                                                                          \
		.name = name_, .mode = 0444, .flags = ROW_ROOT, .show = show_host,                 \
		.text = "thread-self/net/" file                                                    \
	}

const struct vfs_row vfs_net_rows[] = {
    NET("arp", "arp"),
    NET("dev", "dev"),
    NET("raw", "raw"),
    NET("tcp", "tcp"),
    NET("udp", "udp"),
    NET("igmp", "igmp"),
    NET("raw6", "raw6"),
    NET("snmp", "snmp"),
    NET("tcp6", "tcp6"),
    NET("udp6", "udp6"),
    {.name = "unix", .mode = 0444, .flags = ROW_LIVE | ROW_ROOT, .text = "net/unix"},
    NET("route", "route"),
    NET("snmp6", "snmp6"),
    NET("netstat", "netstat"),
    NET("packet", "packet"),
    NET("if_inet6", "if_inet6"),
    NET("protocols", "protocols"),
    NET("sockstat", "sockstat"),
    NET("sockstat6", "sockstat6"),
    NET("ipv6_route", "ipv6_route"),
    {},
};
