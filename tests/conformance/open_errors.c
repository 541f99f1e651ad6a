/* The errnos of open: bad paths, bad pointers, bad descriptors, missing permissions. */
#include "facts.h"

static const struct {
	const char *path;
	int flags;
} tries[] = {
    {"", O_RDONLY},
    {"", O_RDONLY | O_CREAT},
    {"missing", O_RDONLY},
    {"missing/file", O_RDONLY | O_CREAT},
    {"dangling", O_RDONLY},
    {"dangling/", O_RDONLY | O_CREAT},
    {"file/", O_RDONLY},
    {"file/", O_RDONLY | O_CREAT},
    {"file/.", O_RDONLY},
    {"file/..", O_RDONLY},
    {"file/x", O_RDONLY},
    {"file/x", O_RDONLY | O_CREAT},
    {"file", O_RDONLY | O_DIRECTORY},
    {"new/", O_RDONLY | O_CREAT},
    {"new/.", O_RDONLY | O_CREAT},
    {"dir/", O_RDONLY},
    {"dir/", O_RDONLY | O_CREAT},
    {"dir/.", O_RDONLY | O_CREAT},
    {"dir/..", O_WRONLY},
    {"dir//./..//dir/", O_RDONLY},
    {"dir/sub/../../file", O_RDONLY},
    {"dir/missing/../../file", O_RDONLY},
    {"dirlink", O_RDONLY},
    {"dirlink/", O_RDONLY},
    {"dirlink", O_RDONLY | O_NOFOLLOW},
    {"dirlink/", O_RDONLY | O_NOFOLLOW},
    {"dirlink/.", O_RDONLY | O_NOFOLLOW},
    {"dirlink", O_RDONLY | O_NOFOLLOW | O_DIRECTORY},
    {"link", O_RDONLY | O_NOFOLLOW},
    {"link", O_RDONLY | O_CREAT | O_NOFOLLOW},
    {"link/", O_RDONLY},
    {"loop", O_RDONLY},
    {"loop", O_RDONLY | O_CREAT},
    {"loop/x", O_RDONLY},
    {"loop", O_RDONLY | O_NOFOLLOW},
    {"self", O_RDONLY},
    {"socket", O_RDONLY},
    {"socket", O_WRONLY},
    {"fifo", O_WRONLY | O_NONBLOCK},
    {"fifo", O_RDONLY | O_NONBLOCK},
    {"/", O_RDONLY},
    {"/..", O_RDONLY},
    {"//", O_WRONLY},
    {"/../../etc/passwd", O_RDONLY},
    {"/missing", O_RDONLY},
    {"/etc/passwd/", O_RDONLY},
};

static void run(void)
{
	for (size_t i = 0; i < sizeof(tries) / sizeof *tries; i++) {
		char label[200];
		snprintf(label, sizeof(label), "open \"%s\" %#o", tries[i].path, tries[i].flags);
		FD(label, open(tries[i].path, tries[i].flags, 0600));
	}
}

static void permissions(void)
{
	FD("user: reads a readable file", open("file", O_RDONLY));
	FD("user: writes root's file", open("file", O_WRONLY));
	FD("user: reads a secret file", open("secret", O_RDONLY));
	FD("user: makes a file in root's directory", open("new", O_WRONLY | O_CREAT, 0600));
	FD("user: passes a closed directory", open("closed/file", O_RDONLY));
	FD("user: a missing file in a closed directory", open("closed/missing", O_RDONLY));
	FD("user: ... behind a closed one", open("closed/..", O_RDONLY));
	FD("user: lists an x-only directory", open("passage", O_RDONLY));
	FD("user: passes an x-only directory", open("passage/file", O_RDONLY));
	FD("user: O_NOATIME of root's file", open("file", O_RDONLY | O_NOATIME));
	FD("user: O_TRUNC of root's file", open("file", O_RDONLY | O_TRUNC));
	FD("user: O_PATH of a secret file", open("secret", O_PATH));
	FD("user: /", open("/", O_RDONLY));
	FD("user: read-only file system", open("/etc/passwd", O_WRONLY));
	FD("user: a new file there", open("/etc/new", O_WRONLY | O_CREAT, 0600));
}

static void descriptors(void)
{
	int dir = open("dir", O_RDONLY), file = open("file", O_RDONLY);

	FD("openat a bad descriptor", openat(99, "file", O_RDONLY));
	FD("openat descriptor -1", openat(-1, "file", O_RDONLY));
	FD("openat a file", openat(file, "x", O_RDONLY));
	FD("openat a file, empty path", openat(file, "", O_RDONLY));
	FD("openat a directory, empty path", openat(dir, "", O_RDONLY));
	FD("openat a directory", openat(dir, "sub", O_RDONLY));
	FD("openat .. of a directory", openat(dir, "../file", O_RDONLY));
	FD("openat a bad descriptor, absolute path", openat(99, "/", O_RDONLY));
	FD("openat, high bits of the descriptor",
	   syscall(SYS_openat, 0xabcd00000000UL | (unsigned)dir, "sub", O_RDONLY));
	FD("openat AT_FDCWD without high bits",
	   syscall(SYS_openat, 0xffffff9cUL, "file", O_RDONLY));
	FD("open, high bits of the flags", syscall(SYS_open, "file", 0xabcd00000000UL));
}

static void pointers(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	FD("open a null pointer", syscall(SYS_open, NULL, O_RDONLY));
	FD("open a bad pointer", syscall(SYS_open, BAD, O_RDONLY));
	FD("open a kernel pointer", syscall(SYS_open, 0xffff800000000000UL, O_RDONLY));
	munmap(page + 4096, 4096);
	memset(page, 'x', 4096);
	FD("open a path that runs into a hole", syscall(SYS_open, page + 4000, O_RDONLY));
	memcpy(page + 4096 - 5, "file", 5);
	FD("open a path that ends before a hole", syscall(SYS_open, page + 4096 - 5, O_RDONLY));
	mprotect(page, 4096, PROT_NONE);
	FD("open a path in unreadable memory", syscall(SYS_open, page + 4096 - 5, O_RDONLY));
}

int main(void)
{
	struct sockaddr_un address = {AF_UNIX, "socket"};

	start("open_errors");
	put_file("file", "content", 0644);
	put_file("secret", "content", 0600);
	MUST(mkdir("dir", 0755));
	MUST(mkdir("dir/sub", 0755));
	MUST(mkdir("closed", 0700));
	put_file("closed/file", "content", 0644);
	MUST(mkdir("passage", 0711));
	put_file("passage/file", "content", 0644);
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("dir", "dirlink"));
	MUST(symlink("file", "link"));
	MUST(symlink("loop2", "loop"));
	MUST(symlink("loop", "loop2"));
	MUST(symlink("self/self", "self"));
	MUST(mkfifo("fifo", 0644));
	MUST(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&address, sizeof(address)));
	run();
	as_user("user", permissions);
	descriptors();
	pointers();
	return 0;
}
