/* TCP over loopback: addresses, waiting and not waiting, ends, errors, readiness. */
#include "facts.h"
#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/time.h>

static struct sockaddr_in v4(const char *host, int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

	inet_pton(AF_INET, host, &a.sin_addr);
	return a;
}

static struct sockaddr_in6 v6(const char *host, int port)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};

	inet_pton(AF_INET6, host, &a.sin6_addr);
	return a;
}

static int to4(int (*call)(int, const struct sockaddr *, socklen_t), int fd, const char *host,
	       int port)
{
	struct sockaddr_in a = v4(host, port);

	return call(fd, (void *)&a, sizeof(a));
}

static int to6(int (*call)(int, const struct sockaddr *, socklen_t), int fd, const char *host,
	       int port)
{
	struct sockaddr_in6 a = v6(host, port);

	return call(fd, (void *)&a, sizeof(a));
}

static int tcp(int flags)
{
	return (int)MUST(socket(AF_INET, SOCK_STREAM | flags, 0));
}

static int tcp6(int flags)
{
	return (int)MUST(socket(AF_INET6, SOCK_STREAM | flags, 0));
}

static void say_name(const char *label, int (*call)(int, struct sockaddr *, socklen_t *), int fd)
{
	struct sockaddr_storage a = {0};
	socklen_t n = sizeof(a);
	char text[64] = "?";

	if (call(fd, (void *)&a, &n) < 0) {
		say("%s: -1 %s", label, errno_name(errno));
		return;
	}
	struct sockaddr_in *in = (void *)&a;
	struct sockaddr_in6 *in6 = (void *)&a;
	inet_ntop(a.ss_family, a.ss_family == AF_INET ? (void *)&in->sin_addr : &in6->sin6_addr,
		  text, sizeof(text));
	int port = ntohs(in->sin_port);
	say("%s: %s port %s, length %u", label, text,
	    port == 0	  ? "0"
	    : port < 8000 ? "known"
			  : "chosen",
	    n);
}

static int listener(int port)
{
	int fd = tcp(0);

	MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)));
	MUST(to4(bind, fd, "127.0.0.1", port));
	MUST(listen(fd, 16));
	return fd;
}

static void pair_of(int server, int port, int *client, int *accepted)
{
	*client = tcp(0);
	MUST(to4(connect, *client, "127.0.0.1", port));
	*accepted = (int)MUST(accept4(server, NULL, NULL, SOCK_CLOEXEC));
}

static void names(void)
{
	int server = tcp(0), client = tcp(0);

	say_name("sockname before bind", getsockname, server);
	FACT("bind port 0", to4(bind, server, "127.0.0.1", 0));
	say_name("sockname", getsockname, server);
	FACT("bind again", to4(bind, server, "127.0.0.1", 7001));
	FACT("bind a foreign address", to4(bind, client, "192.0.2.1", 7001));
	FACT("bind a broadcast address", to4(bind, client, "255.255.255.255", 7001));
	FACT("bind a short address",
	     bind(client, (void *)&(struct sockaddr_in){.sin_family = AF_INET}, 8));
	FACT("bind a bad pointer", bind(client, BAD, 16));
	FACT("bind a bad length", bind(client, BAD, 1000));
	FACT("bind a negative length", bind(client, BAD, (socklen_t)-1));
	struct sockaddr_in6 six = v6("::1", 7001);
	FACT("bind an IPv6 address", bind(client, (void *)&six, sizeof(six)));
	struct sockaddr_in none = v4("0.0.0.0", 7002);
	none.sin_family = AF_UNSPEC;
	FACT("bind AF_UNSPEC, any", bind(client, (void *)&none, sizeof(none)));
	say_name("sockname", getsockname, client);
	none = v4("127.0.0.1", 7003);
	none.sin_family = AF_UNSPEC;
	FACT("bind AF_UNSPEC, loopback", bind(tcp(0), (void *)&none, sizeof(none)));
	FACT("bind a bad descriptor", to4(bind, 999, "127.0.0.1", 7001));
	FACT("bind a file", to4(bind, 0, "127.0.0.1", 7001));
	say_name("peername unconnected", getpeername, client);
	FACT("listen unbound", listen(client = tcp(0), 1));
	say_name("sockname of it", getsockname, client);
	FACT("accept, nothing there",
	     (fcntl(client, F_SETFL, O_NONBLOCK), accept(client, NULL, NULL)));
	FACT("accept on a client", accept(tcp(0), NULL, NULL));
}

