/* What messages of the network carry: flags, many at once, control data, errors that come back. */
#include "facts.h"
#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/time.h>

static struct sockaddr_in v4(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static struct sockaddr_in6 v6(int port)
{
	return (struct sockaddr_in6){.sin6_family = AF_INET6,
				     .sin6_port = htons((uint16_t)port),
				     .sin6_addr = IN6ADDR_LOOPBACK_INIT};
}

/* Two sockets of UDP, the first connected to the second. */
static void udp_pair(int port, int *from, int *to)
{
	struct sockaddr_in a = v4(port);

	*from = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	*to = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(bind(*to, (void *)&a, sizeof(a)));
	MUST(connect(*from, (void *)&a, sizeof(a)));
}

static void tcp_pair(int port, int *from, int *to)
{
	struct sockaddr_in a = v4(port);
	int server = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));

	MUST(bind(server, (void *)&a, sizeof(a)));
	MUST(listen(server, 1));
	*from = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(*from, (void *)&a, sizeof(a)));
	*to = (int)MUST(accept(server, NULL, NULL));
	close(server);
}

static void on_signal(int number)
{
}

static void flags(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	int from, to;
	char b[32] = "";

	tcp_pair(7601, &from, &to);
	FACT("send", send(from, "abcdef", 6, 0));
	FACT("peek", recv(to, b, 4, MSG_PEEK | MSG_WAITALL));
	FACT("peek more", recv(to, b, sizeof(b), MSG_PEEK));
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 50000}, NULL);
	FACT("all of it, interrupted", recv(to, b, 10, MSG_WAITALL));
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 50000}, NULL);
	FACT("nothing, interrupted", recv(to, b, 10, MSG_WAITALL));
	signal(SIGALRM, SIG_DFL);
	alarm(SECONDS);
	MUST(setsockopt(to, SOL_SOCKET, SO_RCVLOWAT, &(int){3}, sizeof(int)));
	MUST(send(from, "ab", 2, 0));
	sleep_ms(20);
	FACT("too little to be ready", poll(&(struct pollfd){to, POLLIN, 0}, 1, 0));
	MUST(send(from, "c", 1, 0));
	FACT("enough", poll(&(struct pollfd){to, POLLIN, 0}, 1, 1000));
	FACT("MSG_TRUNC discards", recv(to, NULL, 3, MSG_TRUNC));
	FACT("MSG_ERRQUEUE", recv(to, b, 3, MSG_ERRQUEUE));
	FACT("MSG_DONTROUTE", send(from, "x", 1, MSG_DONTROUTE));
	FACT("MSG_EOR", send(from, "x", 1, MSG_EOR));
	close(to);
	send(from, "x", 1, MSG_NOSIGNAL);
	poll(&(struct pollfd){from, 0, 0}, 1, 1000);
	FACT("MSG_NOSIGNAL", send(from, "x", 1, MSG_NOSIGNAL));
}

static void selecting(void)
{
	fd_set in, out;
	struct timeval none = {0}, second = {1, 0};
	int from, to;

	tcp_pair(7602, &from, &to);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(to, &in);
	FD_SET(from, &out);
	FACT("select", select(to + 1, &in, &out, NULL, &none));
	say("  readable %d, writable %d", FD_ISSET(to, &in) != 0, FD_ISSET(from, &out) != 0);
	MUST(send(from, "x", 1, 0));
	FD_SET(to, &in);
	FACT("select with data", select(to + 1, &in, NULL, NULL, &second));
	MUST(shutdown(from, SHUT_WR));
	char b[4];
	MUST(recv(to, b, 4, 0));
	struct pollfd p = {to, POLLIN | POLLRDHUP | POLLOUT, 0};
	sleep_ms(20);
	FACT("poll at the end", poll(&p, 1, 1000));
	FACT("  events", p.revents);
	MUST(shutdown(to, SHUT_WR));
	sleep_ms(20);
	FACT("poll at both ends", poll(&p, 1, 1000));
	FACT("  events", p.revents);
}

/* --- many at once ----------------------------------------------------------------------------- */

