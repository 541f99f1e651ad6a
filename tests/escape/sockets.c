/*
 * The container's root, with every capability that there is, wants the host's network, sockets,
 * shared memory and terminals.
 *
 *	sockets ATTACK
 */
#include "attack.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/un.h>

#define HIGH (UINT64_C(1) << 32)

ATTACK(socket_families)
{
	for (int family = 0; family < 64; family++) {
		if (family == AF_UNIX || family == AF_INET || family == AF_INET6)
			continue;
		for (int type = 1; type < 7; type++)
			for (int protocol = 0; protocol < 32; protocol++) {
				/* NETLINK_ROUTE and NETLINK_SOCK_DIAG are for reading. */
				if (family == AF_NETLINK && (protocol == 0 || protocol == 4))
					continue;
				REFUSED(socket(family, type, protocol));
			}
	}
	for (int protocol = 0; protocol < 256; protocol++) {
		REFUSED(socket(AF_INET, SOCK_RAW, protocol));
		REFUSED(socket(AF_INET6, SOCK_RAW, protocol));
		REFUSED(socket(AF_INET, SOCK_DCCP, protocol));
		REFUSED(socket(AF_INET, SOCK_PACKET, protocol));
		if (protocol != IPPROTO_TCP && protocol != 0)
			REFUSED(socket(AF_INET, SOCK_STREAM, protocol));
	}
}

/* Options behind which the CVEs of the last years lie. */
ATTACK(socket_options)
{
	static const struct {
		int level, name;
	} options[] = {{SOL_SOCKET, 26 /* ATTACH_FILTER */},
		       {SOL_SOCKET, 50 /* ATTACH_BPF */},
		       {SOL_SOCKET, 51 /* REUSEPORT_CBPF */},
		       {SOL_SOCKET, 36 /* MARK */},
		       {SOL_SOCKET, 60 /* ZEROCOPY */},
		       {0, 64 /* IPT_SO_SET_REPLACE */},
		       {0, 65 /* ADD_COUNTERS */},
		       {0, 19 /* IP_TRANSPARENT */},
		       {0, 3 /* IP_HDRINCL */},
		       {0, 41 /* IP_MSFILTER */},
		       {0, 4 /* IP_OPTIONS */},
		       {41, 64 /* IP6T_SO_SET_REPLACE */},
		       {41, 59 /* IPV6_DSTOPTS */},
		       {41, 57 /* IPV6_RTHDR */},
		       {41, 46 /* MCAST_MSFILTER */},
		       {6, 31 /* TCP_ULP */},
		       {6, 33 /* TCP_FASTOPEN_KEY */},
		       {6, 19 /* TCP_REPAIR */},
		       {6, 35 /* TCP_ZEROCOPY_RECEIVE */},
		       {17, 100 /* UDP_ENCAP */},
		       {282 /* SOL_TLS */, 1},
		       {263 /* SOL_PACKET */, 5},
		       {270 /* SOL_NETLINK */, 1}};
	static char value[256];
	strcpy(value, "tls");
	static const int families[] = {AF_INET, AF_INET6, AF_UNIX};
	for (int f = 0; f < 3; f++)
		for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
			int s = socket(families[f], type, 0);
			for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
				REFUSED(
				    setsockopt(s, options[i].level, options[i].name, value, 64));
			close(s);
		}
	int pair[2];
	need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	REFUSED(send(pair[0], "x", 1, MSG_OOB));
	char c;
	REFUSED(recv(pair[1], &c, 1, MSG_OOB | MSG_DONTWAIT));
}

static void try_connect(const char *address, int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	inet_pton(AF_INET, address, &to.sin_addr);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int d = socket(AF_INET, SOCK_DGRAM, 0);
	REFUSED(connect(s, (struct sockaddr *)&to, sizeof to));
	/* What is under way must come to nothing. */
	struct pollfd wait = {.fd = s, .events = POLLOUT};
	int error = 0;
	socklen_t length = sizeof error;
	if (s >= 0 && errno == EINPROGRESS && poll(&wait, 1, 1000) == 1 &&
	    getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0)
		got("a connection to %s", address);
	sendto(d, "x", 1, 0, (struct sockaddr *)&to, sizeof to);
	close(s);
	close(d);
}

ATTACK(network_of_the_host)
{
	try_connect("127.0.0.1", atoi(host("TCP_PORT")));
	try_connect("0.0.0.0", atoi(host("TCP_PORT")));
	try_connect(host("HOST_ADDRESS"), atoi(host("TCP_PORT")));
	try_connect("169.254.169.254", 80);
}

ATTACK(abstract_socket_of_the_host)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strcpy(address.sun_path + 1, host("ABSTRACT"));
	socklen_t size =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(host("ABSTRACT")));
	static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
	for (int i = 0; i < 3; i++) {
		int s = socket(AF_UNIX, types[i], 0);
		struct iovec data = {"x", 1};
		struct msghdr message = {
		    .msg_name = &address, .msg_namelen = size, .msg_iov = &data, .msg_iovlen = 1};
		REFUSED(connect(s, (struct sockaddr *)&address, size));
		REFUSED(sendto(s, "x", 1, MSG_NOSIGNAL, (struct sockaddr *)&address, size));
		REFUSED(sendmsg(s, &message, MSG_NOSIGNAL));
		close(s);
	}
}

/* --- a socket of the host's in a volume -----------------------------------------------------------
 */

static struct sockaddr_un at_path(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	return address;
}

static void *exchange_sockets(void *arg)
{
	for (double end = seconds() + atof(host("SECONDS")); seconds() < end;) {
		renameat2(AT_FDCWD, "/vol/socket", AT_FDCWD, "/vol/own", RENAME_EXCHANGE);
		rename("/vol/socket", "/vol/new");
		rename("/vol/new", "/vol/socket");
	}
	return NULL;
}

