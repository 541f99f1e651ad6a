/* Arguments at the edges of memory: strings and structures that end where a page ends, or beyond.
 */
#include "facts.h"
#include <linux/capability.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/xattr.h>

static char *edge;     /* the end of a readable and writable page; nothing comes after */
static char *readonly; /* a page that can be read only */
static char *nothing;  /* a page that cannot be touched */

static char *at_edge(const char *text, size_t length)
{
	return memcpy(edge - length, text, length);
}

static void strings(void)
{
	char *whole = at_edge("file", 5), *open_ended;

	FD("a path that ends with the page", open(whole, O_RDONLY));
	FACT("stat of it", access(whole, F_OK));
	open_ended = at_edge("file", 4);
	FD("a path without an end", open(open_ended, O_RDONLY));
	FACT("mkdir of it", mkdir(open_ended, 0755));
	FACT("access of it", access(open_ended, F_OK));
	FACT("unlink of it", unlink(open_ended));
	FACT("symlink to it", symlink(open_ended, "link"));
	FACT("rename from it", rename(open_ended, "new"));
	FACT("rename to it", rename("file", open_ended));
	FACT("chdir to it", chdir(open_ended));
	FD("a path that cannot be touched", open(nothing, O_RDONLY));
	FD("NULL", open(NULL, O_RDONLY));
	FD("an address of the kernel", open((char *)0xffffffff81000000, O_RDONLY));
	FD("no address at all", open((char *)0x8000000000000000, O_RDONLY));
	FD("the last address", open((char *)UINTPTR_MAX, O_RDONLY));
	memset(readonly - 4096, '/', 4096); /* the page before */
	FD("4096 slashes, then a page of zeros", open(readonly - 4096, O_RDONLY));
	FD("4095 slashes", open(readonly - 4095, O_RDONLY));
	memset(edge - 4096, 'x', 4096);
	FD("4096 bytes without an end", open(edge - 4096, O_RDONLY));
	FACT("execve of a path without an end", execl(at_edge("file", 4), "x", NULL));
	char **argv = (char **)(void *)(edge - 8);
	argv[0] = whole;
	FACT("execve, arguments without an end", execv("/conformance/memory_arguments", argv));
	argv[0] = NULL;
	argv = (char *[]){nothing, NULL};
	FACT("execve, an argument nowhere", execv("/conformance/memory_arguments", argv));
	FACT("execve, arguments nowhere", execv("/conformance/memory_arguments", (char **)nothing));
	FACT("execve, environment nowhere",
	     execve("/conformance/memory_arguments", (char *[]){"x", NULL}, (char **)nothing));
}

/* A result of n bytes: at the page's end, one byte beyond, where it cannot be written. */
#define RESULT(label, size, call)                                                                  \
	do {                                                                                       \
		char *out;                                                                         \
		out = edge - (size);                                                               \
		OK(label " up to the edge", call);                                                 \
		out = edge - (size) + 1;                                                           \
		OK(label " one byte beyond", call);                                                \
		out = readonly;                                                                    \
		OK(label " to a read-only page", call);                                            \
		out = nothing;                                                                     \
		OK(label " to nothing", call);                                                     \
		out = NULL;                                                                        \
		OK(label " to NULL", call);                                                        \
		out = (char *)0xffffffff81000000;                                                  \
		OK(label " to the kernel", call);                                                  \
	} while (0)

