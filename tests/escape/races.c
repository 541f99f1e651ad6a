/*
 * Races against every call that takes a name or a structure: what the sentry checks must be what it
 * uses. Three threads exchange a directory with links that lead up and out, to a directory of the
 * host in which everybody may do everything, while the call is made again and again; or one thread
 * changes the argument in memory while the call is under way. The host compares the directory.
 *
 *	races ATTACK
 */
#include "attack.h"

#include <linux/openat2.h>
#include <stddef.h>
#include <sys/inotify.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <sys/resource.h>

#define UP "../../../../../../../../../../.."

static _Atomic bool stop;
static char up_link[512];

static double length(void)
{
	return atof(host("SECONDS"));
}

/* --- a directory that is exchanged -------------------------------------------------------------
 */

static void *exchange(void *arg)
{
	while (!stop)
		syscall(SYS_renameat2, AT_FDCWD, "/tmp/r/d", AT_FDCWD, arg,
			2 /* RENAME_EXCHANGE */);
	return NULL;
}

static void *replace(void *arg)
{
	while (!stop) {
		rename("/tmp/r/d", "/tmp/r/aside");
		symlink(up_link, "/tmp/r/d");
		unlink("/tmp/r/d");
		rename("/tmp/r/aside", "/tmp/r/d");
	}
	return NULL;
}

static void fill(void)
{
	snprintf(up_link, sizeof up_link, "%s%s", UP, host("HOST_DIR"));
	mkdir("/tmp/r", 0777);
	need(mkdir("/tmp/r/d", 0777) == 0, "/tmp/r/d");
	need(symlink(up_link, "/tmp/r/link") == 0, "link");
	need(symlink(host("HOST_DIR"), "/tmp/r/absolute") == 0, "absolute");
	int fd = open("/tmp/r/d/secret", O_WRONLY | O_CREAT, 0666);
	need(fd >= 0 && write(fd, "decoy", 5) == 5, "decoy");
	close(fd);
}

static void check_secret(int fd)
{
	if (holds(fd, host("SECRET")))
		got("the host's file");
	if (fd >= 0)
		close(fd);
}

