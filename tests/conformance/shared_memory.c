/* Memory that processes share: shm_open(3), shared mappings of files, msync, seals of memfds. */
#include "facts.h"

static void posix_memory(void)
{
	struct stat st;
	int fd = shm_open("/conformance", O_RDWR | O_CREAT | O_EXCL, 0640);

	OK("shm_open", fd);
	FACT("again", shm_open("/conformance", O_RDWR | O_CREAT | O_EXCL, 0600));
	MUST(ftruncate(fd, 8192));
	MUST(fstat(fd, &st));
	say("mode %06o size %ld", st.st_mode, (long)st.st_size);
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	strcpy(p, "from the parent");
	pid_t pid = child();
	if (pid == 0) {
		int other = shm_open("/conformance", O_RDWR, 0);
		char *q = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0);
		say("child reads: %s", q);
		strcpy(q + 4096, "from the child");
		_exit(0);
	}
	say_end("child", pid);
	say("parent reads: %s", p + 4096);
	FACT("its file", access("/dev/shm/conformance", F_OK));
	FACT("unlink", shm_unlink("/conformance"));
	FACT("unlink again", shm_unlink("/conformance"));
	say("still there: %s", p);
	FACT("a bad name", shm_open("/a/b", O_RDWR | O_CREAT, 0600));
}

static void file_mappings(void)
{
	char b[16] = "";

	put_file("file", "0123456789", 0644);
	int fd = open("file", O_RDWR | O_CLOEXEC);
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p[0] = 'S';
	FACT("pread sees it", pread(fd, b, 10, 0));
	say("  %s", b);
	FACT("pwrite", pwrite(fd, "W", 1, 1));
	say("  %.10s", p);
	FACT("msync", msync(p, 4096, MS_SYNC));
	FACT("msync, off by one", msync(p + 1, 4096, MS_SYNC));
	FACT("msync, nothing there", msync(p + (1 << 30), 4096, MS_SYNC));
	char *q = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	q[0] = 'P';
	say("private: %.10s, shared: %.10s", q, p);
	int ro = open("file", O_RDONLY | O_CLOEXEC);
	FACT("shared writing, opened for reading",
	     mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, ro, 0) == MAP_FAILED);
	FACT("an offset that is no page",
	     mmap(NULL, 4096, PROT_READ, MAP_SHARED, ro, 1) == MAP_FAILED);
	int path = open("file", O_PATH | O_CLOEXEC);
	FACT("O_PATH", (long)mmap(NULL, 4096, PROT_READ, MAP_SHARED, path, 0));
	FACT("mremap", mremap(p, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED);
	FACT("a program of it without noexec",
	     mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, ro, 0) == MAP_FAILED);
	put_file("/noexec/file", "x", 0755);
	FACT("with noexec", (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE,
				       open("/noexec/file", O_RDONLY), 0));
	char *r = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, open("/noexec/file", O_RDONLY), 0);
	FACT("mprotect with noexec", mprotect(r, 4096, PROT_READ | PROT_EXEC));
}

int main(void)
{
	start("shared_memory");
	posix_memory();
	file_mappings();
	return 0;
}