static void results(void)
{
	int dir = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));

	RESULT("stat", sizeof(struct stat), syscall(SYS_stat, "file", out));
	RESULT("fstat", sizeof(struct stat), syscall(SYS_fstat, dir, out));
	RESULT("newfstatat", sizeof(struct stat), syscall(SYS_newfstatat, dir, "file", out, 0));
	RESULT("statx", sizeof(struct statx), syscall(SYS_statx, dir, "file", 0, STATX_ALL, out));
	RESULT("statfs", sizeof(struct statfs), syscall(SYS_statfs, "file", out));
	RESULT("fstatfs", sizeof(struct statfs), syscall(SYS_fstatfs, dir, out));
	RESULT("stat in /proc", sizeof(struct stat), syscall(SYS_stat, "/proc/version", out));
	RESULT("uname", sizeof(struct utsname), syscall(SYS_uname, out));
	RESULT("sysinfo", sizeof(struct sysinfo), syscall(SYS_sysinfo, out));
	RESULT("readlink", 4, syscall(SYS_readlink, "link", out, 4));
	RESULT("readlink of /proc", 4, syscall(SYS_readlink, "/proc/self/exe", out, 4));
	RESULT("getcwd", strlen(getcwd(NULL, 0)) + 1, syscall(SYS_getcwd, out, 200));
	RESULT("getgroups", 8, syscall(SYS_getgroups, 2, out));
	RESULT("getresuid", 4, syscall(SYS_getresuid, out, out, out));
	RESULT("prlimit", sizeof(struct rlimit), syscall(SYS_prlimit64, getppid(), 7, NULL, out));
	RESULT("getrlimit of locks", sizeof(struct rlimit), syscall(SYS_getrlimit, 10, out));
	RESULT("getxattr", 3, syscall(SYS_getxattr, "file", "user.x", out, 3));
	RESULT("listxattr", 7, syscall(SYS_listxattr, "file", out, 7));
	RESULT("getdents64", 24, (lseek(dir, 0, SEEK_SET), syscall(SYS_getdents64, dir, out, 24)));
	RESULT("sched_getparam", 4, syscall(SYS_sched_getparam, getppid(), out));
	RESULT("prctl name", 16, syscall(SYS_prctl, PR_GET_NAME, out, 0, 0, 0));
	RESULT("prctl subreaper", 4, syscall(SYS_prctl, PR_GET_CHILD_SUBREAPER, out, 0, 0, 0));
	RESULT("clock_gettime", 16, syscall(SYS_clock_gettime, CLOCK_MONOTONIC, out));
	RESULT("pipe", 8, syscall(SYS_pipe, out));
	RESULT("getsockopt", 4, syscall(SYS_getsockopt, 0, SOL_SOCKET, SO_TYPE, out, NULL));
}

static void structures(void)
{
	struct __user_cap_header_struct *h = (void *)(edge - sizeof(*h));
	struct timespec *t = (void *)(edge - 2 * sizeof(*t));

	*h = (struct __user_cap_header_struct){_LINUX_CAPABILITY_VERSION_3, 0};
	FACT("capget, results nowhere", syscall(SYS_capget, h, nothing));
	FACT("capget, results in a read-only page", syscall(SYS_capget, h, readonly));
	FACT("capget, a header beyond", syscall(SYS_capget, edge - 4, NULL));
	FACT("capset, sets nowhere", syscall(SYS_capset, h, nothing));
	t[0] = t[1] = (struct timespec){1, 1};
	FACT("utimensat up to the edge", syscall(SYS_utimensat, AT_FDCWD, "file", t, 0));
	FACT("utimensat beyond", syscall(SYS_utimensat, AT_FDCWD, "file", t + 1, 0));
	FACT("setgroups beyond", syscall(SYS_setgroups, 2, edge - 4));
	FACT("prlimit beyond", syscall(SYS_prlimit64, getppid(), 7, edge - 8, NULL));
	FACT("openat2 beyond", syscall(SYS_openat2, AT_FDCWD, "file", edge - 8, 24));
	FACT("openat2 with a tail nowhere", syscall(SYS_openat2, AT_FDCWD, "file", edge - 24, 32));
	FACT("connect beyond", syscall(SYS_connect, socket(AF_UNIX, SOCK_STREAM, 0), edge - 2, 10));
	FACT("bind nowhere", syscall(SYS_bind, socket(AF_UNIX, SOCK_STREAM, 0), nothing, 10));
	FACT("setxattr beyond", syscall(SYS_setxattr, "file", "user.x", edge - 3, 4, 0));
	FACT("setxattr, a name beyond",
	     syscall(SYS_setxattr, "file", at_edge("user.", 5), "x", 1, 0));
	FACT("sethostname beyond", syscall(SYS_sethostname, edge - 2, 4));
	FACT("rt_sigqueueinfo nowhere", syscall(SYS_rt_sigqueueinfo, getpid(), 0, nothing));
	FACT("kill's siginfo of a pidfd nowhere",
	     syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, getpid(), 0), 0, nothing, 0));
	FACT("seccomp's program nowhere", syscall(SYS_seccomp, 1, 0, nothing));
}

int main(int argc, char **argv)
{
	start("memory_arguments");
	edge =
	    (char *)mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) +
	    4096;
	munmap(edge, 4096);
	readonly =
	    (char *)mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) +
	    4096;
	mprotect(readonly, 4096, PROT_READ);
	nothing = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	put_file("file", "x", 0644);
	symlink("file", "link");
	MUST(setgroups(2, (gid_t[]){10, 20}));
	setxattr("file", "user.x", "abc", 3, 0);
	strings();
	unlink("link");
	symlink("file", "link");
	results();
	structures();
	return 0;
}
