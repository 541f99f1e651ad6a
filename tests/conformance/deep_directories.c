/* Directories so deep that no path names them: what works from within, and what then fails. */
#include "facts.h"

#define LEVELS 60
static char b[40000];

static void down(const char *component)
{
	for (int i = 0; i < LEVELS; i++)
		if (mkdir(component, 0755) < 0 || chdir(component) < 0) {
			say("level %d: %s", i, errno_name(errno));
			return;
		}
}

int main(int argc, char **argv)
{
	if (argc && !strcmp(argv[0], "program")) {
		ssize_t n = readlink("/proc/self/exe", b, sizeof(b));
		say("a program so deep: exe %s", n < 0 ? errno_name(errno) : "ok");
		return 0;
	}
	char *component = repeat('d', 200), *path;
	struct stat st, here;
	int top;

	start("deep_directories");
	top = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));
	down(component);
	FACT("getcwd of the system", syscall(SYS_getcwd, b, 4096));
	FACT("  with room", syscall(SYS_getcwd, b, sizeof(b)));
	FACT("getcwd of the C library", getcwd(b, sizeof(b)) != NULL);
	say("  its length is right: %d",
	    strlen(b) == strlen("/scratch/deep_directories") + LEVELS * 201);
	FACT("  stat of that", stat(b, &st));
	FACT("readlink of /proc/self/cwd", readlink("/proc/self/cwd", b, sizeof(b)));
	FACT("stat of /proc/self/cwd", stat("/proc/self/cwd", &st));
	FACT("  it is here", (stat(".", &here), st.st_ino == here.st_ino));
	FACT("a file", close(open("file", O_CREAT | O_WRONLY, 0644)));
	FACT("  by /proc/self/cwd", access("/proc/self/cwd/file", F_OK));
	int fd = (int)MUST(open("file", O_RDWR));
	snprintf(b, 64, "/proc/self/fd/%d", fd);
	FACT("  readlink of its descriptor", readlink(b, b + 100, 4096));
	FD("  opened by it", open(b, O_RDONLY));
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	FACT("  maps", (p == MAP_FAILED) + (get_file("/proc/self/maps", b, sizeof(b)) < 0));
	FACT("a symlink", symlink("file", "link"));
	FACT("a rename", rename("file", "renamed"));
	FACT("a socket", bind(socket(AF_UNIX, SOCK_STREAM, 0),
			      (struct sockaddr *)&(struct sockaddr_un){.sun_family = AF_UNIX,
								       .sun_path = "socket"},
			      sizeof(struct sockaddr_un)));
	copy_self("program", 0, 0, 0755);
	pid_t pid = child();
	if (pid == 0) {
		execl("./program", "program", NULL);
		FAILED("exec");
		_exit(1);
	}
	path = repeat('/', 4000);
	FACT("a child has the same", waitpid(pid, NULL, 0) == pid);
	FACT("slashes", stat(path, &st));
	chdir("..");
	FACT("up and down", stat(component, &st));
	pid = child();
	if (pid == 0) {
		FACT("the child's directory", access("../..", F_OK));
		FACT("chroot here", chroot("."));
		FACT("  getcwd", (chdir("/"), syscall(SYS_getcwd, b, sizeof(b))));
		FACT("  the file",
		     (snprintf(b, sizeof(b), "/%s/renamed", component), access(b, F_OK)));
		_exit(0);
	}
	say_end("child", pid);
	chdir(component);
	FACT("moved away: rename of the top", renameat(top, component, top, "moved"));
	FACT("  still here", access("renamed", F_OK));
	unlink("file");
	unlink("renamed");
	unlink("link");
	unlink("socket");
	unlink("program");
	int removed = 0;
	for (int i = 0; i < LEVELS; i++) {
		chdir("..");
		removed += rmdir(component) == 0 || rmdir("moved") == 0;
	}
	FACT("removed on the way back", removed);
	FACT("back at the top", (fstat(top, &here), stat(".", &st), st.st_ino == here.st_ino));
	return 0;
}