static void many(void)
{
	struct mmsghdr out[4] = {0}, in[6] = {0};
	struct iovec sent[4], received[6];
	char space[6][8], text[] = "abcdefgh";
	int from, to;

	udp_pair(7603, &from, &to);
	for (int i = 0; i < 4; i++) {
		sent[i] = (struct iovec){text, (size_t)i + 1};
		out[i].msg_hdr = (struct msghdr){.msg_iov = &sent[i], .msg_iovlen = 1};
	}
	for (int i = 0; i < 6; i++) {
		received[i] = (struct iovec){space[i], 3};
		in[i].msg_hdr = (struct msghdr){.msg_iov = &received[i], .msg_iovlen = 1};
	}
	FACT("sendmmsg of none", sendmmsg(from, out, 0, 0));
	FACT("sendmmsg", sendmmsg(from, out, 4, 0));
	say("  lengths %u %u %u %u", out[0].msg_len, out[1].msg_len, out[2].msg_len,
	    out[3].msg_len);
	FACT("recvmmsg for one", recvmmsg(to, in, 6, MSG_WAITFORONE, NULL));
	for (int i = 0; i < 4; i++)
		say("  length %u, flags %x", in[i].msg_len, in[i].msg_hdr.msg_flags);
	struct timespec limit = {0, 1000000}, bad = {0, -1};
	FACT("recvmmsg without waiting", recvmmsg(to, in, 6, MSG_DONTWAIT, &limit));
	FACT("recvmmsg with a bad limit", recvmmsg(to, in, 6, 0, &bad));
	FACT("recvmmsg of a bad array", recvmmsg(to, BAD, 6, MSG_DONTWAIT, NULL));
	out[1].msg_hdr.msg_iov = BAD;
	FACT("sendmmsg up to a bad one", sendmmsg(from, out, 4, 0));
	FACT("sendmmsg from a bad one", sendmmsg(from, out + 1, 3, 0));
	FACT("sendmmsg of a bad array", sendmmsg(from, BAD, 3, 0));
	FACT("sendmmsg of a file", sendmmsg(0, out, 1, 0));
}

/* --- control data ------------------------------------------------------------------------------
 */

static long send_control(int fd, int level, int type, const void *data, size_t size, size_t claimed)
{
	union {
		struct cmsghdr header;
		char space[256];
	} control = {.header = {.cmsg_len = claimed, .cmsg_level = level, .cmsg_type = type}};
	struct iovec iov = {"x", 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = CMSG_SPACE(size)};

	memcpy(CMSG_DATA(&control.header), data, size);
	return sendmsg(fd, &m, 0);
}

static void say_control(const char *label, int fd)
{
	_Alignas(struct cmsghdr) char control[256];
	char b[16];
	struct iovec iov = {b, sizeof(b)};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};

	FACT(label, recvmsg(fd, &m, 0));
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		int value = 0;
		memcpy(&value, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0) < 4 ? 1 : 4);
		say("  level %d type %d length %zu: %d", c->cmsg_level, c->cmsg_type, c->cmsg_len,
		    value);
	}
}

static void control_data(void)
{
	int from, to, one = 1, value = 33;
	struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK)};

	udp_pair(7604, &from, &to);
	MUST(setsockopt(to, IPPROTO_IP, IP_RECVTTL, &one, sizeof(one)));
	MUST(setsockopt(to, IPPROTO_IP, IP_RECVTOS, &one, sizeof(one)));
	MUST(setsockopt(to, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)));
	FACT("a hop limit", send_control(from, IPPROTO_IP, IP_TTL, &value, 4, CMSG_LEN(4)));
	say_control("received", to);
	value = 16;
	FACT("a type of service", send_control(from, IPPROTO_IP, IP_TOS, &value, 4, CMSG_LEN(4)));
	say_control("received", to);
	FACT("a source", send_control(from, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info),
				      CMSG_LEN(sizeof(info))));
	say_control("received", to);
	value = 300;
	FACT("a bad hop limit", send_control(from, IPPROTO_IP, IP_TTL, &value, 4, CMSG_LEN(4)));
	FACT("a short one", send_control(from, IPPROTO_IP, IP_TTL, &value, 2, CMSG_LEN(2)));
	FACT("an unknown one", send_control(from, IPPROTO_IP, 99, &value, 4, CMSG_LEN(4)));
	FACT("one shorter than a header", send_control(from, IPPROTO_IP, IP_TTL, &value, 4, 3));
	FACT("one longer than there is", send_control(from, IPPROTO_IP, IP_TTL, &value, 4, 999));
	FACT("descriptors", send_control(from, SOL_SOCKET, SCM_RIGHTS, &one, 4, CMSG_LEN(4)));
	uint16_t part = 1;
	FACT("segments", send_control(from, IPPROTO_UDP, UDP_SEGMENT, &part, 2, CMSG_LEN(2)));
	struct iovec iov = {"x", 1};
	struct msghdr m = {
	    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = BAD, .msg_controllen = 32};
	FACT("a bad pointer", sendmsg(from, &m, 0));
	m.msg_controllen = (size_t)INT_MAX + 1;
	FACT("too much", sendmsg(from, &m, 0));
	m = (struct msghdr){.msg_iov = BAD, .msg_iovlen = 1};
	FACT("bad parts", sendmsg(from, &m, 0));
	m = (struct msghdr){.msg_iov = &iov, .msg_iovlen = 2000};
	FACT("too many parts", sendmsg(from, &m, 0));
	iov.iov_len = (size_t)-1;
	m.msg_iovlen = 1;
	FACT("a negative part", sendmsg(from, &m, 0));
}

/* --- errors ------------------------------------------------------------------------------------
 */

static void say_error(const char *label, int fd)
{
	_Alignas(struct cmsghdr) char control[512];
	char b[16];
	struct iovec iov = {b, sizeof(b)};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};

	FACT(label, recvmsg(fd, &m, MSG_ERRQUEUE));
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_len < CMSG_LEN(sizeof(struct sock_extended_err)))
		return;
	struct sock_extended_err e;
	memcpy(&e, CMSG_DATA(c), sizeof(e));
	say("  %s, origin %d, type %d, code %d", errno_name((int)e.ee_errno), e.ee_origin,
	    e.ee_type, e.ee_code);
}