static void connecting(void)
{
	int server = listener(7010), client = tcp(0);

	FACT("connect", to4(connect, client, "127.0.0.1", 7010));
	FACT("connect again", to4(connect, client, "127.0.0.1", 7010));
	say_name("sockname", getsockname, client);
	say_name("peername", getpeername, client);
	FACT("refused", to4(connect, client = tcp(0), "127.0.0.1", 7011));
	FACT("refused again", to4(connect, client, "127.0.0.1", 7011));
	FACT("then accepted", to4(connect, client, "127.0.0.1", 7010));
	FACT("unreachable", to4(connect, tcp(0), "192.0.2.1", 80));
	FACT("unreachable IPv6", to6(connect, tcp6(0), "2001:db8::1", 80));
	FACT("any address", to4(connect, tcp(0), "0.0.0.0", 7010));
	FACT("broadcast", to4(connect, tcp(0), "255.255.255.255", 7010));
	FACT("multicast", to4(connect, tcp(0), "224.0.0.1", 7010));
	FACT("short", connect(tcp(0), (void *)&(struct sockaddr_in){.sin_family = AF_INET}, 8));
	FACT("bad pointer", connect(tcp(0), BAD, 16));
	FACT("bad length", connect(tcp(0), BAD, 4096));
	FACT("bad descriptor", to4(connect, 999, "127.0.0.1", 7010));
	FACT("a file", to4(connect, 0, "127.0.0.1", 7010));
	FACT("IPv6 on IPv4", to6(connect, tcp(0), "::1", 7010));
	FACT("a unix address", connect(tcp(0), (void *)&(struct sockaddr_un){AF_UNIX, "x"}, 20));
	FACT("on a listening one", to4(connect, server, "127.0.0.1", 7010));
	struct sockaddr a = {.sa_family = AF_UNSPEC};
	client = tcp(0);
	MUST(to4(connect, client, "127.0.0.1", 7010));
	FACT("dissolve", connect(client, &a, sizeof(a)));
	say_name("peername then", getpeername, client);
	FACT("connect once more", to4(connect, client, "127.0.0.1", 7010));
}

static void not_waiting(void)
{
	int server = listener(7020), client = tcp(SOCK_NONBLOCK), error = -1;
	socklen_t n = sizeof(error);

	FACT("connect", to4(connect, client, "127.0.0.1", 7020));
	struct pollfd p = {client, POLLOUT, 0};
	FACT("poll", poll(&p, 1, 1000));
	FACT("revents", p.revents);
	FACT("SO_ERROR", (getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &n), error));
	FACT("connect again", to4(connect, client, "127.0.0.1", 7020));
	FACT("and again", to4(connect, client, "127.0.0.1", 7020));
	FACT("read", read(client, &error, 1));
	client = tcp(SOCK_NONBLOCK);
	FACT("refused", to4(connect, client, "127.0.0.1", 7021));
	p = (struct pollfd){client, POLLOUT | POLLIN | POLLRDHUP, 0};
	FACT("poll", poll(&p, 1, 1000));
	FACT("revents", p.revents);
	FACT("SO_ERROR", (getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &n), error));
	FACT("SO_ERROR again", (getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &n), error));
	FACT("flags are kept", fcntl(client, F_GETFL) & O_NONBLOCK);
	FACT("accept", accept4(server, NULL, NULL, SOCK_NONBLOCK) >= 0);
	FACT("accept more", (fcntl(server, F_SETFL, O_NONBLOCK), accept(server, NULL, NULL)));
}

static void on_signal(int number)
{
}

/* A queue of one that is full: the next connection waits for the SYN to be answered. */
static int stuck(int port)
{
	int server = tcp(0);

	MUST(to4(bind, server, "127.0.0.1", port));
	MUST(listen(server, 0));
	int fd = tcp(0);
	MUST(to4(connect, fd, "127.0.0.1", port));
	return server;
}

