/*
 * Sockets between two processes: the time of one byte there and back, and of 64 KiB one way (the
 * receiver confirms each, so that what is measured has arrived); and connecting.
 */
#include "micro.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK	65536
#define MESSAGE 1

static char buffer[BLOCK];
static int listener, sock;
static pid_t child;
static size_t message;
static socklen_t length;
static union {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_un un;
} address;

static int receive(int fd, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, buffer, size - done);
		if (n <= 0)
			return 0;
		done += (size_t)n;
	}
	return 1;
}

static void listen_unix(void)
{
	address.un = (struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = "micro.sock"};
	length = sizeof address.un;
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	must(listener >= 0 && bind(listener, &address.any, length) == 0);
	must(listen(listener, 16) == 0);
}

static void listen_tcp(void)
{
	address.in =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	length = sizeof address.in;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	must(listener >= 0 && bind(listener, &address.any, length) == 0);
	must(listen(listener, 16) == 0 && getsockname(listener, &address.any, &length) == 0);
}

static int connected(void)
{
	int fd = socket(address.any.sa_family, SOCK_STREAM, 0), one = 1;
	must(fd >= 0 && connect(fd, &address.any, length) == 0);
	if (address.any.sa_family == AF_INET)
		must(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
	return fd;
}

/* The other side: one connection after another, every message answered with one byte. */
static void serve(void)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL), one = 1;
		must(fd >= 0);
		if (address.any.sa_family == AF_INET)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		while (receive(fd, message))
			must(write(fd, buffer, 1) == 1);
		close(fd);
	}
}

static void start_server(size_t size)
{
	message = size;
	child = fork();
	must(child >= 0);
	if (child == 0)
		serve();
	sock = connected();
}

static void end_server(void)
{
	close(sock);
	must(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
	close(listener);
	if (address.any.sa_family == AF_UNIX)
		must(unlink(address.un.sun_path) == 0);
}

static void setup_unix_latency(void)
{
	listen_unix();
	start_server(MESSAGE);
}

static void setup_unix_block(void)
{
	listen_unix();
	start_server(BLOCK);
}

static void setup_tcp_latency(void)
{
	listen_tcp();
	start_server(MESSAGE);
}

static void setup_tcp_block(void)
{
	listen_tcp();
	start_server(BLOCK);
}

static void run_messages(long n)
{
	while (n--) {
		for (size_t done = 0; done < message;) {
			ssize_t sent = write(sock, buffer, message - done);
			must(sent > 0);
			done += (size_t)sent;
		}
		must(receive(sock, 1));
	}
}

static void setup_connect(void)
{
	listen_tcp();
	start_server(MESSAGE);
	close(sock); /* the server takes one at a time */
	sock = -1;
}

static void run_connect(long n)
{
	while (n--) {
		int fd = connected();
		must(write(fd, buffer, MESSAGE) == MESSAGE && receive(fd, 1));
		struct linger at_once = {.l_onoff = 1};
		must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
		close(fd);
	}
}

const struct benchmark socket_benchmarks[] = {
    {"unix-latency", run_messages, setup_unix_latency, end_server},
    {"unix-64KiB", run_messages, setup_unix_block, end_server},
    {"tcp-latency", run_messages, setup_tcp_latency, end_server},
    {"tcp-64KiB", run_messages, setup_tcp_block, end_server},
    {"tcp-connect", run_connect, setup_connect, end_server},
    {NULL, NULL, NULL, NULL},
};
