/* Unix sockets without a path: abstract names, autobind, pairs, sequenced packets, shutdown. */
#include "facts.h"
#include <stddef.h>
#include <sys/ioctl.h>

static int at(int (*call)(int, const struct sockaddr *, socklen_t), int fd, const char *name,
	      size_t n)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, name, n);
	return call(fd, (void *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
}

static void abstract(void)
{
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un address;
	socklen_t length = sizeof(address);

	FACT("bind", at(bind, server, "\0a name", 7));
	FACT("bind again", at(bind, socket(AF_UNIX, SOCK_STREAM, 0), "\0a name", 7));
	FACT("bind a longer name", at(bind, socket(AF_UNIX, SOCK_STREAM, 0), "\0a name\0", 8));
	FACT("bind another type", at(bind, socket(AF_UNIX, SOCK_DGRAM, 0), "\0a name", 7));
	FACT("connect before listen", at(connect, client, "\0a name", 7));
	FACT("listen", listen(server, 5));
	FACT("connect", at(connect, client, "\0a name", 7));
	FACT("connect to another name", at(connect, socket(AF_UNIX, SOCK_STREAM, 0), "\0other", 6));
	FACT("getsockname", getsockname(server, (void *)&address, &length));
	say("  length %u name %.6s", length, address.sun_path + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	address.sun_family = AF_UNIX;
	FACT("autobind", bind(fd, (void *)&address, sizeof(sa_family_t)));
	length = sizeof(address);
	getsockname(fd, (void *)&address, &length);
	FACT("  length", length);
	FACT("  abstract", address.sun_path[0] == '\0');
	close(server);
	FACT("the name is free after close",
	     at(bind, socket(AF_UNIX, SOCK_STREAM, 0), "\0a name", 7));
	pid_t pid = child();
	if (pid == 0) {
		become(USER);
		FACT("user: bind", at(bind, socket(AF_UNIX, SOCK_STREAM, 0), "\0user", 5));
		_exit(0);
	}
	say_end("user", pid);
}

static void pairs(void)
{
	int pair[2], n = 0;
	char b[64] = "";

	FACT("stream pair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	FACT("close-on-exec", fcntl(pair[1], F_GETFD));
	FACT("write", write(pair[0], "hello", 5));
	FACT("FIONREAD", (ioctl(pair[1], FIONREAD, &n), n));
	FACT("peek", recv(pair[1], b, sizeof(b), MSG_PEEK));
	FACT("read", read(pair[1], b, sizeof(b)));
	FACT("nothing more", recv(pair[1], b, sizeof(b), MSG_DONTWAIT));
	FACT("shutdown", shutdown(pair[0], SHUT_WR));
	FACT("read the end", read(pair[1], b, sizeof(b)));
	signal(SIGPIPE, SIG_IGN);
	FACT("write after shutdown", write(pair[0], "x", 1));
	FACT("send without signal", send(pair[0], "x", 1, MSG_NOSIGNAL));
	close(pair[1]);
	FACT("peer is closed", send(pair[0], "x", 1, MSG_NOSIGNAL));
	FACT("packet pair", socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	FACT("send", send(pair[0], "long packet", 11, 0));
	FACT("receive a part", recv(pair[1], b, 4, 0));
	FACT("the rest is gone", recv(pair[1], b, 4, MSG_DONTWAIT));
	FACT("datagram pair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	FACT("an empty datagram", send(pair[0], "", 0, 0));
	FACT("receive it", recv(pair[1], b, 4, 0));
	int type = 0;
	socklen_t length = sizeof(type);
	FACT("SO_TYPE", (getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &type, &length), type));
	FACT("SO_DOMAIN", (getsockopt(pair[0], SOL_SOCKET, SO_DOMAIN, &type, &length), type));
	FACT("SO_RCVTIMEO",
	     setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){0, 1000}, 16));
	FACT("receive times out", recv(pair[0], b, 4, 0));
	FACT("pair of another family", socketpair(AF_INET, SOCK_STREAM, 0, pair));
	FACT("pair of an unknown type", socketpair(AF_UNIX, 77, 0, pair));
	FACT("pair into a bad pointer", socketpair(AF_UNIX, SOCK_STREAM, 0, BAD));
	FACT("an unknown protocol", socket(AF_UNIX, SOCK_STREAM, 77));
	FACT("an unknown family", socket(99, SOCK_STREAM, 0));
	FACT("accept on an unconnected one", accept(socket(AF_UNIX, SOCK_STREAM, 0), NULL, NULL));
	FACT("listen on an unbound one", listen(socket(AF_UNIX, SOCK_STREAM, 0), 1));
	FACT("accept on a file", accept(open("/", O_RDONLY), NULL, NULL));
}

int main(void)
{
	start("unix_abstract");
	abstract();
	pairs();
	return 0;
}
