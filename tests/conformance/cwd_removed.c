/* Life in a directory that has been removed, renamed or moved away. */
#include "facts.h"

static char b[5000];

static void removed(void)
{
	struct stat st;

	MUST(mkdir("gone", 0755));
	MUST(chdir("gone"));
	MUST(rmdir("../gone"));
	FACT("getcwd", syscall(SYS_getcwd, b, sizeof(b)));
	FACT("stat .", stat(".", &st));
	FACT("links of .", st.st_nlink);
	FACT("stat ..", stat("..", &st));
	FD("open .", open(".", O_RDONLY));
	FD("open ..", open("..", O_RDONLY));
	FD("create a file", open("x", O_CREAT | O_WRONLY, 0600));
	FD("O_TMPFILE", open(".", O_TMPFILE | O_RDWR, 0600));
	FACT("mkdir", mkdir("x", 0700));
	FACT("symlink", symlink("x", "y"));
	FACT("mkfifo", mkfifo("f", 0600));
	FACT("rename into it", rename("../file", "x"));
	FACT("link into it", link("../file", "x"));
	FACT("access of a missing file", access("x", F_OK));
	FACT("access .", access(".", W_OK));
	FACT("chdir .", chdir("."));
	FACT("rmdir .", rmdir("."));
	FACT("unlink of a missing file", unlink("x"));
	FACT("chmod .", chmod(".", 0700));
	int n = (int)readlink("/proc/self/cwd", b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	say("/proc/self/cwd ends in: %s", strrchr(b, '/') ? strrchr(b, '/') : b);
	FACT("stat /proc/self/cwd", stat("/proc/self/cwd", &st));
	FD("open /proc/self/cwd/x", open("/proc/self/cwd/x", O_CREAT | O_WRONLY, 0600));
	int fd = (int)MUST(open(".", O_RDONLY));
	FACT("getdents64", syscall(SYS_getdents64, fd, b, sizeof(b)));
	FACT("fork and exec from it", fork() == 0 ? execl("/bin/true", "true", NULL) : 0);
	int status;
	wait(&status);
	say_status("  it ended", status);
	pid_t pid = child();
	if (pid == 0) {
		FACT("child: getcwd", syscall(SYS_getcwd, b, sizeof(b)));
		_exit(0);
	}
	say_end("child", pid);
	FACT("chdir ..", chdir(".."));
	FACT("there is file", access("file", F_OK));
	FACT("fchdir back", fchdir(fd));
	FACT("getcwd", syscall(SYS_getcwd, b, sizeof(b)));
	FACT("chdir an absolute path", chdir("/"));
	FACT("getcwd", syscall(SYS_getcwd, b, sizeof(b)));
}

static void moved(void)
{
	MUST(mkdir("parent", 0755));
	MUST(mkdir("parent/child", 0755));
	MUST(mkdir("other", 0755));
	MUST(chdir("parent/child"));
	MUST(rename("../../parent/child", "../../other/child"));
	MUST(getcwd(b, sizeof(b)) ? 0 : -1);
	say("moved: getcwd ends in %s", strstr(b, "/other"));
	FACT("moved: .. is the new parent", access("../../other", F_OK));
	MUST(rmdir("../../parent"));
	FACT("moved: a new file", open("x", O_CREAT | O_WRONLY, 0600) >= 0);
	FACT("moved: it is there", access("../../other/child/x", F_OK));
	MUST(chdir("../.."));
}

/* A directory that was removed and made again is another one. */
static void made_again(void)
{
	MUST(mkdir("again", 0755));
	MUST(chdir("again"));
	MUST(rmdir("../again"));
	MUST(mkdir("../again", 0755));
	FACT("made again: getcwd", syscall(SYS_getcwd, b, sizeof(b)));
	FD("made again: a new file", open("x", O_CREAT | O_WRONLY, 0600));
	FACT("made again: chdir ../again", chdir("../again"));
	FD("made again: a new file then", open("x", O_CREAT | O_WRONLY, 0600));
}

static void program_removed(void)
{
	copy_file("/bin/busybox", "program", 0755);
	pid_t pid = run_cat("./program");

	MUST(unlink("program"));
	snprintf(b, 64, "/proc/%d/exe", pid);
	char target[5000];
	int n = (int)readlink(b, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	say("the exe link of a removed program ends in: %s",
	    strrchr(target, '/') ? strrchr(target, '/') : target);
	FD("open it", open(b, O_RDONLY));
	kill(pid, SIGKILL);
	say_end("program", pid);
}

int main(void)
{
	start("cwd_removed");
	put_file("file", "x", 0644);
	in_child("removed", removed);
	in_child("moved", moved);
	in_child("made again", made_again);
	program_removed();
	return 0;
}