static void interrupt(struct sigaction *action, int ms)
{
	sigaction(SIGALRM, action, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = ms * 1000}, NULL);
}

static void waiting(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	int client = tcp(0), error = 0;
	socklen_t n = sizeof(error);

	stuck(7030);
	interrupt(&action, 50);
	FACT("connect, interrupted", to4(connect, client, "127.0.0.1", 7030));
	FACT("connect again",
	     (fcntl(client, F_SETFL, O_NONBLOCK), to4(connect, client, "127.0.0.1", 7030)));
	client = tcp(0);
	MUST(setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){0, 60000}, 16));
	FACT("with SO_SNDTIMEO", to4(connect, client, "127.0.0.1", 7030));
	FACT("with it again", to4(connect, client, "127.0.0.1", 7030));
	client = tcp(0);
	MUST(setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){5, 0}, 16));
	action.sa_flags = SA_RESTART;
	interrupt(&action, 50);
	FACT("SO_SNDTIMEO and SA_RESTART", to4(connect, client, "127.0.0.1", 7030));
	client = tcp(0);
	MUST(setsockopt(client, IPPROTO_TCP, TCP_USER_TIMEOUT, &(int){300}, sizeof(int)));
	MUST(setsockopt(client, IPPROTO_TCP, TCP_SYNCNT, &(int){1}, sizeof(int)));
	pid_t pid = child();
	if (pid == 0) {
		alarm(0);
		to4(connect, tcp(0), "127.0.0.1", 7030);
		_exit(0);
	}
	wait_state(pid, 'S');
	kill(pid, SIGKILL);
	say_end("killed while it connects", pid);
	alarm(SECONDS);
	int server = listener(7031);
	MUST(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){0, 1000}, 16));
	FACT("accept times out", accept(server, NULL, NULL));
	client = tcp(0);
	MUST(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){0, 1000}, 16));
	MUST(to4(connect, client, "127.0.0.1", 7031));
	FACT("recv times out", recv(client, &error, 1, 0));
	getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &n);
}

static void ends(void)
{
	int server = listener(7040), client, accepted, n = 0;
	char b[64] = "";

	signal(SIGPIPE, SIG_IGN);
	pair_of(server, 7040, &client, &accepted);
	FACT("send", send(client, "hello", 5, 0));
	FACT("poll", poll(&(struct pollfd){accepted, POLLIN, 0}, 1, 1000));
	FACT("FIONREAD", (ioctl(accepted, FIONREAD, &n), n));
	FACT("SIOCOUTQ of the receiver", (ioctl(accepted, SIOCOUTQ, &n), n));
	FACT("SIOCATMARK", (ioctl(accepted, SIOCATMARK, &n), n));
	FACT("peek", recv(accepted, b, 3, MSG_PEEK));
	FACT("discard", recv(accepted, NULL, 2, MSG_TRUNC));
	FACT("wait for all", (send(client, "more", 4, 0), recv(accepted, b, 7, MSG_WAITALL)));
	FACT("do not wait", recv(accepted, b, 1, MSG_DONTWAIT));
	FACT("half-close", shutdown(client, SHUT_WR));
	FACT("read the end", read(accepted, b, sizeof(b)));
	FACT("the other way", send(accepted, "still", 5, 0));
	FACT("arrives", recv(client, b, sizeof(b), 0));
	FACT("send after half-close", send(client, "x", 1, 0));
	FACT("half-close again", shutdown(client, SHUT_WR));
	FACT("a bad way", shutdown(client, 7));
	FACT("shutdown unconnected", shutdown(tcp(0), SHUT_RDWR));
	struct pollfd p = {accepted, POLLIN | POLLRDHUP, 0};
	FACT("poll", poll(&p, 1, 0));
	FACT("revents", p.revents);
	close(client);
	close(accepted);

	pair_of(server, 7040, &client, &accepted);
	MUST(setsockopt(client, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, 8));
	close(client);
	FACT("read after a reset", read(accepted, b, 1));
	FACT("read again", read(accepted, b, 1));
	FACT("write", write(accepted, b, 1));
	pair_of(server, 7040, &client, &accepted);
	send(client, "unread", 6, 0);
	poll(&(struct pollfd){accepted, POLLIN, 0}, 1, 1000);
	close(accepted);
	FACT("unread data resets", read(client, b, 1));
	pair_of(server, 7040, &client, &accepted);
	close(accepted);
	FACT("write to a closed one", write(client, "x", 1));
	poll(&(struct pollfd){client, POLLERR, 0}, 1, 1000);
	FACT("and again", write(client, "x", 1));
	signal(SIGPIPE, SIG_DFL);
	pid_t pid = child();
	if (pid == 0) {
		write(client, "x", 1);
		write(client, "x", 1);
		_exit(0);
	}
	say_end("with SIGPIPE", pid);
	pair_of(server, 7040, &client, &accepted);
	MUST(setsockopt(client, SOL_SOCKET, SO_LINGER, &(struct linger){1, 1}, 8));
	FACT("close with time to linger", close(client));
	FACT("splice", splice(accepted, NULL, accepted, NULL, 10, 0));
	put_file("file", "content of a file", 0644);
	pair_of(server, 7040, &client, &accepted);
	FACT("sendfile", sendfile(client, open("file", O_RDONLY), NULL, 100));
	FACT("arrives", recv(accepted, b, sizeof(b), 0));
	say("  %s", b);
}

