/* Files of /proc that are kept open: read again from the start, they tell what is so now. */
#include "facts.h"

static char b[65536];

/* What a line of an open file says, from its beginning. */
static const char *line_of(int fd, const char *name)
{
	ssize_t n = pread(fd, b, sizeof(b) - 1, 0);
	b[n > 0 ? n : 0] = '\0';
	char *p = strstr(b, name);
	if (!p)
		return "missing";
	p[strcspn(p, "\n")] = '\0';
	return p;
}

static void own_files(void)
{
	int status = open("/proc/self/status", O_RDONLY),
	    limits = open("/proc/self/limits", O_RDONLY);
	int comm = open("/proc/self/comm", O_RDONLY), statm = open("/proc/self/statm", O_RDONLY);
	int score = open("/proc/self/oom_score_adj", O_RDONLY);
	long before = 0, after = 0;

	say("%s", line_of(status, "Name:"));
	say("%s", line_of(status, "Umask:"));
	say("%s", line_of(limits, "Max open files"));
	pread(statm, b, 100, 0);
	sscanf(b, "%ld", &before);

	prctl(PR_SET_NAME, "renamed");
	umask(077);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){77, 88});
	put_file("/proc/self/oom_score_adj", "321", 0);
	mmap(NULL, 16 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sleep_ms(1000);

	say("%s", line_of(status, "Name:"));
	say("%s", line_of(status, "Umask:"));
	say("%s", line_of(limits, "Max open files"));
	say("comm: %s", line_of(comm, "renamed"));
	say("oom_score_adj: %s", line_of(score, "321"));
	pread(statm, b, 100, 0);
	sscanf(b, "%ld", &after);
	FACT("statm: pages more", after - before);
	FACT("status: seek", lseek(status, 0, SEEK_SET));
	FACT("status: read", read(status, b, 5));
	say("  %.5s", b);
	umask(022);
}

static void of_child(void)
{
	char path[64];
	int to[2];

	MUST(pipe(to));
	pid_t pid = child();
	if (pid == 0) {
		close(to[1]);
		read(to[0], path, 1);
		setresuid(USER, USER, USER);
		read(to[0], path, 1);
		_exit(0);
	}
	close(to[0]);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	int fd = open(path, O_RDONLY);
	say("child: %s", line_of(fd, "Uid:"));
	write(to[1], "x", 1);
	sleep_ms(1000);
	say("child then: %s", line_of(fd, "Uid:"));
	close(to[1]);
	say_end("child", pid);
	FD("its status by name", open(path, O_RDONLY));
}

/* Times go on, and nothing else stays as it was. */
static void of_system(void)
{
	static const char *const names[] = {"uptime", "stat", "self/stat", "self/sched"};
	static char first[65536];

	for (size_t i = 0; i < sizeof(names) / sizeof *names; i++) {
		char path[64];
		snprintf(path, sizeof(path), "/proc/%s", names[i]);
		int fd = open(path, O_RDONLY);
		memset(first, 0, sizeof(first));
		memset(b, 0, sizeof(b));
		pread(fd, first, sizeof(first) - 1, 0);
		for (volatile long n = 0; n < 100000000; n++)
			;
		sleep_ms(1000);
		pread(fd, b, sizeof(b) - 1, 0);
		say("%s: %s", names[i], strcmp(first, b) ? "has gone on" : "the same");
		close(fd);
	}
	int fd = open("/proc/sys/kernel/hostname", O_RDONLY);
	sethostname("fresh", 5);
	pread(fd, b, 100, 0);
	say("hostname: %.5s", b);
	sethostname("conformance", 11);
	close(fd);
	fd = open("/proc/sys/fs/file-max", O_RDONLY);
	FACT("a number: read", read(fd, b, 100) > 1);
	FACT("a number: at its end", read(fd, b, 100));
	close(fd);
}

static void of_network(void)
{
	int fd = open("/proc/net/tcp", O_RDONLY), lines = 0;

	struct stat st;
	FACT("net/tcp: stat", fstat(fd, &st));
	say("  mode %o", st.st_mode);
	ssize_t n = pread(fd, b, sizeof(b), 0);
	for (ssize_t i = 0; i < n; i++)
		lines += b[i] == '\n';
	FACT("net/tcp: lines", lines);
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FACT("net/tcp: listen", listen(sock, 5));
	lseek(fd, 0, SEEK_SET);
	n = read(fd, b, sizeof(b));
	lines = 0;
	for (ssize_t i = 0; i < n; i++)
		lines += b[i] == '\n';
	FACT("net/tcp: lines with a listener", lines);
	close(fd);
	close(sock);
}

int main(void)
{
	start("proc_live");
	in_child("own", own_files);
	of_child();
	of_system();
	of_network();
	return 0;
}
