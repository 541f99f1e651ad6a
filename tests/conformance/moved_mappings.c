/* mremap, madvise, mprotect and their like: what stays in the pages, what a child gets. */
#include "facts.h"

#define PAGE 4096UL

static char *pages(size_t n)
{
	char *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; i < n; i++)
		p[i * PAGE] = (char)('a' + i);
	return p;
}

static void moving(void)
{
	char *p = pages(4), *q;

	munmap(p + 2 * PAGE, PAGE);
	FACT("shrink", mremap(p, 2 * PAGE, PAGE, 0) == p);
	OK("grow in place", mremap(p, PAGE, 2 * PAGE, 0));
	OK("grow over another without moving", mremap(p, PAGE, 8 * PAGE, 0));
	q = mremap(p, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	FACT("grow and move", q != MAP_FAILED);
	say("  content %c %d", q[0], q[3 * PAGE]);
	p = pages(2);
	q = mmap(NULL, 8 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FACT("to a place of its own",
	     mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q);
	say("  content %c %c", q[0], q[PAGE]);
	OK("MREMAP_FIXED alone", mremap(q, PAGE, PAGE, MREMAP_FIXED, p));
	OK("over itself", mremap(q, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q + PAGE));
	OK("an odd address", mremap(q + 1, PAGE, PAGE, MREMAP_MAYMOVE));
	OK("to nothing", mremap(q, PAGE, 0, 0));
	OK("bad flags", mremap(q, PAGE, PAGE, 64));
	OK("of nothing", mremap((void *)0x10000, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*p = 's';
	q = mremap(p, 0, PAGE, MREMAP_MAYMOVE);
	FACT("a second view of shared memory", q != MAP_FAILED);
	*p = 't';
	say("  content %c", *q);
	OK("a second view of private memory", mremap(pages(1), 0, PAGE, MREMAP_MAYMOVE));
	p = pages(1);
	q = mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	FACT("MREMAP_DONTUNMAP", q != MAP_FAILED);
	say("  content there %c, here %d", *q, *p);
}

static void advice(void)
{
	char *p = pages(3);
	int fd = memfd_create("x", 0);

	FACT("MADV_DONTNEED", madvise(p, PAGE, MADV_DONTNEED));
	say("  zeroes %d, kept %c", p[0], p[PAGE]);
	FACT("MADV_FREE", madvise(p, PAGE, MADV_FREE));
	FACT("MADV_WIPEONFORK", madvise(p + PAGE, PAGE, MADV_WIPEONFORK));
	FACT("MADV_DONTFORK", madvise(p + 2 * PAGE, PAGE, MADV_DONTFORK));
	pid_t pid = child();
	if (pid == 0) {
		say("  the child finds %d", p[PAGE]);
		_exit(p[2 * PAGE]);
	}
	say_end("  and dies of the other", pid);
	say("  the parent finds %c %c", p[PAGE], p[2 * PAGE]);
	FACT("MADV_KEEPONFORK", madvise(p + PAGE, PAGE, MADV_KEEPONFORK));
	FACT("MADV_DOFORK", madvise(p + 2 * PAGE, PAGE, MADV_DOFORK));
	FACT("MADV_DONTDUMP", madvise(p, PAGE, MADV_DONTDUMP));
	FACT("MADV_POPULATE_WRITE", madvise(p, PAGE, 23));
	FACT("MADV_COLD", madvise(p, PAGE, 20));
	FACT("MADV_PAGEOUT", madvise(p, PAGE, 21));
	FACT("an odd address", madvise(p + 1, PAGE, MADV_NORMAL));
	FACT("no bytes", madvise(p, 0, MADV_NORMAL));
	munmap(p + PAGE, PAGE);
	FACT("with a hole", madvise(p, 3 * PAGE, MADV_DONTNEED));
	FACT("MADV_REMOVE of private memory", madvise(p, PAGE, MADV_REMOVE));
	ftruncate(fd, 2 * PAGE);
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p[0] = p[PAGE] = 'x';
	FACT("MADV_REMOVE of shared memory", madvise(p, PAGE, MADV_REMOVE));
	say("  a hole %d, kept %c", p[0], p[PAGE]);
	FACT("posix_madvise", posix_madvise(p, PAGE, POSIX_MADV_DONTNEED));
	say("  does nothing: %c", p[PAGE]);
	FACT("MADV_HUGEPAGE of nothing", madvise((void *)0x10000, PAGE, MADV_HUGEPAGE));
}

static void protection(void)
{
	char *p = pages(3);

	FACT("mprotect the middle", mprotect(p + PAGE, PAGE, PROT_NONE));
	int fd = open("file", O_RDWR | O_CREAT, 0600);
	FACT("write from it", write(fd, p + PAGE, 1));
	FACT("write into it from before", write(fd, p, 2 * PAGE));
	FACT("read into it", pread(fd, p + PAGE, 1, 0));
	FACT("read up to it", pread(fd, p + PAGE - 10, 20, 0));
	FACT("mprotect over a hole",
	     (munmap(p + 2 * PAGE, PAGE), mprotect(p, 3 * PAGE, PROT_READ)));
	FACT("an odd address", mprotect(p + 1, PAGE, PROT_READ));
	FACT("bad bits", mprotect(p, PAGE, 0x100));
	FACT("grows down, but is not such", mprotect(p, PAGE, PROT_READ | PROT_GROWSDOWN));
	FACT("msync of nothing", msync(p + 2 * PAGE, PAGE, MS_SYNC));
	FACT("msync, both", msync(p, PAGE, MS_SYNC | MS_ASYNC));
	FACT("msync, odd", msync(p + 1, PAGE, MS_SYNC));
	FACT("munmap, odd", munmap(p + 1, PAGE));
	FACT("munmap of nothing", munmap(p + 2 * PAGE, PAGE));
	FACT("munmap, no bytes", munmap(p, 0));
	void *top = sbrk(0);
	FACT("sbrk", sbrk(10000) == top);
	memset(top, 1, 10000);
	FACT("back", sbrk(-10000) == (char *)top + 10000);
	FACT("brk beyond a limit", (setrlimit(RLIMIT_DATA, &(struct rlimit){0, RLIM_INFINITY}),
				    brk((char *)top + (1 << 24))));
	FACT("mmap beyond RLIMIT_AS",
	     (setrlimit(RLIMIT_AS, &(struct rlimit){1 << 20, RLIM_INFINITY}),
	      mmap(NULL, 1 << 24, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED));
}

static void limited_calls(void)
{
	setrlimit(RLIMIT_AS, &(struct rlimit){0, RLIM_INFINITY});
	FD("a call without room for memory", open("file", O_RDONLY));
	OK("fork", fork() == 0 ? (_exit(0), 0) : 0);
	execl("/bin/true", "true", NULL);
	FAILED("exec");
}

int main(void)
{
	start("moved_mappings");
	in_child("moving", moving);
	in_child("advice", advice);
	in_child("protection", protection);
	in_child("without room", limited_calls);
	return 0;
}
