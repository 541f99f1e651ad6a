/* NETLINK_SOCK_DIAG: the sockets of the network, as ss lists them; none can be destroyed. */
#include "facts.h"
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/fsuid.h>

/* Each is asked for by its port: the order of a whole list is the kernel's. */
static int listener(int port, uid_t uid)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons((uint16_t)port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	MUST(setfsuid(uid));
	int fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	setfsuid(0);
	MUST(bind(fd, (void *)&a, sizeof(a)));
	MUST(listen(fd, 5));
	return fd;
}

static void ask(const char *label, int type, int flags, int states, int port)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} q = {.header = {.nlmsg_len = sizeof(q),
			  .nlmsg_type = (uint16_t)type,
			  .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)},
	       .request = {.sdiag_family = AF_INET,
			   .sdiag_protocol = IPPROTO_TCP,
			   .idiag_states = (unsigned)states,
			   .id.idiag_sport = htons((uint16_t)port),
			   .id.idiag_src = {htonl(INADDR_LOOPBACK)},
			   .id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int fd = (int)MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG));
	struct iovec iov = {&q, sizeof(q)};
	struct msghdr m = {
	    .msg_name = &kernel, .msg_namelen = sizeof(kernel), .msg_iov = &iov, .msg_iovlen = 1};
	char b[16384];

	FACT(label, sendmsg(fd, &m, 0));
	for (;;) {
		if (poll(&(struct pollfd){fd, POLLIN, 0}, 1, 200) == 0) {
			say("  silence");
			break;
		}
		ssize_t n = recv(fd, b, sizeof(b), 0);
		for (struct nlmsghdr *h = (void *)b; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			struct inet_diag_msg *d = NLMSG_DATA(h);
			if (h->nlmsg_type == NLMSG_ERROR)
				say("  error %s", errno_name(-*(int *)NLMSG_DATA(h)));
			if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
				close(fd);
				return;
			}
			say("  state %d port %d uid %u", d->idiag_state, ntohs(d->id.idiag_sport),
			    d->idiag_uid);
		}
	}
	close(fd);
}

static void destroy(void)
{
	ask("user: destroy", SOCK_DESTROY, NLM_F_ACK, 0, 7001);
}

int main(void)
{
	start("netlink_diag");
	listener(7001, 0);
	listener(7002, USER);
	ask("one port", SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, 1 << TCP_LISTEN, 7002);
	ask("another", SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, 1 << TCP_LISTEN, 7001);
	ask("established", SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, 1 << TCP_ESTABLISHED, 0);
	ask("an unknown request", 99, 0, 0, 0);
	as_user("user", destroy);
	return 0;
}
