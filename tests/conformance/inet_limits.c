/* Where the network ends: queues that are full, ports that are taken, ten thousand sockets, groups
 * of sockets on one port, dual-stack ports of UDP. */
#include "facts.h"
#include <arpa/inet.h>
#include <poll.h>

static struct sockaddr_in v4(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int make(int type, int port)
{
	struct sockaddr_in a = v4(port);
	int fd = (int)MUST(socket(AF_INET, type, 0));

	MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &(int){1}, sizeof(int)));
	MUST(bind(fd, (void *)&a, sizeof(a)));
	return fd;
}

static int client(int type, int port)
{
	struct sockaddr_in a = v4(port);
	int fd = (int)MUST(socket(AF_INET, type, 0));

	if (connect(fd, (void *)&a, sizeof(a)) < 0 && errno != EINPROGRESS)
		say("preparation failed: connect: %s", errno_name(errno));
	return fd;
}

/* The clients that are connected after a moment. */
static int connected(struct pollfd *clients, int count)
{
	int n = 0;

	sleep_ms(50);
	poll(clients, (nfds_t)count, 0);
	for (int i = 0; i < count; i++)
		n += (clients[i].revents & POLLOUT) != 0;
	return n;
}

static void full_queue(void)
{
	struct pollfd clients[5];
	int server = make(SOCK_STREAM | SOCK_NONBLOCK, 7501), accepted = 0;

	MUST(listen(server, 1));
	for (int i = 0; i < 5; i++)
		clients[i] = (struct pollfd){client(SOCK_STREAM | SOCK_NONBLOCK, 7501), POLLOUT, 0};
	FACT("connections of a queue of one", connected(clients, 5));
	while (accept(server, NULL, NULL) >= 0)
		accepted++;
	FACT("accepted", accepted);
	FACT("the others are tried again", poll(&(struct pollfd){server, POLLIN, 0}, 1, 5000));
	FACT("and accepted", accept(server, NULL, NULL) >= 0);
	for (int i = 0; i < 5; i++)
		close(clients[i].fd);
	close(server);
}

static void unix_queue(void)
{
	struct sockaddr_un a = {AF_UNIX, "queue"};
	int server = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), fd, fds[5];
	struct timeval limit = {0, 50000};

	MUST(bind(server, (void *)&a, sizeof(a)));
	MUST(listen(server, 1));
	for (int i = 0; i < 4; i++) {
		fds[i] = (int)MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
		FACT("unix: without waiting", connect(fds[i], (void *)&a, sizeof(a)));
	}
	fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)));
	FACT("unix: with a limit", connect(fd, (void *)&a, sizeof(a)));
	pid_t pid = child();
	if (pid == 0) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		FACT("unix: waiting", connect(fd, (void *)&a, sizeof(a)));
		_exit(0);
	}
	wait_state(pid, 'S');
	MUST(accept(server, NULL, NULL));
	say_end("unix: who waited", pid);
	pid = child();
	if (pid == 0) {
		connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, sizeof(a));
		_exit(0);
	}
	wait_state(pid, 'S');
	kill(pid, SIGTERM);
	say_end("unix: killed while it waits", pid);
	pid = child();
	if (pid == 0) {
		close(server);
		FACT("unix: the server goes",
		     connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, sizeof(a)));
		_exit(0);
	}
	wait_state(pid, 'S');
	close(server);
	say_end("unix: who waited", pid);
}

static void datagram_queue(void)
{
	struct sockaddr_un a = {AF_UNIX, "datagrams"};
	int server = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), n = 0;
	int fd = (int)MUST(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
	struct timeval limit = {0, 50000};

	MUST(bind(server, (void *)&a, sizeof(a)));
	while (sendto(fd, "x", 1, 0, (void *)&a, sizeof(a)) == 1)
		n++;
	say("unix datagrams: %s, some fit: %d", errno_name(errno), n > 1);
	fcntl(fd, F_SETFL, 0);
	MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)));
	FACT("sendto with a limit", sendto(fd, "x", 1, 0, (void *)&a, sizeof(a)));
	MUST(connect(fd, (void *)&a, sizeof(a)));
	FACT("send with a limit", send(fd, "x", 1, 0));
	FACT("poll", poll(&(struct pollfd){fd, POLLOUT, 0}, 1, 0));
	char b;
	MUST(recv(server, &b, 1, 0));
	FACT("poll with room", poll(&(struct pollfd){fd, POLLOUT, 0}, 1, 1000));
	FACT("sendto with room", sendto(fd, "x", 1, 0, (void *)&a, sizeof(a)));
}

/* As many sockets as this process may have, up to a number: how many there are, and why no more. */
static int hoard(int (*make_one)(int), int number)
{
	int count = 0;

	errno = 0;
	while (count < number && make_one(count) >= 0)
		count++;
	return count;
}

