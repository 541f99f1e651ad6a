/*
 * The egress policy: which internet addresses guests may connect and send to, and bind. Text, one
 * rule a line (or between semicolons); the first that matches decides:
 *
 *	allow|deny  tcp|udp|icmp|any  to|at  ADDRESS[/PREFIX]|any  [port N[-M]]
 *	default allow|deny	of what no rule matches (allow; `at`: always allow)
 *	answer EACCES|ECONNREFUSED	what a denied call fails with (EACCES)
 *	metadata allow|deny	clouds' metadata services, before all rules (deny)
 *
 * `to` is connecting and sending, `at` binding. "#" begins a comment. An IPv4 address in IPv6 form
 * is that IPv4 address, and the unspecified address is the loopback one, where it leads to.
 * Nothing here depends on a container: tests/unit/egress.c.
 */
#ifndef CAPBOX_SENTRY_EGRESS_H
#define CAPBOX_SENTRY_EGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/error.h"

#define EGRESS_RULES_MAX 1024
#define EGRESS_TEXT_MAX	 65536 /* bytes */

enum egress_way { EGRESS_TO, EGRESS_AT };

struct egress;

/* *out is the caller's, for free(). On failure *e tells the line and the column. */
int egress_parse(const char *text, size_t size, struct egress **out, struct error *e);

/*
 * 0 or a negative errno for an address as the kernel would read it from a socket of this domain
 * (AF_INET, AF_INET6) and protocol (IPPROTO_*). One that the kernel refuses is none of our
 * business: 0.
 */
int egress_check(const struct egress *egress, enum egress_way way, int domain, int protocol,
		 const struct sockaddr_storage *address, socklen_t length);

#endif
