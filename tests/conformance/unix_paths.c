/* Unix sockets by path: bind, connect, sendto, names, permissions, errnos. */
#include "facts.h"
#include <stddef.h>

static socklen_t make(struct sockaddr_un *address, const char *path)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	strncpy(address->sun_path, path, sizeof(address->sun_path));
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strnlen(path, 107) + 1);
}

static int at(int (*call)(int, const struct sockaddr *, socklen_t), int fd, const char *path)
{
	struct sockaddr_un address;
	socklen_t length = make(&address, path);

	return call(fd, (void *)&address, length);
}

static int stream(void)
{
	return (int)MUST(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static void binding(void)
{
	struct sockaddr_un address;
	socklen_t length = sizeof(address);

	FACT("bind", at(bind, stream(), "server"));
	say_mode("  it is", "server");
	FACT("bind again", at(bind, stream(), "server"));
	FACT("bind over a file", at(bind, stream(), "file"));
	FACT("bind over a dangling symlink", at(bind, stream(), "dangling"));
	FACT("bind in a missing directory", at(bind, stream(), "missing/x"));
	FACT("bind below a file", at(bind, stream(), "file/x"));
	FACT("bind on a read-only file system", at(bind, stream(), "/etc/x"));
	FACT("bind with a slash", at(bind, stream(), "x/"));
	int fd = stream();
	FACT("bind twice", at(bind, fd, "one"));
	FACT("bind twice", at(bind, fd, "two"));
	FACT("getsockname", getsockname(fd, (void *)&address, &length));
	say("  length %u path %s", length, address.sun_path);
	char *p = repeat('n', 107);
	memcpy(p, "./", 2);
	FACT("bind a path of 107", at(bind, stream(), p));
	make(&address, p);
	memset(address.sun_path, 'm', 108);
	fd = stream();
	FACT("bind a path of 108 without end", bind(fd, (void *)&address, sizeof(address)));
	length = sizeof(address);
	FACT("getsockname", getsockname(fd, (void *)&address, &length));
	FACT("  its length", length);
	FACT("bind too long", bind(stream(), (void *)&address, 200));
	FACT("bind too short", bind(stream(), (void *)&address, 1));
	address.sun_family = AF_INET;
	FACT("bind another family", bind(stream(), (void *)&address, sizeof(address)));
	FACT("bind a bad pointer", bind(stream(), BAD, 20));
	FACT("bind a bad descriptor", at(bind, 99, "x"));
	FACT("bind a file", at(bind, open("file", O_RDONLY), "x"));
	umask(0077);
	FACT("bind under umask 077", at(bind, stream(), "masked"));
	umask(022);
	say_mode("  it is", "masked");
}

static void connecting(void)
{
	int server = stream();
	char b[32] = "";

	FACT("connect to a file", at(connect, stream(), "file"));
	FACT("connect to nothing", at(connect, stream(), "missing"));
	FACT("connect to a directory", at(connect, stream(), "."));
	FACT("connect to a dangling symlink", at(connect, stream(), "dangling"));
	FACT("connect to a loop", at(connect, stream(), "loop"));
	FACT("connect below a file", at(connect, stream(), "file/x"));
	FACT("connect to one that does not listen", at(connect, stream(), "server"));
	MUST(at(bind, server, "listening"));
	FACT("listen", listen(server, 2));
	int client = stream();
	FACT("connect", at(connect, client, "listening"));
	FACT("connect again", at(connect, client, "listening"));
	int accepted = (int)MUST(accept4(server, NULL, NULL, SOCK_CLOEXEC));
	FACT("write", write(client, "hello", 5));
	FACT("read", read(accepted, b, sizeof(b)));
	struct sockaddr_un address;
	socklen_t length = sizeof(address);
	FACT("getpeername", getpeername(client, (void *)&address, &length));
	say("  length %u path %s", length, address.sun_path);
	length = sizeof(address);
	FACT("getpeername of an unnamed one", getpeername(accepted, (void *)&address, &length));
	FACT("  length", length);
	FACT("connect through a symlink", at(connect, stream(), "link"));
	FACT("connect through /proc/self/cwd", at(connect, stream(), "/proc/self/cwd/listening"));
	MUST(rename("listening", "renamed"));
	FACT("connect by the old name", at(connect, stream(), "listening"));
	int nonblocking = (int)socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	FACT("connect, backlog is full", at(connect, nonblocking, "renamed"));
	MUST(unlink("renamed"));
	FACT("connect to an unlinked one", at(connect, stream(), "renamed"));
	FACT("datagram to a stream", at(connect, socket(AF_UNIX, SOCK_DGRAM, 0), "server"));
}

static void datagrams(void)
{
	struct sockaddr_un address, from = {0};
	int receiver = (int)MUST(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)),
	    sender = (int)MUST(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
	char b[32] = "";
	socklen_t length = make(&address, "datagrams"), n = sizeof(from);

	MUST(bind(receiver, (void *)&address, length));
	FACT("sendto", sendto(sender, "one", 3, 0, (void *)&address, length));
	FACT("recvfrom", recvfrom(receiver, b, sizeof(b), 0, (void *)&from, &n));
	FACT("  length of an unnamed sender", n);
	MUST(at(bind, sender, "sender"));
	struct iovec iov = {"two!", 4};
	struct msghdr m = {
	    .msg_name = &address, .msg_namelen = length, .msg_iov = &iov, .msg_iovlen = 1};
	FACT("sendmsg", sendmsg(sender, &m, 0));
	n = sizeof(from);
	FACT("recvfrom", recvfrom(receiver, b, sizeof(b), 0, (void *)&from, &n));
	say("  sender %s", from.sun_path);
	struct mmsghdr mm[2] = {{.msg_hdr = m}, {.msg_hdr = m}};
	FACT("sendmmsg", sendmmsg(sender, mm, 2, 0));
	FACT("connect", connect(sender, (void *)&address, length));
	FACT("send", send(sender, "three", 5, 0));
	length = make(&address, "missing");
	FACT("sendto nothing", sendto(sender, "x", 1, 0, (void *)&address, length));
	length = make(&address, "file");
	FACT("sendto a file", sendto(sender, "x", 1, 0, (void *)&address, length));
	FACT("sendto a bad pointer", sendto(sender, "x", 1, 0, BAD, 20));
	address.sun_family = AF_UNSPEC;
	FACT("dissolve the connection", connect(sender, (void *)&address, sizeof(address)));
	FACT("send then", send(sender, "x", 1, 0));
}

static void by_user(void)
{
	FACT("user: bind in root's directory", at(bind, stream(), "users-socket"));
	FACT("user: bind in its own", at(bind, stream(), "users/socket"));
	say_owner("user:   it is", "users/socket");
	FACT("user: connect to an open socket", at(connect, stream(), "openserver"));
	FACT("user: connect to a closed socket", at(connect, stream(), "closedserver"));
	FACT("user: connect in a closed directory", at(connect, stream(), "closed/x"));
}

int main(void)
{
	start("unix_paths");
	put_file("file", "x", 0644);
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop", "loop"));
	MUST(symlink("listening", "link"));
	MUST(mkdir("users", 0755));
	MUST(chown("users", USER, USER));
	MUST(mkdir("closed", 0700));
	binding();
	connecting();
	datagrams();
	int open_server = stream(), closed_server = stream();
	MUST(at(bind, open_server, "openserver"));
	MUST(chmod("openserver", 0777));
	MUST(listen(open_server, 5));
	MUST(at(bind, closed_server, "closedserver"));
	MUST(chmod("closedserver", 0700));
	MUST(listen(closed_server, 5));
	as_user("user", by_user);
	return 0;
}
