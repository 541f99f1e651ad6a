/*
 * Asking the egress policy, and telling of what it denied: see network.h.
 *
 * #syscalls: fstat getsockopt clock_gettime clock_nanosleep
 */
#include "sentry/network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/log.h"
#include "sentry/counters.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"

#define EVENTS_SIZE_MAX	  (1 << 20) /* bytes of one container */
#define EVENTS_PER_SECOND 50
#define RELOAD_WAITS	  2000 /* of 50 us, for checks under way */

/* A guest can be denied as often as it likes, the log not filled. */
static bool may_tell(void)
{
	static _Atomic time_t second;
	static _Atomic unsigned told;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (second != now.tv_sec) {
		second = now.tv_sec;
		told = 0;
	}
	return told++ < EVENTS_PER_SECOND;
}

static const char *protocol_name(int protocol)
{
	return protocol == IPPROTO_TCP ? "tcp" : protocol == IPPROTO_UDP ? "udp" : "icmp";
}

void network_write_event(const struct network *n, const json_t *event)
{
	struct stat st;
	_cleanup_free_ char *text = event ? json_dumps(event, JSON_COMPACT) : NULL;
	_cleanup_free_ char *line = NULL;
	if (!text || n->events < 0 || fstat(n->events, &st) < 0 || st.st_size >= EVENTS_SIZE_MAX)
		return;
	int size = asprintf(&line, "%s\n", text);
	if (size > 0)
		write_all(n->events, line, (size_t)size); /* lost where the disk is full */
}

static void tell(struct worker *w, enum egress_way way, int protocol,
		 const struct sockaddr_storage *address)
{
	char host[INET6_ADDRSTRLEN] = "", path[32], program[32] = "";
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
	bool is_six = address->ss_family == AF_INET6;
	inet_ntop(is_six ? AF_INET6 : AF_INET,
		  is_six ? (const void *)&six->sin6_addr : &four->sin_addr, host, sizeof host);
	pid_t pid = pid_to_guest(w->sentry, pid_group(w->sentry, w->trap.tid));
	snprintf(path, sizeof path, "%d/comm", (int)w->trap.tid);
	if (read_file_at(w->sentry->proc_fd, path, program, sizeof program) > 0)
		program[strcspn(program, "\n")] = '\0';
	const char *call = way == EGRESS_AT ? "bind" : "connect";
	log_warning("egress: denied %s %s %s port %u to process %d", call, protocol_name(protocol),
		    host, ntohs(four->sin_port), (int)pid);
	/* The name is the guest's own choice, and may be no text at all. */
	json_t *name = json_string(program);
	json_t *event = json_pack("{s:s, s:s, s:s, s:i, s:i, s:o, s:I}", "call", call, "protocol",
				  protocol_name(protocol), "address", host, "port",
				  ntohs(four->sin_port), "pid", (int)pid, "program",
				  name ? name : json_null(), "time", (json_int_t)time(NULL));
	network_write_event(&w->sentry->network, event);
	json_decref(event);
}

int network_reload(struct network *n, const char *text, size_t size, struct error *e)
{
	struct egress *egress = NULL;
	/* Whether messages come here is settled by the guests' filter. */
	if (!n->egress)
		return error_set(e, EINVAL, "the container was created without an egress policy");
	int r = egress_parse(text, size, &egress, e);
	if (r < 0)
		return r;
	const struct egress *old = __atomic_exchange_n(&n->egress, egress, __ATOMIC_SEQ_CST);
	log_info("egress: another policy is in force");
	for (int i = 0; i < RELOAD_WAITS; i++) {
		if (!n->asking) {
			free((void *)old);
			return 0;
		}
		nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
	}
	return 0; /* some worker may still look at the old one, which stays */
}

int network_check(struct worker *w, enum egress_way way, int fd,
		  const struct sockaddr_storage *address, socklen_t length)
{
	int domain, protocol;
	socklen_t size = sizeof domain;
	struct network *n = &w->sentry->network;
	if (!n->egress)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) < 0)
		return -errno;
	n->asking++; /* until then it is not freed */
	const struct egress *egress = __atomic_load_n(&n->egress, __ATOMIC_SEQ_CST);
	int r = egress_check(egress, way, domain, protocol, address, length);
	n->asking--;
	if (r == 0)
		return 0;
	counters_add(&w->sentry->counters->egress_denied, 1);
	if (may_tell())
		tell(w, way, protocol, address);
	return worker_refuse_by(w, REFUSED_BY_EGRESS, -r);
}