static void errors(void)
{
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), error;
	int six = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	struct sockaddr_in a = v4(7605);
	struct sockaddr_in6 a6 = v6(7605);
	socklen_t n = sizeof(error);

	MUST(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &(int){1}, sizeof(int)));
	FACT("to nobody", sendto(fd, "x", 1, 0, (void *)&a, sizeof(a)));
	struct pollfd p = {fd, POLLIN, 0};
	FACT("poll", poll(&p, 1, 1000));
	FACT("  events", p.revents);
	FACT("the next call", sendto(fd, "x", 1, 0, (void *)&a, sizeof(a)));
	say_error("the error", fd);
	MUST(setsockopt(six, IPPROTO_IPV6, IPV6_RECVERR, &(int){1}, sizeof(int)));
	FACT("IPv6: to nobody", sendto(six, "x", 1, 0, (void *)&a6, sizeof(a6)));
	FACT("IPv6: SO_ERROR", (getsockopt(six, SOL_SOCKET, SO_ERROR, &error, &n), error));
	say_error("IPv6: the error", six);
	fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(connect(fd, (void *)&a, sizeof(a)));
	MUST(setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &(int){IP_PMTUDISC_DO}, sizeof(int)));
	FACT("IP_MTU", (getsockopt(fd, IPPROTO_IP, IP_MTU, &error, &n), error));
	FACT("larger than that", send(fd, repeat('x', 65507), 65507, 0));
	FACT("larger than a datagram", send(fd, repeat('x', 65508), 65508, 0));
}

/* --- groups ------------------------------------------------------------------------------------
 */

static void multicast(void)
{
	struct sockaddr_in6 a = v6(7606);
	struct ipv6_mreq request = {.ipv6mr_interface = 1};
	int fd = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0)), from = socket(AF_INET6, SOCK_DGRAM, 0);

	inet_pton(AF_INET6, "ff01::1234", &request.ipv6mr_multiaddr);
	a.sin6_addr = in6addr_any;
	MUST(bind(fd, (void *)&a, sizeof(a)));
	FACT("IPv6: join",
	     setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof(request)));
	FACT("IPv6: again",
	     setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof(request)));
	FACT("IPv6: interface",
	     setsockopt(from, IPPROTO_IPV6, IPV6_MULTICAST_IF, &(int){1}, sizeof(int)));
	a.sin6_addr = request.ipv6mr_multiaddr;
	FACT("IPv6: send without a route", sendto(from, "group", 5, 0, (void *)&a, sizeof(a)));
	FACT("IPv6: leave",
	     setsockopt(fd, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &request, sizeof(request)));
	request.ipv6mr_interface = 99;
	FACT("IPv6: no interface",
	     setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request, sizeof(request)));
	struct group_req general = {.gr_interface = 1};
	struct sockaddr_in four = {.sin_family = AF_INET};
	inet_pton(AF_INET, "232.1.2.3", &four.sin_addr);
	memcpy(&general.gr_group, &four, sizeof(four));
	fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	FACT("join by MCAST_JOIN_GROUP",
	     setsockopt(fd, IPPROTO_IP, MCAST_JOIN_GROUP, &general, sizeof(general)));
	FACT("leave", setsockopt(fd, IPPROTO_IP, MCAST_LEAVE_GROUP, &general, sizeof(general)));
	FACT("too short", setsockopt(fd, IPPROTO_IP, MCAST_JOIN_GROUP, &general, 8));
	FACT("IP_MULTICAST_TTL", setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &(int){256}, 4));
}

static void files(void)
{
	int from, to;
	off_t offset = 8;
	char b[64] = "";

	put_file("file", "content of a file", 0644);
	int file = (int)MUST(open("file", O_RDONLY));
	udp_pair(7607, &from, &to);
	FACT("sendfile to UDP", sendfile(from, file, &offset, 100));
	FACT("  the offset", offset);
	FACT("  arrives", recv(to, b, sizeof(b), 0));
	FACT("sendfile from its end", sendfile(from, file, &offset, 100));
	FACT("sendfile unconnected", (offset = 0, sendfile(to, file, &offset, 100)));
	tcp_pair(7608, &from, &to);
	FACT("sendfile from a bad offset", sendfile(from, file, BAD, 100));
	FACT("sendfile from a negative one", (offset = -1, sendfile(from, file, &offset, 100)));
	FACT("sendfile to a file", sendfile(open("copy", O_RDWR | O_CREAT, 0600), file, NULL, 100));
	close(to);
	signal(SIGPIPE, SIG_IGN);
	send(from, "x", 1, 0);
	poll(&(struct pollfd){from, 0, 0}, 1, 1000);
	FACT("sendfile to a closed one", (offset = 0, sendfile(from, file, &offset, 100)));
}

int main(void)
{
	start("inet_messages");
	flags();
	selecting();
	many();
	control_data();
	errors();
	multicast();
	files();
	return 0;
}