/* The same in as many processes as it takes, which keep them until they are killed. What they have
 * together, and the last one's errno. */
static int hoard_together(int (*make_one)(int), int number, pid_t *pids, int processes, int *error)
{
	struct rlimit limit;
	int results[2], total = 0, result[2];

	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	MUST(pipe(results));
	for (int i = 0; i < processes; i++) {
		pids[i] = child();
		if (pids[i] == 0) {
			result[0] = hoard(make_one, number);
			result[1] = errno;
			write(results[1], result, sizeof(result));
			pause();
		}
		read(results[0], result, sizeof(result));
		total += result[0];
		*error = result[1];
	}
	return total;
}

static void let_go(const pid_t *pids, int processes)
{
	for (int i = 0; i < processes; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

static int any_socket(int i)
{
	return socket(i & 1 ? AF_INET6 : AF_INET, i & 2 ? SOCK_STREAM : SOCK_DGRAM, 0);
}

static void ten_thousand(void)
{
	pid_t pids[4];
	int error, server = make(SOCK_STREAM, 7502);

	FACT("ten thousand sockets", hoard_together(any_socket, 2500, pids, 4, &error));
	MUST(listen(server, 5));
	int fd = client(SOCK_STREAM, 7502), peer = (int)MUST(accept(server, NULL, NULL));
	FACT("one more", send(fd, "x", 1, 0));
	FACT("poll", poll(&(struct pollfd){peer, POLLIN, 0}, 1, 1000));
	let_go(pids, 4);
}

static int on_some_port(int i)
{
	struct sockaddr_in a = v4(0);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	return fd < 0 ? fd : bind(fd, (void *)&a, sizeof(a));
}

static void no_ports(void)
{
	pid_t pids[8];
	char text[64] = "";
	int low = 0, high = 0, error = 0;
	struct sockaddr_in a = v4(0), to = v4(7503);

	get_file("/proc/sys/net/ipv4/ip_local_port_range", text, sizeof(text));
	sscanf(text, "%d %d", &low, &high);
	int all = high - low + 1, count = hoard_together(on_some_port, 4000, pids, 8, &error);
	say("bind without a port left: %s, all were taken: %d", errno_name(error), count == all);
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	FACT("connect without one", connect(fd, (void *)&to, sizeof(to)));
	FACT("send without one", sendto(fd, "x", 1, 0, (void *)&to, sizeof(to)));
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	FACT("TCP has its own", bind(fd, (void *)&a, sizeof(a)));
	let_go(pids, 8);
	fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	FACT("when they are free again", bind(fd, (void *)&a, sizeof(a)));
}

static int drain(int fd)
{
	char b[16];
	int n = 0;

	while (recv(fd, b, sizeof(b), MSG_DONTWAIT) > 0)
		n++;
	return n;
}

static void groups(void)
{
	int one = make(SOCK_DGRAM, 7504), two = make(SOCK_DGRAM, 7504);

	for (int i = 0; i < 64; i++)
		MUST(send(client(SOCK_DGRAM, 7504), "x", 1, 0));
	int first = drain(one), second = drain(two);
	say("datagrams of a group: %d, both had some: %d", first + second, first && second);
	one = make(SOCK_STREAM | SOCK_NONBLOCK, 7505);
	two = make(SOCK_STREAM | SOCK_NONBLOCK, 7505);
	MUST(listen(one, 64));
	MUST(listen(two, 64));
	for (int i = 0; i < 64; i++)
		client(SOCK_STREAM, 7505);
	first = second = 0;
	while (accept(one, NULL, NULL) >= 0)
		first++;
	while (accept(two, NULL, NULL) >= 0)
		second++;
	say("connections of a group: %d, both had some: %d", first + second, first && second);
}

static void both_families(void)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(7506)}, from = any;
	struct sockaddr_in four = v4(7506);
	int six = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	socklen_t n = sizeof(from);
	char b[4], text[64];

	FACT("UDP on both", bind(six, (void *)&any, sizeof(any)));
	FACT("IPv4 on its port", bind(fd, (void *)&four, sizeof(four)));
	FACT("send by IPv4", sendto(fd, "x", 1, 0, (void *)&four, sizeof(four)));
	FACT("arrives", recvfrom(six, b, 4, 0, (void *)&from, &n));
	say("  from %s", inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof(text)));
	FACT("answer", sendto(six, "y", 1, 0, (void *)&from, n));
	FACT("arrives", recv(fd, b, 4, 0));
	FACT("V6ONLY when bound", setsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, 4));
}

int main(void)
{
	start("inet_limits");
	full_queue();
	unix_queue();
	datagram_queue();
	in_child("many sockets", ten_thousand);
	in_child("no ports", no_ports);
	in_child("groups", groups);
	both_families();
	return 0;
}
