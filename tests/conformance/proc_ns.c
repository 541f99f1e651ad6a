/* /proc/self/ns: links that say which namespace, descriptors of them, and what ioctl_ns(2) tells.
 */
#include "facts.h"
#include <linux/nsfs.h>
#include <sys/ioctl.h>

static const char *const names[] = {
    "cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "time_for_children",
    "user",   "uts"};

static void one(const char *name)
{
	char path[64], text[64], wanted[64];
	struct stat st, by_fd;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	say_mode(name, path);
	ssize_t n = readlink(path, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	MUST(stat(path, &st));
	snprintf(wanted, sizeof(wanted), "%.*s:[%lu]", (int)strcspn(name, "_"), name, st.st_ino);
	FACT("  the link has the inode", strcmp(text, wanted));
	say("  mode %06o", st.st_mode);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	OK("  open", fd);
	MUST(fstat(fd, &by_fd));
	FACT("  the same", st.st_ino == by_fd.st_ino && st.st_dev == by_fd.st_dev);
	FACT("  type", ioctl(fd, NS_GET_NSTYPE));
	FACT("  read", read(fd, text, 1));
	FACT("  setns, wrong type", setns(fd, 12345) == -1);
	close(fd);
	FACT("  for writing", open(path, O_WRONLY));
}

static void by_user(void)
{
	char text[64];

	FACT("user: of process 1", readlink("/proc/1/ns/net", text, sizeof(text)));
	FACT("user: open it", open("/proc/1/ns/net", O_RDONLY));
	FACT("user: list it", open("/proc/1/ns", O_RDONLY));
}

int main(void)
{
	struct stat mine, others;

	start("proc_ns");
	for (size_t i = 0; i < sizeof(names) / sizeof *names; i++)
		one(names[i]);
	FACT("no such namespace", open("/proc/self/ns/none", O_RDONLY));
	FACT("no namespace at all", ioctl(open("/etc/passwd", O_RDONLY), NS_GET_NSTYPE));
	pid_t pid = child();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	MUST(stat("/proc/self/ns/pid", &mine));
	MUST(stat(path, &others));
	FACT("a child has the same", mine.st_ino == others.st_ino);
	kill(pid, SIGKILL);
	say_end("child", pid);
	as_user("user", by_user);
	return 0;
}
