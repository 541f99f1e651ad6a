/*
 * What AF_INET and AF_INET6 ask credentials for: the privileged ports of ip(7). The kernel would
 * ask the worker, which keeps CAP_NET_BIND_SERVICE.
 */
#include "syscalls/sockaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "lib/io.h"
#include "sentry/sentry.h"

#define DEFAULT_FIRST_PORT 1024

/* Of the network namespace that the sentry is in. */
static unsigned first_unprivileged_port(struct worker *w)
{
	char text[16];
	ssize_t length = read_file_at(w->sentry->proc_fd, "sys/net/ipv4/ip_unprivileged_port_start",
				      text, sizeof text);
	return length > 0 ? (unsigned)strtoul(text, NULL, 10) : DEFAULT_FIRST_PORT;
}

int inet_may_bind(struct worker *w, int fd, const struct address *a)
{
	_Static_assert(offsetof(struct sockaddr_in, sin_port) ==
			   offsetof(struct sockaddr_in6, sin6_port),
		       "one place for the port");
	const struct sockaddr_in *in = (const struct sockaddr_in *)&a->storage;
	if (a->length < sizeof *in || cred_capable(w->ctx->cred, CAP_NET_BIND_SERVICE))
		return 0;
	unsigned port = ntohs(in->sin_port);
	if (port == 0 || port >= first_unprivileged_port(w))
		return 0;
	/* The "port" of an echo socket is an identifier. */
	int protocol = socket_option(fd, SO_PROTOCOL);
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6 ? 0 : -EACCES;
}
