/* mmap of files: shared and private, permissions, beyond the end, between processes. */
#include "facts.h"

static void sharing(void)
{
	int fd = (int)MUST(open("file", O_RDWR));
	char b[16] = "";
	char *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	shared[0] = 'S';
	private[1] = 'P';
	pread(fd, b, 3, 0);
	say("the file then: %.3s", b);
	pwrite(fd, "Z", 1, 2);
	say("both see a write: %c %c", shared[2], private[2]);
	pid_t pid = child();
	if (pid == 0) {
		shared[3] = 'C';
		private[3] = 'x';
		_exit(0);
	}
	say_end("child", pid);
	say("shared %c private %c", shared[3], private[3]);
	FACT("msync", msync(shared, 4096, MS_SYNC));
	FACT("bytes behind the end are zero", shared[100]);
	close(fd);
	FACT("it stays after close", shared[0] == 'S');
	MUST(unlink("file"));
	FACT("and after unlink", shared[0] == 'S');
	FACT("munmap", munmap(shared, 4096));
}

static void rules(void)
{
	int r = (int)MUST(open("other", O_RDONLY)), w = (int)MUST(open("other", O_WRONLY)),
	    rw = (int)MUST(open("other", O_RDWR)),
	    noexec = (int)MUST(open("/noexec/x", O_RDWR | O_CREAT, 0755));

	OK("shared writable of a read-only descriptor",
	   mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, r, 0));
	OK("private writable of a read-only descriptor",
	   mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE, r, 0));
	OK("of a write-only descriptor", mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, w, 0));
	OK("shared writable", mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, rw, 0));
	OK("executable", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, r, 0));
	OK("executable on a noexec mount",
	   mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, noexec, 0));
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, noexec, 0);
	FACT("made executable on a noexec mount", mprotect(p, 4096, PROT_READ | PROT_EXEC));
	OK("a directory", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, open(".", O_RDONLY), 0));
	OK("a bad descriptor", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0));
	OK("length 0", mmap(NULL, 0, PROT_READ, MAP_PRIVATE, r, 0));
	OK("an odd offset", syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, r, 100));
	OK("neither shared nor private", mmap(NULL, 4096, PROT_READ, 0, r, 0));
	p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, r, 0);
	FACT("a read-only one cannot become writable", mprotect(p, 4096, PROT_READ | PROT_WRITE));
	p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FACT("mremap", mremap(p, 8192, 16384, MREMAP_MAYMOVE) != MAP_FAILED);
	OK("fixed over nothing", mmap((void *)0x10000000, 4096, PROT_READ,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	OK("fixed over something", mmap((void *)0x10000000, 4096, PROT_READ,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
	FACT("madvise", madvise((void *)0x10000000, 4096, MADV_DONTNEED));
	FACT("madvise, bad advice", madvise((void *)0x10000000, 4096, 7777));
	FACT("writable and executable memory",
	     mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		  0) != MAP_FAILED);
	FACT("mlock", mlock((void *)0x10000000, 4096));
	FACT("munlock", munlock((void *)0x10000000, 4096));
	unsigned char vec[1];
	FACT("mincore", mincore((void *)0x10000000, 4096, vec));
	FACT("mincore of nothing", mincore((void *)0x20000000, 4096, vec));
}

static void beyond(void)
{
	int fd = (int)MUST(open("other", O_RDWR));
	volatile char *p = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);

	(void)p[5000];
}

static void truncated(void)
{
	int fd = (int)MUST(open("other", O_RDWR));
	volatile char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	MUST(ftruncate(fd, 0));
	(void)p[0];
}

static void lock_free(void)
{
	long *counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			     (int)MUST(open("counter", O_RDWR)), 0);

	for (int i = 0; i < 4; i++)
		if (child() == 0) {
			int fd = open("counter", O_RDWR);
			long *mine = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			for (int k = 0; k < 10000; k++)
				__atomic_add_fetch(mine, 1, __ATOMIC_SEQ_CST);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	FACT("four processes count together", *counter);
}

int main(void)
{
	start("mappings");
	put_file("file", "0123456789", 0644);
	put_file("other", "0123456789", 0755);
	put_file("counter", "", 0644);
	MUST(truncate("counter", 4096));
	sharing();
	rules();
	in_child("beyond the end", beyond);
	in_child("truncated", truncated);
	lock_free();
	return 0;
}
