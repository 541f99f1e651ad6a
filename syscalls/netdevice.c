/*
 * The questions of netdevice(7). A guest may ask them on any socket, but its unix sockets belong to
 * a namespace without interfaces, so the sentry asks on a socket of its own, which is in the
 * container's. Nothing is ever set.
 *
 * #syscalls: socket:AF_INET close
 * #syscalls: ioctl:SIOCGIFNAME,SIOCGIFFLAGS,SIOCGIFADDR,SIOCGIFDSTADDR,SIOCGIFBRDADDR
 * #syscalls: ioctl:SIOCGIFNETMASK,SIOCGIFMETRIC,SIOCGIFMTU,SIOCGIFHWADDR,SIOCGIFINDEX,SIOCGIFTXQLEN
 * #syscalls: ioctl:SIOCGIFMAP,SIOCGIFCONF
 */
#include "syscalls/netdevice.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/cleanup.h"
#include "sentry/worker.h"
#include "syscalls/sockaddr.h"

/* What the kernel gives for requests that only privilege could set. */
static bool is_setter(unsigned request)
{
	switch (request) {
	case SIOCSIFFLAGS:
	case SIOCSIFADDR:
	case SIOCSIFDSTADDR:
	case SIOCSIFBRDADDR:
	case SIOCSIFNETMASK:
	case SIOCSIFMETRIC:
	case SIOCSIFMTU:
	case SIOCSIFNAME:
	case SIOCSIFHWADDR:
	case SIOCSIFTXQLEN:
	case SIOCSIFMAP:
	case SIOCADDMULTI:
	case SIOCDELMULTI:
	case SIOCADDRT:
	case SIOCDELRT:
	case SIOCSARP:
	case SIOCDARP:
		return true;
	default:
		return false;
	}
}

static bool is_getter(unsigned request)
{
	switch (request) {
	case SIOCGIFNAME:
	case SIOCGIFFLAGS:
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFBRDADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFMETRIC:
	case SIOCGIFMTU:
	case SIOCGIFHWADDR:
	case SIOCGIFINDEX:
	case SIOCGIFTXQLEN:
	case SIOCGIFMAP:
		return true;
	default:
		return false;
	}
}

/* IPv4's own requests, which sockets of other families do not know. */
static bool is_ipv4(unsigned request)
{
	return request == SIOCGIFADDR || request == SIOCGIFDSTADDR || request == SIOCGIFBRDADDR ||
	       request == SIOCGIFNETMASK;
}

/* One interface in a struct ifreq, which the answer replaces. */
static int ask(struct trap *t, int sock, unsigned request)
{
	struct ifreq question;
	int r = trap_read(t, t->args[2], &question, sizeof question);
	if (r < 0)
		return r;
	question.ifr_name[IFNAMSIZ - 1] = '\0';
	if (ioctl(sock, request, &question) < 0)
		return -errno;
	return trap_write(t, t->args[2], &question, sizeof question);
}

/* All interfaces that have an address. A null buffer asks for the size. */
static int list(struct worker *w, struct trap *t, int sock)
{
	struct ifconf conf;
	int r = trap_read(t, t->args[2], &conf, sizeof conf);
	if (r < 0)
		return r;
	uint64_t buffer = (uint64_t)(uintptr_t)conf.ifc_buf;
	if (conf.ifc_len < 0)
		return -EINVAL;
	conf.ifc_len = MIN(conf.ifc_len, (int)sizeof w->buffer);
	conf.ifc_buf = buffer ? w->buffer : NULL;
	if (ioctl(sock, SIOCGIFCONF, &conf) < 0)
		return -errno;
	if (buffer && conf.ifc_len > 0)
		r = trap_write(t, buffer, w->buffer, (size_t)conf.ifc_len);
	if (r == 0)
		r = trap_write(t, t->args[2] + offsetof(struct ifconf, ifc_len), &conf.ifc_len,
			       sizeof conf.ifc_len);
	return r;
}

int64_t netdevice_ioctl(struct worker *w, struct trap *t, int fd, unsigned request)
{
	if (is_setter(request))
		return worker_refuse(w, EPERM);
	if (!is_getter(request) && request != SIOCGIFCONF)
		return worker_refuse(w, request == SIOCETHTOOL ? EOPNOTSUPP : ENOTTY);
	if (is_ipv4(request) && socket_option(fd, SO_DOMAIN) != AF_INET)
		return -ENOTTY;
	_cleanup_close_ int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	return request == SIOCGIFCONF ? list(w, t, sock) : ask(t, sock, request);
}
