/* UDP and ICMP echo over loopback: addresses, errors, truncation, many at once, groups. */
#include "facts.h"
#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>

static struct sockaddr_in v4(const char *host, int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, host, &a.sin_addr);
	return a;
}

static int to(int (*call)(int, const struct sockaddr *, socklen_t), int fd, const char *host,
	      int port)
{
	struct sockaddr_in a = v4(host, port);

	return call(fd, (void *)&a, sizeof(a));
}

static ssize_t send_to(int fd, const char *text, const char *host, int port, int flags)
{
	struct sockaddr_in a = v4(host, port);

	return sendto(fd, text, strlen(text), flags, (void *)&a, sizeof(a));
}

static int udp(int flags)
{
	return (int)MUST(socket(AF_INET, SOCK_DGRAM | flags, 0));
}

static int bound(int port)
{
	int fd = udp(SOCK_NONBLOCK);

	MUST(to(bind, fd, "127.0.0.1", port));
	return fd;
}

static void say_from(int fd, int flags)
{
	struct sockaddr_in from = {0};
	socklen_t n = sizeof(from);
	char b[64] = "", host[32] = "";
	ssize_t got = recvfrom(fd, b, sizeof(b), flags, (void *)&from, &n);

	if (got < 0)
		say("received: -1 %s", errno_name(errno));
	else
		say("received: %zd '%s' from %s port %s, length %u", got, b,
		    inet_ntop(AF_INET, &from.sin_addr, host, sizeof(host)),
		    ntohs(from.sin_port) < 8000 ? "known" : "chosen", n);
}

static void sending(void)
{
	int receiver = bound(7001), fd = udp(0), n = 0;
	struct pollfd p = {receiver, POLLIN, 0};
	char b[8] = "", *big = repeat('x', 70000);

	FACT("sendto", send_to(fd, "one", "127.0.0.1", 7001, 0));
	poll(&p, 1, 1000);
	FACT("FIONREAD", (ioctl(receiver, FIONREAD, &n), n));
	say_from(receiver, MSG_PEEK);
	say_from(receiver, 0);
	say_from(receiver, 0);
	FACT("send without an address", send(fd, "x", 1, 0));
	FACT("to a bad pointer", sendto(fd, "x", 1, 0, BAD, 16));
	FACT("to a short address",
	     sendto(fd, "x", 1, 0, (void *)&(struct sockaddr_in){.sin_family = AF_INET}, 8));
	FACT("to a long address", sendto(fd, "x", 1, 0, BAD, 1000));
	FACT("from a bad buffer", sendto(fd, BAD, 5, 0, NULL, 0));
	FACT("to port 0", send_to(fd, "x", "127.0.0.1", 0, 0));
	FACT("to a broadcast address", send_to(fd, "x", "255.255.255.255", 7001, 0));
	FACT("unreachable", send_to(fd, "x", "192.0.2.1", 7001, 0));
	FACT("too big", send_to(fd, big, "127.0.0.1", 7001, 0));
	FACT("empty", send_to(fd, "", "127.0.0.1", 7001, 0));
	poll(&p, 1, 1000);
	say_from(receiver, 0);
	FACT("to a file",
	     sendto(0, "x", 1, 0, (void *)&(struct sockaddr_in){.sin_family = AF_INET}, 16));
	FACT("MSG_CONFIRM", send_to(fd, "x", "127.0.0.1", 7001, MSG_CONFIRM));
	recv(receiver, b, 1, 0);
	FACT("MSG_MORE", send_to(fd, "ab", "127.0.0.1", 7001, MSG_MORE));
	FACT("the rest", send_to(fd, "cd", "127.0.0.1", 7001, 0));
	poll(&p, 1, 1000);
	say_from(receiver, 0);
	send_to(fd, "truncated", "127.0.0.1", 7001, 0);
	poll(&p, 1, 1000);
	FACT("a part", recv(receiver, b, 4, 0));
	send_to(fd, "truncated", "127.0.0.1", 7001, 0);
	poll(&p, 1, 1000);
	FACT("its whole length", recv(receiver, b, 4, MSG_TRUNC));
}