static void race(void (*attempt)(const char *in))
{
	static const char *const ways[] = {"/tmp/r/d", "/tmp/r/d/.", "/tmp/r/d/../d",
					   "/proc/self/cwd/d"};
	pthread_t threads[3];
	fill();
	need(chdir("/tmp/r") == 0, "chdir");
	pthread_create(&threads[0], NULL, exchange, "/tmp/r/link");
	pthread_create(&threads[1], NULL, exchange, "/tmp/r/absolute");
	pthread_create(&threads[2], NULL, replace, NULL);
	double end = seconds() + length();
	for (unsigned i = 0; seconds() < end; i++)
		attempt(ways[i % 4]);
	stop = true;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

/* `f` is the file's name below the exchanged directory, `n` a new one. */
#define RACE(title, ...)                                                                           \
	static void attempt_##title(const char *in)                                                \
	{                                                                                          \
		char f[600], n[600];                                                               \
		snprintf(f, sizeof f, "%s/secret", in);                                            \
		snprintf(n, sizeof n, "%s/new", in);                                               \
		__VA_ARGS__;                                                                       \
	}                                                                                          \
	static void attack_race_##title(void)                                                      \
	{                                                                                          \
		race(attempt_##title);                                                             \
	}                                                                                          \
	__attribute__((constructor)) static void register_race_##title(void)                       \
	{                                                                                          \
		static struct attack a = {.name = "race_" #title, .run = attack_race_##title};     \
		a.next = attacks;                                                                  \
		attacks = &a;                                                                      \
	}

static struct open_how how = {.flags = O_RDWR};

RACE(open, check_secret(open(f, O_RDWR)))
RACE(open_create, close(open(n, O_RDWR | O_CREAT, 0666)); unlink(n))
RACE(open_truncate, close(open(f, O_WRONLY | O_TRUNC)))
RACE(open_tmpfile, close(open(in, O_TMPFILE | O_RDWR, 0666)))
RACE(openat2, check_secret((int)syscall(SYS_openat2, AT_FDCWD, f, &how, sizeof how)))
RACE(link, link("/tmp/r/aside", n); link(f, "/tmp/r/linked"); unlink("/tmp/r/linked"); unlink(n))
RACE(symlink, symlink("x", n); unlink(n))
RACE(unlink, unlink(f); close(open("/tmp/r/aside/secret", O_CREAT | O_WRONLY, 0666)))
RACE(rename_out, rename(f, "/tmp/r/taken"); check_secret(open("/tmp/r/taken", O_RDONLY)))
RACE(rename_in, close(open("/tmp/r/x", O_CREAT | O_WRONLY, 0666)); rename("/tmp/r/x", n))
RACE(mkdir, mkdir(n, 0777); rmdir(n))
RACE(mknod, mknod(n, S_IFIFO | 0666, 0); unlink(n))
RACE(chmod, chmod(f, 0); chmod(in, 0700); chmod(in, 0777))
RACE(chown, chown(f, 1, 1); lchown(n, 1, 1))
RACE(utimensat, utimensat(AT_FDCWD, f, NULL, 0))
RACE(truncate, truncate(f, 1))
RACE(setxattr, setxattr(f, "user.x", "x", 1, 0); removexattr(f, "user.witness"))
RACE(getxattr, char v[64]; if (getxattr(f, "user.witness", v, sizeof v) > 0) got("an attribute"))
RACE(bind, struct sockaddr_un a = {.sun_family = AF_UNIX}; int s = socket(AF_UNIX, SOCK_STREAM, 0);
     snprintf(a.sun_path, sizeof a.sun_path, "%.90s", n); bind(s, (struct sockaddr *)&a, sizeof a);
     close(s); unlink(n))
RACE(connect, struct sockaddr_un a = {.sun_family = AF_UNIX};
     int s = socket(AF_UNIX, SOCK_STREAM, 0);
     snprintf(a.sun_path, sizeof a.sun_path, "%.80s/socket", in);
     REFUSED(connect(s, (struct sockaddr *)&a, sizeof a)); close(s))
RACE(chdir, int d = open("/tmp/r", O_RDONLY); chdir(in); check_secret(open("secret", O_RDONLY));
     chdir("/tmp/r"); close(d))
RACE(inotify, int i = inotify_init1(IN_NONBLOCK); inotify_add_watch(i, f, IN_ALL_EVENTS); close(i))
RACE(stat, struct stat st; if (stat(f, &st) == 0 && st.st_size > 20) got("the host's size"))
RACE(statfs, struct statfs fs; statfs(f, &fs); access(f, R_OK); readlink(n, f, sizeof f))
static void execute(const char *path)
{
	pid_t pid = vfork();
	if (pid == 0) {
		execl(path, "x", NULL);
		_exit(0);
	}
	if (pid > 0 && end_of(pid) == 77)
		got("the host's program ran");
}

RACE(exec, snprintf(f, sizeof f, "%s/program", in); execute(f); execute(n))

/* --- arguments that change in memory ---------------------------------------------------------- */

static struct {
	char path[256];
	struct sockaddr_un address;
	struct msghdr message;
	struct iovec vector;
	char control[64];
	struct open_how how;
	struct rlimit limit;
	uint32_t caps[6];
	char *argv[3];
} shared;

static void *flip_path(void *arg)
{
	const char *const names[] = {"/tmp/r/d/secret", up_link, "/proc/self/root/tmp", "/tmp"};
	for (unsigned i = 0; !stop; i++)
		memcpy(shared.path, names[i % 4], strlen(names[i % 4]) + 1);
	return NULL;
}

static void *flip_address(void *arg)
{
	const char *abstract = host("ABSTRACT");
	for (unsigned i = 0; !stop; i++) {
		shared.address.sun_family = i % 3 ? AF_UNIX : AF_UNSPEC;
		memset(shared.address.sun_path, 0, sizeof shared.address.sun_path);
		strcpy(shared.address.sun_path + (i & 1), i & 1 ? abstract : "/tmp/r/own");
	}
	return NULL;
}

static void *flip_structures(void *arg)
{
	for (unsigned i = 0; !stop; i++) {
		shared.how.resolve = i & 1 ? RESOLVE_IN_ROOT : 0;
		shared.how.flags = i & 2 ? O_PATH : O_RDWR;
		shared.limit.rlim_cur = i & 1 ? 5 : 123456789;
		shared.caps[0] = i & 1 ? 0 : UINT32_MAX;
		shared.caps[1] = i & 2 ? 0 : UINT32_MAX;
		shared.vector.iov_len = i & 1 ? 16 : SIZE_MAX / 2;
		shared.message.msg_controllen = i & 1 ? 0 : 1 << 30;
		shared.message.msg_namelen = i & 2 ? 0 : sizeof shared.address;
		shared.argv[1] = i & 1 ? NULL : (char *)8;
	}
	return NULL;
}

static void toctou(void *(*flip)(void *), void (*attempt)(void))
{
	pthread_t threads[2];
	fill();
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, flip, NULL);
	double end = seconds() + length();
	while (seconds() < end)
		attempt();
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static void use_path(void)
{
	check_secret(open(shared.path, O_RDONLY | O_NONBLOCK));
	check_secret((int)syscall(SYS_openat2, AT_FDCWD, shared.path, &how, sizeof how));
	chmod(shared.path, 0777);
	rename(shared.path, "/tmp/r/other");
	rename("/tmp/r/other", "/tmp/r/d/secret");
}

ATTACK(toctou_path)
{
	toctou(flip_path, use_path);
}

static void use_address(void)
{
	int s = socket(AF_UNIX, SOCK_STREAM, 0), d = socket(AF_UNIX, SOCK_DGRAM, 0);
	const struct sockaddr *a = (const struct sockaddr *)&shared.address;
	socklen_t size =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(host("ABSTRACT")));
	if (connect(s, a, size) == 0 && shared.address.sun_family == AF_UNIX)
		got("a connection to the host");
	sendto(d, "x", 1, MSG_DONTWAIT, a, size);
	shared.message = (struct msghdr){.msg_name = &shared.address,
					 .msg_namelen = size,
					 .msg_iov = &shared.vector,
					 .msg_iovlen = 1};
	shared.vector = (struct iovec){shared.path, 1};
	sendmsg(d, &shared.message, MSG_DONTWAIT);
	bind(d, a, size);
	close(s);
	close(d);
}

/* AF_UNSPEC dissolves a connection and succeeds, which is no find. */
ATTACK(toctou_sockaddr)
{
	toctou(flip_address, use_address);
}

static void use_structures(void)
{
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, up_link, &shared.how, sizeof shared.how);
	if (fd >= 0)
		got("opened %s", up_link);
	struct rlimit seen;
	syscall(SYS_prlimit64, 0, RLIMIT_LOCKS, &shared.limit, NULL);
	syscall(SYS_prlimit64, 0, RLIMIT_LOCKS, NULL, &seen);
	if (seen.rlim_cur != 5 && seen.rlim_cur != 123456789 && seen.rlim_cur != RLIM_INFINITY)
		got("a limit nobody has set: %lu", seen.rlim_cur);
}

ATTACK(toctou_structures)
{
	toctou(flip_structures, use_structures);
}

/* Capabilities that the process does not have are raised while it asks for none. */
static void use_capabilities(void)
{
	uint32_t header[2] = {0x20080522, 0}, now[6];
	syscall(SYS_capset, header, shared.caps);
	syscall(SYS_capget, header, now);
	if (now[0] || now[1])
		got("capabilities %#x %#x", now[0], now[1]);
}

ATTACK(toctou_capset)
{
	become(1000);
	toctou(flip_structures, use_capabilities);
}

static void use_vectors(void)
{
	int pair[2];
	char text[64];
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) < 0)
		return;
	shared.message.msg_iov = &shared.vector;
	shared.message.msg_iovlen = 1;
	shared.message.msg_control = shared.control;
	shared.message.msg_name = &shared.address;
	shared.vector.iov_base = shared.path;
	for (int i = 0; i < 50; i++) {
		sendmsg(pair[0], &shared.message, MSG_DONTWAIT);
		recv(pair[1], text, sizeof text, MSG_DONTWAIT);
		writev(pair[0], &shared.vector, 1);
		recv(pair[1], text, sizeof text, MSG_DONTWAIT);
	}
	close(pair[0]);
	close(pair[1]);
}

