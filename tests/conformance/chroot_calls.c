/* chroot: absolute paths, "..", nested roots, escapes as Linux has them, permissions. */
#include "facts.h"

static char b[5000];

static void say_cwd(const char *label)
{
	long n = syscall(SYS_getcwd, b, sizeof(b));

	if (n < 0)
		say("%s: -1 %s", label, errno_name(errno));
	else
		say("%s: %s", label, strstr(b, "chroot_calls") ? "somewhere in scratch" : b);
}

static void errors(void)
{
	FACT("missing", chroot("missing"));
	FACT("nothing", chroot(""));
	FACT("a file", chroot("file"));
	FACT("a file with a slash", chroot("file/"));
	FACT("a loop", chroot("loop"));
	FACT("a bad pointer", syscall(SYS_chroot, BAD));
	FACT("a name of 256", chroot(repeat('x', 256)));
}

static void inside(void)
{
	struct stat st, root;
	int outside = open(".", O_RDONLY);

	FACT("chroot", chroot("root"));
	say_cwd("getcwd outside of the root");
	FACT("chdir /", chdir("/"));
	say_cwd("getcwd");
	FD("an absolute path", open("/inner", O_RDONLY));
	FD("above the root", open("/../../inner", O_RDONLY));
	FACT("chdir ..", chdir(".."));
	say_cwd("getcwd");
	FD("an absolute symlink", open("/abslink", O_RDONLY));
	FD("a symlink that climbs", open("/uplink", O_RDONLY));
	FACT("readlink of it", readlink("/uplink", b, sizeof(b)));
	FD("a file outside", open("/etc/passwd", O_RDONLY));
	FD("from a descriptor outside", openat(outside, "file", O_RDONLY));
	FD("up from a descriptor outside", openat(outside, "../..", O_RDONLY));
	FACT("mkdir", mkdir("/made", 0755));
	FACT("execve of a program inside", access("/program", X_OK));
	stat("/", &root);
	stat("/..", &st);
	FACT(".. of / is /", st.st_ino == root.st_ino);
	FACT("nested chroot", chroot("sub"));
	FD("the current directory is outside of it", open("inner", O_RDONLY));
	FD("one level up of it", open("..", O_RDONLY));
	FACT("chdir ..", chdir(".."));
	FD("file beside the first root", open("file", O_RDONLY));
	FD("its absolute path", open("/deep", O_RDONLY));
	FACT("fchdir escapes", fchdir(outside));
	FD("file outside", open("file", O_RDONLY));
	FACT("chroot . from outside", chroot("."));
	FD("absolute path of it", open("/file", O_RDONLY));
}

static void programs(void)
{
	MUST(chroot("root"));
	MUST(chdir("/"));
	pid_t pid = child();
	if (pid == 0) {
		execl("/program", "chroot_calls", "report", NULL);
		_exit(9);
	}
	say_end("a static program in the root", pid);
	pid = child();
	if (pid == 0) {
		execl("/bin/true", "true", NULL);
		FAILED("a program outside of the root");
		_exit(9);
	}
	say_end("a program outside", pid);
}

/* Runs in the new root, without /proc. */
static int report(void)
{
	say_cwd("program: getcwd");
	FD("program: /inner", open("/inner", O_RDONLY));
	FD("program: /proc/self/exe", open("/proc/self/exe", O_RDONLY));
	FACT("program: /etc", access("/etc", F_OK));
	return 0;
}

static void by_user(void)
{
	FACT("user: chroot", chroot("root"));
	FACT("user: chroot to a missing directory", chroot("missing"));
	FACT("user: chroot to a closed directory", chroot("closed/x"));
}

static void no_search(void)
{
	MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	become(USER);
	FACT("kept but not effective", chroot("root"));
}

static void parent_and_child(void)
{
	pid_t pid = child();

	if (pid == 0) {
		MUST(chroot("root"));
		_exit(0);
	}
	say_end("child", pid);
	FACT("the parent keeps its root", access("/etc/passwd", F_OK));
	MUST(chroot("root"));
	MUST(chdir("/"));
	pid = child();
	if (pid == 0) {
		FACT("a child has its parent's root", access("/inner", F_OK));
		_exit(0);
	}
	say_end("child", pid);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report();
	start("chroot_calls");
	put_file("file", "x", 0644);
	MUST(mkdir("closed", 0700));
	MUST(mkdir("closed/x", 0755));
	MUST(mkdir("root", 0755));
	MUST(mkdir("root/sub", 0755));
	put_file("root/inner", "x", 0644);
	put_file("root/sub/deep", "x", 0644);
	copy_self("root/program", 0, 0, 0755);
	MUST(symlink("/inner", "root/abslink"));
	MUST(symlink("../../../../inner", "root/uplink"));
	MUST(symlink("loop", "loop"));
	errors();
	in_child("inside", inside);
	in_child("programs", programs);
	as_user("user", by_user);
	in_child("kept", no_search);
	in_child("parent and child", parent_and_child);
	return 0;
}