static void readiness(void)
{
	int server = listener(7050), client, accepted, e = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = 7};
	char b[8];

	pair_of(server, 7050, &client, &accepted);
	FACT("add", epoll_ctl(e, EPOLL_CTL_ADD, accepted, &event));
	FACT("nothing", epoll_wait(e, &event, 1, 0));
	send(client, "ab", 2, 0);
	FACT("edge", epoll_wait(e, &event, 1, 1000));
	FACT("no edge", epoll_wait(e, &event, 1, 0));
	recv(accepted, b, 1, 0);
	FACT("no edge after a part", epoll_wait(e, &event, 1, 0));
	event.events = EPOLLIN;
	FACT("level", (epoll_ctl(e, EPOLL_CTL_MOD, accepted, &event), epoll_wait(e, &event, 1, 0)));
	FACT("level again", epoll_wait(e, &event, 1, 0));
	event.events = EPOLLIN | EPOLLONESHOT;
	FACT("once", (epoll_ctl(e, EPOLL_CTL_MOD, accepted, &event), epoll_wait(e, &event, 1, 0)));
	FACT("not twice", epoll_wait(e, &event, 1, 0));
	event.events = EPOLLOUT | EPOLLRDHUP;
	close(client);
	sleep_ms(20);
	FACT("hang-up",
	     (epoll_ctl(e, EPOLL_CTL_MOD, accepted, &event), epoll_wait(e, &event, 1, 1000)));
	FACT("events", event.events);
}

static void both_families(void)
{
	int six = tcp6(0), four = tcp(0), only = tcp6(0), fd;

	MUST(to6(bind, six, "::", 7060));
	FACT("IPv4 on the same port", to4(bind, four, "0.0.0.0", 7060));
	FACT("V6ONLY", setsockopt(only, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int)));
	MUST(to6(bind, only, "::", 7061));
	FACT("IPv4 on its port", to4(bind, four, "0.0.0.0", 7061));
	MUST(listen(six, 5));
	FACT("connect by IPv4", to4(connect, tcp(0), "127.0.0.1", 7060));
	fd = (int)MUST(accept(six, NULL, NULL));
	say_name("peername", getpeername, fd);
	FACT("connect by IPv6", to6(connect, tcp6(0), "::1", 7060));
	fd = (int)MUST(accept(six, NULL, NULL));
	say_name("peername", getpeername, fd);
	FACT("connect a mapped address", to6(connect, tcp6(0), "::ffff:127.0.0.1", 7060));
	FACT("connect a mapped one, V6ONLY",
	     (fd = tcp6(0), setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int)),
	      to6(connect, fd, "::ffff:127.0.0.1", 7060)));
	FACT("IPv4 address on IPv6", to4(connect, tcp6(0), "127.0.0.1", 7060));
	FACT("bind IPv4 on IPv6", to4(bind, tcp6(0), "127.0.0.1", 7062));
	FACT("link-local without scope", to6(bind, tcp6(0), "fe80::1", 7063));
}