static void connected(void)
{
	int receiver = bound(7010), fd = udp(SOCK_NONBLOCK), error = 0;
	socklen_t n = sizeof(error);
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	char b[8];

	FACT("connect", to(connect, fd, "127.0.0.1", 7010));
	FACT("send", send(fd, "x", 1, 0));
	FACT("sendto another", send_to(fd, "x", "127.0.0.1", 7011, 0));
	FACT("connect another", to(connect, fd, "127.0.0.1", 7012));
	FACT("send to nobody", send(fd, "x", 1, 0));
	FACT("then", send(fd, "x", 1, 0));
	FACT("then", recv(fd, b, 1, 0));
	sleep_ms(10);
	FACT("SO_ERROR",
	     (send(fd, "x", 1, 0), getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n), error));
	FACT("dissolve", connect(fd, &none, sizeof(none)));
	FACT("send", send(fd, "x", 1, 0));
	FACT("connect, broadcast", to(connect, fd, "255.255.255.255", 7010));
	FACT("connect, unreachable", to(connect, fd, "192.0.2.1", 7010));
	FACT("connect, IPv6",
	     connect(fd, (void *)&(struct sockaddr_in6){.sin6_family = AF_INET6}, 28));
	FACT("listen", listen(fd, 1));
	FACT("accept", accept(fd, NULL, NULL));
	MUST(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &(int){1}, sizeof(int)));
	send_to(fd, "lost", "127.0.0.1", 7013, 0);
	poll(&(struct pollfd){fd, 0, 0}, 1, 1000);
	char control[256];
	struct iovec iov = {b, sizeof(b)};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	FACT("the error queue", recvmsg(fd, &m, MSG_ERRQUEUE));
	FACT("  flags", m.msg_flags);
	FACT("  control data", m.msg_controllen);
	close(receiver);
}

static void at_once(void)
{
	int receiver = bound(7020), fd = udp(0);
	struct sockaddr_in a = v4("127.0.0.1", 7020);
	struct iovec iov[3] = {{"one", 3}, {"three", 5}, {"", 0}};
	struct mmsghdr out[3] = {0}, in[5] = {0};
	char b[5][16];
	struct iovec into[5];

	for (int i = 0; i < 3; i++)
		out[i].msg_hdr = (struct msghdr){
		    .msg_name = &a, .msg_namelen = sizeof(a), .msg_iov = &iov[i], .msg_iovlen = 1};
	for (int i = 0; i < 5; i++) {
		into[i] = (struct iovec){b[i], 16};
		in[i].msg_hdr = (struct msghdr){.msg_iov = &into[i], .msg_iovlen = 1};
	}
	FACT("sendmsg", sendmsg(fd, &out[0].msg_hdr, 0));
	FACT("sendmmsg", sendmmsg(fd, out, 3, 0));
	say("  lengths %u %u %u", out[0].msg_len, out[1].msg_len, out[2].msg_len);
	poll(&(struct pollfd){receiver, POLLIN, 0}, 1, 1000);
	FACT("recvmmsg", recvmmsg(receiver, in, 5, 0, NULL));
	say("  lengths %u %u %u %u", in[0].msg_len, in[1].msg_len, in[2].msg_len, in[3].msg_len);
	FACT("recvmmsg again", recvmmsg(receiver, in, 5, 0, NULL));
	out[1].msg_hdr.msg_name = BAD;
	FACT("sendmmsg, the second is bad", sendmmsg(fd, out, 3, 0));
	FACT("sendmsg of a bad header", sendmsg(fd, BAD, 0));
	FACT("sendmsg of too many parts",
	     sendmsg(fd, &(struct msghdr){.msg_iovlen = 5000, .msg_iov = iov}, 0));
	a = v4("192.0.2.1", 7020);
	FACT("sendmsg, unreachable", sendmsg(fd, &out[0].msg_hdr, 0));
	MUST(setsockopt(receiver, IPPROTO_IP, IP_PKTINFO, &(int){1}, sizeof(int)));
	MUST(setsockopt(receiver, IPPROTO_IP, IP_RECVTTL, &(int){1}, sizeof(int)));
	while (recv(receiver, b, 1, 0) >= 0)
		;
	send_to(fd, "info", "127.0.0.1", 7020, 0);
	poll(&(struct pollfd){receiver, POLLIN, 0}, 1, 1000);
	char control[256];
	in[0].msg_hdr.msg_control = control;
	in[0].msg_hdr.msg_controllen = sizeof(control);
	FACT("recvmsg", recvmsg(receiver, &in[0].msg_hdr, 0));
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&in[0].msg_hdr); c;
	     c = CMSG_NXTHDR(&in[0].msg_hdr, c))
		say("  level %d type %d length %zu", c->cmsg_level, c->cmsg_type,
		    (size_t)c->cmsg_len);
}

