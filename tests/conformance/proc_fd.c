/* /proc/self/fd and fdinfo: listing, link texts, opening again, of all kinds of descriptors. */
#include "facts.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

static char b[8192];

static void say_link(const char *label, int fd)
{
	char path[64], *colon;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, b, sizeof(b) - 1);
	if (n < 0) {
		say("%s: link -1 %s", label, errno_name(errno));
		return;
	}
	b[n] = '\0';
	if ((colon = strstr(b, ":[")) && b[0] != '/')
		*colon = '\0';
	say("%s: link %s", label, b);
	struct stat st;
	if (lstat(path, &st) == 0)
		say("%s: link mode %06o size %ld", label, st.st_mode, (long)st.st_size);
	FACT("  access", access(path, R_OK));
}

static void listing(void)
{
	char text[400] = "";
	int count = 0;
	DIR *d = opendir("/proc/self/fd");

	dup2(0, 100);
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.' && atoi(e->d_name) != dirfd(d)) {
			count++;
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s",
				 e->d_name);
		}
	closedir(d);
	say("open: %d:%s", count, text);
	d = opendir("/proc/self/fdinfo");
	count = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		count += e->d_name[0] != '.';
	closedir(d);
	FACT("fdinfo entries", count);
	close(100);
	FACT("a number that is not open", access("/proc/self/fd/100", F_OK));
	FD("open it", open("/proc/self/fd/100", O_RDONLY));
	FACT("a name that is no number", access("/proc/self/fd/x", F_OK));
	FACT("a number with zeros", access("/proc/self/fd/00", F_OK));
	FACT("a huge number", access("/proc/self/fd/99999999999", F_OK));
	FACT("a new entry", open("/proc/self/fd/77", O_CREAT | O_WRONLY, 0600));
	FACT("unlink an entry", unlink("/proc/self/fd/0"));
}

static void kinds(void)
{
	int pipes[2], pair[2];

	MUST(pipe(pipes));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	say_link("file", (int)MUST(open("file", O_RDONLY)));
	say_link("file for writing", (int)MUST(open("file", O_WRONLY)));
	say_link("directory", (int)MUST(open(".", O_RDONLY)));
	say_link("O_PATH", (int)MUST(open("file", O_PATH)));
	say_link("pipe", pipes[0]);
	say_link("socket", pair[0]);
	say_link("device", (int)MUST(open("/dev/null", O_RDWR)));
	say_link("memfd", memfd_create("a name", 0));
	say_link("eventfd", eventfd(0, 0));
	say_link("epoll", epoll_create1(0));
	say_link("timerfd", timerfd_create(CLOCK_MONOTONIC, 0));
	say_link("/proc directory", (int)MUST(open("/proc", O_RDONLY)));
	say_link("/etc/passwd", (int)MUST(open("/etc/passwd", O_RDONLY)));
	int fd = (int)MUST(open("gone", O_CREAT | O_RDWR, 0600));
	MUST(unlink("gone"));
	say_link("removed", fd);
}

static void again(void)
{
	char path[64];
	int pipes[2], pair[2];
	int fd = (int)MUST(open("file", O_RDWR)), other;

	lseek(fd, 3, SEEK_SET);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FACT("again: a file", (other = open(path, O_RDONLY)) >= 0);
	FACT("again: an offset of its own", lseek(other, 0, SEEK_CUR));
	FACT("again: write to a read-only one", write(other, "x", 1));
	close(other);
	FD("again: with O_TRUNC", open(path, O_WRONLY | O_TRUNC));
	struct stat st;
	fstat(fd, &st);
	FACT("again: size then", st.st_size);
	FD("again: O_NOFOLLOW", open(path, O_RDONLY | O_NOFOLLOW));
	FD("again: O_PATH and O_NOFOLLOW", open(path, O_PATH | O_NOFOLLOW));
	FD("again: O_CREAT and O_EXCL", open(path, O_CREAT | O_EXCL | O_RDWR, 0600));
	FD("again: O_CREAT", open(path, O_CREAT | O_RDWR, 0600));
	FD("again: O_DIRECTORY", open(path, O_DIRECTORY | O_RDONLY));
	int readonly = (int)MUST(open("file", O_RDONLY));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", readonly);
	FD("again: a read-only one for writing", open(path, O_WRONLY));
	int directory = (int)MUST(open("dir", O_RDONLY));
	snprintf(path, sizeof(path), "/proc/self/fd/%d/inner", directory);
	FD("again: through a directory", open(path, O_RDONLY));
	snprintf(path, sizeof(path), "/proc/self/fd/%d/..", directory);
	FD("again: up from a directory", open(path, O_RDONLY));
	FACT("again: stat through a directory", stat(path, &st));
	MUST(pipe(pipes));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pipes[0]);
	FACT("again: a pipe", (other = open(path, O_WRONLY)) >= 0);
	FACT("again: write to it", write(other, "pipe", 4));
	FACT("again: read from it", read(pipes[0], b, 10));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pair[0]);
	FD("again: a socket", open(path, O_RDWR));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memfd_create("m", 0));
	FD("again: a memfd", open(path, O_RDWR));
	int epoll = epoll_create1(0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", epoll);
	FD("again: an epoll", open(path, O_RDWR));
	FD("again: standard output", open("/dev/stdout", O_WRONLY));
	FD("again: /dev/fd/0", open("/dev/fd/0", O_RDONLY));
	other = open("/dev/stdout", O_WRONLY);
	FACT("written to /dev/stdout", write(other, "(this line)\n", 12));
	close(other);
	pid_t pid = child();
	if (pid == 0) {
		become(USER);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		FACT("user: the descriptor", write(fd, "x", 1));
		FD("user: again, for reading", open(path, O_RDONLY));
		FD("user: again, for writing", open(path, O_RDWR));
		_exit(0);
	}
	say_end("user", pid);
}

static void information(void)
{
	char path[64];
	int fd = (int)MUST(open("file", O_RDWR | O_APPEND | O_CLOEXEC));

	lseek(fd, 2, SEEK_SET);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	MUST(get_file(path, b, sizeof(b)));
	for (char *p = strtok(b, "\n"); p; p = strtok(NULL, "\n"))
		if (strncmp(p, "pos", 3) == 0 || strncmp(p, "flags", 5) == 0)
			say("fdinfo: %s", p);
	fd = eventfd(7, 0);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	MUST(get_file(path, b, sizeof(b)));
	FACT("fdinfo: eventfd count", strstr(b, "eventfd-count:                7") != NULL);
	FACT("fdinfo: not open", get_file("/proc/self/fdinfo/500", b, sizeof(b)));
}

int main(void)
{
	start("proc_fd");
	put_file("file", "content", 0644);
	MUST(mkdir("dir", 0755));
	put_file("dir/inner", "x", 0644);
	in_child("listing", listing);
	in_child("kinds", kinds);
	in_child("again", again);
	in_child("information", information);
	return 0;
}
