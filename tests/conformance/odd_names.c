/* Names with any bytes, and how they come back: listings, getcwd, /proc, escapes of maps. */
#include "facts.h"

static char b[65536];

static const char *const names[] = {
    "space here",
    "new\nline",
    "tab\there",
    "back\\slash",
    "quo\"te",
    "caf\xc3\xa9",
    "\xff\xfe\x80",
    "\x01\x02\x1f\x7f",
    "-dash",
    "~",
    "*",
    "#",
    "%s%n",
    "...",
    ".hidden",
    "(deleted)",
    "x (deleted)",
    "\xe2\x82\xac",
};

static void printable(char *out, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 5 < size; text++)
		n += (size_t)snprintf(out + n, size - n,
				      *text < 33 || *text > 126 ? "\\x%02x" : "%c",
				      (unsigned char)*text);
	out[n] = '\0';
}

static const char *shown(const char *text)
{
	static char out[2000];

	printable(out, sizeof(out), text);
	return out;
}

static const char *last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void one(const char *name)
{
	char link[5000], path[64];

	say("\"%s\"", shown(name));
	FACT("  mkdir", mkdir(name, 0755));
	FACT("  chdir", chdir(name));
	getcwd(b, sizeof(b));
	say("  getcwd %s", shown(last(b)));
	ssize_t n = readlink("/proc/self/cwd", link, sizeof(link) - 1);
	link[n < 0 ? 0 : n] = '\0';
	say("  /proc/self/cwd %s", shown(last(link)));
	int fd = open(name, O_RDWR | O_CREAT, 0600);
	if (fd >= 0) {
		ftruncate(fd, 4096);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = '\0';
		say("  a file's link %s", shown(last(link)));
		FD("  opened by it", open(path, O_RDONLY));
		void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
		get_file("/proc/self/maps", b, sizeof(b));
		snprintf(path, sizeof(path), "%lx-", (unsigned long)p);
		char *line = strstr(b, path);
		if (line) {
			line[strcspn(line, "\n")] = '\0';
			say("  in maps %s", shown(last(line)));
		}
		FACT("  unlink", unlink(name));
		get_file("/proc/self/maps", b, sizeof(b));
		line = strstr(b, path);
		if (line) {
			line[strcspn(line, "\n")] = '\0';
			say("  then %s", shown(last(line)));
		}
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = '\0';
		say("  its link %s", shown(last(link)));
		munmap(p, 4096);
		close(fd);
	}
	if (chdir("/scratch/odd_names") < 0)
		say("  no way back");
	FACT("  rmdir", rmdir(name));
}

static void programs(void)
{
	copy_self("pro gram\n", 0, 0, 0755);
	pid_t pid = child();
	if (pid == 0) {
		execl("./pro gram\n", "a\nb c", "report", NULL);
		FAILED("exec");
		_exit(1);
	}
	say_end("a program", pid);
	put_file("scr ipt", "#!/bin/echo with  blanks \n", 0755);
	pid = child();
	if (pid == 0) {
		execl("./scr ipt", "scr ipt", "x y", NULL);
		_exit(1);
	}
	say_end("a script", pid);
}

static int report(void)
{
	char link[5000] = "";

	readlink("/proc/self/exe", link, sizeof(link) - 1);
	say("exe %s", shown(last(link)));
	get_file("/proc/self/comm", b, sizeof(b));
	say("comm %s", shown(b));
	ssize_t n = get_file("/proc/self/cmdline", b, sizeof(b));
	say("cmdline %zd %s", n, shown(b));
	get_file("/proc/self/stat", b, sizeof(b));
	char *end = strrchr(b, ')');
	if (end)
		end[1] = '\0';
	say("stat %s", shown(strchr(b, '(') ?: ""));
	get_file("/proc/self/status", b, sizeof(b));
	b[strcspn(b, "\n")] = '\0';
	say("status %s", shown(b));
	prctl(PR_SET_NAME, "a)b (c\n\\");
	get_file("/proc/self/status", b, sizeof(b));
	b[strcspn(b, "\n")] = '\0';
	say("status then %s", shown(b));
	get_file("/proc/self/stat", b, sizeof(b));
	end = strrchr(b, ')');
	if (end)
		end[1] = '\0';
	say("stat then %s", shown(strchr(b, '(') ?: ""));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report();
	start("odd_names");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		one(names[i]);
	programs();
	return 0;
}