/* Whom the host sees, the host says. */
static void try_path(const char *path)
{
	struct sockaddr_un address = at_path(path);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (connect(s, (struct sockaddr *)&address, sizeof address) == 0)
		send(s, "x", 1, MSG_NOSIGNAL);
	close(s);
}

/* A name that leads to the guest's own socket when it is looked at, and is the host's right after;
 * and one that is bound while the host's socket is given the name. */
ATTACK(socket_of_the_host_by_another_name)
{
	pthread_t thread;
	struct sockaddr_un own = at_path("/vol/own"), new = at_path("/vol/new");
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	need(bind(listener, (struct sockaddr *)&own, sizeof own) == 0, "bind");
	need(listen(listener, 9) == 0, "listen");
	try_path("/vol/socket");
	need(link("/vol/socket", "/vol/hard") == 0, "link");
	need(symlink("/vol/socket", "/tmp/soft") == 0, "symlink");
	int file = open("/vol/socket", O_PATH);
	char by_number[32];
	snprintf(by_number, sizeof by_number, "/proc/self/fd/%d", file);
	need(pthread_create(&thread, NULL, exchange_sockets, NULL) == 0, "thread");
	for (double end = seconds() + atof(host("SECONDS")); seconds() < end;) {
		int s = socket(AF_UNIX, SOCK_STREAM, 0);
		bind(s, (struct sockaddr *)&new, sizeof new);
		close(s);
		try_path("/vol/new");
		try_path("/vol/own");
		try_path("/vol/socket");
		try_path("/vol/hard");
		try_path("/tmp/soft");
		try_path(by_number);
		close(accept(listener, NULL, NULL));
	}
	pthread_join(thread, NULL);
}

/* With the annotation that opens it, who connects is asked for by the host (SO_PEERCRED), and who
 * sends says so (SCM_CREDENTIALS). Nobody in the container is the host's root. */
static void say_i_am_root(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/vol/socket"};
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(struct ucred)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_CREDENTIALS}};
	struct ucred root = {.pid = 1};
	memcpy(CMSG_DATA(&control.header), &root, sizeof root);
	struct iovec data = {"x", 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	become(1000);
	need(connect(s, (struct sockaddr *)&address, sizeof address) == 0, address.sun_path);
	REFUSED(sendmsg(s, &message, MSG_NOSIGNAL));
}

ATTACK(credentials_for_a_socket_of_the_host)
{
	in_child(say_i_am_root);
}

ATTACK(ipc_of_the_host)
{
	int id = atoi(host("SHM_ID"));
	if (shmat(id, NULL, 0) != (void *)-1)
		got("the host's shared memory");
	struct shmid_ds ds;
	REFUSED(shmctl(id, IPC_STAT, &ds));
	REFUSED(shmctl(id, IPC_RMID, NULL));
	REFUSED(shmget(atoi(host("SHM_KEY")), 0, 0));
	REFUSED(msgget(atoi(host("SHM_KEY")), 0));
}

/* --- terminals ---------------------------------------------------------------------------------
 */

ATTACK(typing_for_others)
{
	static const unsigned long requests[] = {TIOCSTI,  TIOCLINUX,	  TIOCCONS,
						 TIOCSETD, 0x5412 | HIGH, 0x541c | HIGH};
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), off = 0, number = 0;
	need(master >= 0 && ioctl(master, TIOCSPTLCK, &off) == 0, "/dev/ptmx");
	ioctl(master, TIOCGPTN, &number);
	char path[32];
	snprintf(path, sizeof path, "/dev/pts/%d", number);
	int slave = open(path, O_RDWR | O_NOCTTY);
	setsid();
	ioctl(slave, TIOCSCTTY, 1);
	for (int fd = 0; fd < 6; fd++)
		for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
			REFUSED(syscall(SYS_ioctl, fd, requests[i], "\2"));
	static const unsigned long kd[] = {0x4b3a /* KDSETMODE */, 0x4b36 /* KDENABIO */, 0x4bfa,
					   0x5606 /* VT_ACTIVATE */, 0x5457 /* TIOCSSERIAL? */};
	for (int fd = 0; fd < 6; fd++)
		for (size_t i = 0; i < sizeof kd / sizeof kd[0]; i++)
			REFUSED(ioctl(fd, kd[i], path));
}

/* Requests of file systems and devices, on files and directories that the container may write. */
ATTACK(requests_of_file_systems)
{
	static char page[4096];
	int files[] = {open("/vol/file", O_RDWR | O_CREAT, 0666), open("/vol", O_RDONLY),
		       open("/tmp/file", O_RDWR | O_CREAT, 0666), open("/", O_RDONLY)};
	static const unsigned long requests[] = {0x40086602 /* SETFLAGS */,
						 0x401c5820 /* FSSETXATTR */,
						 0xc0045877 /* FIFREEZE */,
						 0xc0045878 /* FITHAW */,
						 0xc0185879 /* FITRIM */,
						 0xc020660b /* FIEMAP */,
						 0x40049409 /* FICLONE */,
						 0x4020940d /* FICLONERANGE */,
						 0x5000940a /* SNAP_CREATE */,
						 0xc0189436 /* FIDEDUPERANGE */,
						 0x800c6613 /* ENCRYPTION_POLICY */,
						 0x40806685 /* ENABLE_VERITY */,
						 0x8004587d /* SHUTDOWN */,
						 1 /* FIBMAP */};
	for (int i = 0; i < 4; i++)
		for (size_t j = 0; j < sizeof requests / sizeof requests[0]; j++)
			REFUSED(ioctl(files[i], requests[j], page));
}

int main(int argc, char **argv)
{
	return attack_main(argc, argv);
}
