/* Programs without a name: in memory, removed, temporary, replaced while they run. */
#include "facts.h"

static char b[65536];

static int report(const char *label)
{
	char link[5000] = "";
	int fd;

	ssize_t n = readlink("/proc/self/exe", link, sizeof(link) - 1);
	link[n < 0 ? 0 : n] = '\0';
	char *name = strrchr(link, '/');
	bool numbered = name && name[1] == '#';
	say("%s: exe ...%s", label,
	    n < 0      ? errno_name(errno)
	    : numbered ? "/#"
	    : name     ? name
		       : link);
	FACT("  it can be opened", (fd = open("/proc/self/exe", O_RDONLY)) >= 0);
	FACT("  it is a program", (b[0] = 0, read(fd, b, 4), memcmp(b, "\177ELF", 4)));
	struct stat st;
	FACT("  stat of it", stat("/proc/self/exe", &st));
	say("  links %lu", (unsigned long)st.st_nlink);
	get_file("/proc/self/maps", b, sizeof(b));
	FACT("  maps name it", strstr(b, name ? name + 1 : "?") != NULL);
	get_file("/proc/self/comm", b, sizeof(b));
	b[strcspn(b, "\n")] = '\0';
	say("  comm %s", strspn(b, "#0123456789") == strlen(b) ? "a number" : b);
	return 0;
}

static int self_in_memory(unsigned flags)
{
	int fd = (int)MUST(memfd_create("program", flags)), from = open("/proc/self/exe", O_RDONLY);
	ssize_t n;

	while ((n = read(from, b, sizeof(b))) > 0)
		write(fd, b, (size_t)n);
	close(from);
	return fd;
}

static void in_memory(void)
{
	int fd = self_in_memory(MFD_CLOEXEC);

	execveat(fd, "", (char *[]){"x", "in memory", NULL}, (char *[]){NULL}, AT_EMPTY_PATH);
	FAILED("in memory");
}

static void sealed(void)
{
	int fd = self_in_memory(MFD_ALLOW_SEALING);

	FACT("seals",
	     fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL));
	fexecve(fd, (char *[]){"x", "sealed", NULL}, (char *[]){NULL});
	FAILED("sealed");
}

static void not_executable(void)
{
	int fd = self_in_memory(8 /* MFD_NOEXEC_SEAL */ | MFD_ALLOW_SEALING);

	FACT("its seals", fcntl(fd, F_GET_SEALS));
	FACT("its mode", (fstat(fd, &(struct stat){0}), fchmod(fd, 0700)));
	fexecve(fd, (char *[]){"x", "never", NULL}, (char *[]){NULL});
	FAILED("sealed against execution");
}

static void removed(void)
{
	copy_self("removed", 0, 0, 0755);
	int fd = (int)MUST(open("removed", O_RDONLY | O_CLOEXEC));
	unlink("removed");
	fexecve(fd, (char *[]){"x", "removed before", NULL}, (char *[]){NULL});
	FAILED("removed");
}

static void temporary(void)
{
	int fd = (int)MUST(open(".", O_RDWR | O_TMPFILE, 0700)),
	    from = open("/proc/self/exe", O_RDONLY);
	ssize_t n;
	char path[40];

	while ((n = read(from, b, sizeof(b))) > 0)
		write(fd, b, (size_t)n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int readable = (int)MUST(open(path, O_RDONLY | O_CLOEXEC));
	close(fd);
	fexecve(readable, (char *[]){"x", "temporary", NULL}, (char *[]){NULL});
	FAILED("temporary");
}

static void while_running(void)
{
	copy_self("running", 0, 0, 0755);
	execl("./running", "running", "remove", "itself", NULL);
	FAILED("running");
}

static int remove_itself(void)
{
	report("running");
	FACT("removed", unlink("running"));
	report("removed while it runs");
	pid_t pid = child();
	if (pid == 0) {
		execl("/proc/self/exe", "again", "removed, executed again", NULL);
		FAILED("again");
		_exit(1);
	}
	say_end("again", pid);
	copy_self("running", 0, 0, 0755);
	report("another at its place");
	FACT("renamed over", (copy_self("other", 0, 0, 0755), rename("other", "running")));
	return 0;
}

static void renamed(void)
{
	copy_self("before", 0, 0, 0755);
	execl("./before", "before", "rename", "itself", NULL);
}

static int rename_itself(void)
{
	rename("before", "after");
	report("renamed");
	mkdir("dir", 0755);
	rename("after", "dir/deeper");
	report("moved");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return report(argv[1]);
	if (argc > 2)
		return strcmp(argv[1], "remove") ? rename_itself() : remove_itself();
	start("nameless_programs");
	in_child("in memory", in_memory);
	in_child("sealed", sealed);
	in_child("not executable", not_executable);
	in_child("removed", removed);
	in_child("temporary", temporary);
	in_child("while running", while_running);
	in_child("renamed", renamed);
	return 0;
}