ATTACK(toctou_iovec)
{
	toctou(flip_structures, use_vectors);
}

static void use_argv(void)
{
	shared.argv[0] = "x";
	pid_t pid = fork();
	if (pid == 0) {
		execve("/bin/true", shared.argv, shared.argv + 2);
		_exit(0);
	}
	end_of(pid);
}

/* The path flips between a program and one that must not run as root. */
ATTACK(toctou_argv)
{
	toctou(flip_structures, use_argv);
}

/* --- a bind mount whose root is moved away under a process -------------------------------------
 */

/* /vol is a host directory, /vol/y the same as /inner: what moves from /vol/y to /vol is below
 * /inner's root no more, and ".." from there must not lead into the host's file system. */
ATTACK(rename_out_of_a_bind_mount)
{
	char path[600];
	need(mkdir("/vol/y/z", 0777) == 0 && chdir("/inner/z") == 0, "/inner/z");
	int dir = open(".", O_RDONLY | O_DIRECTORY);
	need(dir >= 0 && rename("/vol/y/z", "/vol/z") == 0, "rename");
	for (int i = 0; i < 12; i++) {
		int n = 0;
		for (int j = 0; j < i; j++)
			n += snprintf(path + n, sizeof path - (size_t)n, "../");
		snprintf(path + n, sizeof path - (size_t)n, "%s/secret", host("HOST_DIR") + 1);
		check_secret(open(path, O_RDONLY));
		check_secret(openat(dir, path, O_RDONLY));
	}
	for (int i = 0; i < 20 && chdir("..") == 0; i++)
		;
	check_secret(open(host("HOST_DIR") + 1, O_RDONLY));
	rmdir("/vol/z");
}

int main(int argc, char **argv)
{
	return attack_main(argc, argv);
}