static void groups(void)
{
	struct ip_mreqn group = {.imr_ifindex = 1};
	int fd = udp(SOCK_NONBLOCK), sender = udp(0);

	inet_pton(AF_INET, "224.1.2.3", &group.imr_multiaddr);
	MUST(to(bind, fd, "0.0.0.0", 7030));
	FACT("join", setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)));
	FACT("join again", setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)));
	FACT("interface", setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof(group)));
	FACT("send", send_to(sender, "group", "224.1.2.3", 7030, 0));
	poll(&(struct pollfd){fd, POLLIN, 0}, 1, 1000);
	say_from(fd, 0);
	FACT("leave", setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof(group)));
	FACT("leave again", setsockopt(fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof(group)));
	inet_pton(AF_INET, "10.1.2.3", &group.imr_multiaddr);
	FACT("join no group", setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)));
}

static void echo(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	struct {
		struct icmphdr header;
		char data[8];
	} packet = {.header.type = ICMP_ECHO, .data = "echo"};
	struct sockaddr_in a = v4("127.0.0.1", 0);

	if (fd < 0) {
		say("echo socket: -1 %s", errno_name(errno));
		return;
	}
	FACT("send", sendto(fd, &packet, sizeof(packet), 0, (void *)&a, sizeof(a)));
	poll(&(struct pollfd){fd, POLLIN, 0}, 1, 1000);
	FACT("answer", recv(fd, &packet, sizeof(packet), MSG_DONTWAIT));
	say("  type %d data %s", packet.header.type, packet.data);
	packet.header.type = ICMP_ECHOREPLY;
	FACT("no request", sendto(fd, &packet, sizeof(packet), 0, (void *)&a, sizeof(a)));
	FACT("bind an identifier", to(bind, fd, "127.0.0.1", 77));
}

static void privileged(void)
{
	FACT("user: port 53", to(bind, udp(0), "127.0.0.1", 53));
	FACT("user: port 1053", to(bind, udp(0), "127.0.0.1", 1053));
}

static void shared(void)
{
	int one = udp(0), two = udp(0), yes = 1;

	setsockopt(one, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(two, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	FACT("bind", to(bind, one, "127.0.0.1", 7040));
	FACT("bind the same", to(bind, two, "127.0.0.1", 7040));
	FACT("without the option", to(bind, udp(0), "127.0.0.1", 7040));
	FACT("SO_REUSEPORT too late", setsockopt(one, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)));
}

int main(void)
{
	start("inet_datagram");
	sending();
	connected();
	at_once();
	groups();
	echo();
	shared();
	FACT("root: port 53", to(bind, udp(0), "127.0.0.1", 53));
	as_user("user", privileged);
	return 0;
}