static void sharing(void)
{
	int one = tcp(0), two = tcp(0), three = tcp(0), yes = 1;

	MUST(setsockopt(one, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)));
	MUST(setsockopt(two, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)));
	FACT("first", to4(bind, one, "127.0.0.1", 7070));
	FACT("second", to4(bind, two, "127.0.0.1", 7070));
	FACT("without the option", to4(bind, three, "127.0.0.1", 7070));
	FACT("listen", listen(one, 5));
	FACT("listen", listen(two, 5));
	pid_t pid = child();
	if (pid == 0) {
		become(USER);
		three = tcp(0);
		MUST(setsockopt(three, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof(yes)));
		FACT("another user", to4(bind, three, "127.0.0.1", 7070));
		_exit(0);
	}
	say_end("user", pid);
	one = tcp(0);
	two = tcp(0);
	MUST(to4(bind, one, "127.0.0.1", 7071));
	FACT("SO_REUSEADDR of one alone", (setsockopt(two, SOL_SOCKET, SO_REUSEADDR, &yes, 4),
					   to4(bind, two, "127.0.0.1", 7071)));
}

static void privileged(void)
{
	FACT("root: port 80", to4(bind, tcp(0), "127.0.0.1", 80));
	FACT("root: port 1023", to6(bind, tcp6(0), "::1", 1023));
}

static void as_a_user(void)
{
	FACT("user: port 81", to4(bind, tcp(0), "127.0.0.1", 81));
	FACT("user: port 1023", to6(bind, tcp6(0), "::1", 1023));
	FACT("user: port 1024", to4(bind, tcp(0), "127.0.0.1", 1024));
	FACT("user: foreign and privileged", to4(bind, tcp(0), "192.0.2.1", 81));
	FACT("user: connect", to4(connect, tcp(0), "127.0.0.1", 81));
}

static void kinds(void)
{
	FD("stream, protocol TCP", socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
	FD("stream, protocol UDP", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	FD("datagram, protocol TCP", socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
	FD("sequenced packets", socket(AF_INET, SOCK_SEQPACKET, 0));
	FD("no type", socket(AF_INET, 0, 0));
	FD("type 11", socket(AF_INET, 11, 0));
	FD("a bad flag", socket(AF_INET, SOCK_STREAM | 0x100, 0));
	FD("family 0", socket(0, SOCK_STREAM, 0));
	FD("family 99", socket(99, SOCK_STREAM, 0));
	FD("family -1", socket(-1, SOCK_STREAM, 0));
	FD("protocol -1", socket(AF_INET, SOCK_STREAM, -1));
	FD("protocol 300", socket(AF_INET, SOCK_STREAM, 300));
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	FACT("close-on-exec", fcntl(fd, F_GETFD));
	FACT("non-blocking", (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	FACT("the lowest number", (close(fd), socket(AF_INET, SOCK_STREAM, 0)) == fd);
}

static void many(void)
{
	int server = listener(7080), first = 0, count = 0;
	struct rlimit limit = {900, 900};

	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	while (count < 2000) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		if (fd < 0)
			break;
		first = first ? first : fd;
		count++;
	}
	FACT("one socket too many", socket(AF_INET, SOCK_STREAM, 0));
	FACT("all are there", count + first);
	FACT("connect the last", to4(connect, count + first - 1, "127.0.0.1", 7080));
	close(first);
	FACT("accept into the last place", accept(server, NULL, NULL) == first);
	FACT("accept one too many",
	     (to4(connect, first + 1, "127.0.0.1", 7080), accept(server, NULL, NULL)));
}

int main(void)
{
	start("inet_stream");
	kinds();
	names();
	connecting();
	not_waiting();
	in_child("waiting", waiting);
	ends();
	readiness();
	both_families();
	sharing();
	privileged();
	as_user("user", as_a_user);
	in_child("many", many);
	return 0;
}
