/* memfd_create and seals. */
#include "facts.h"

int main(void)
{
	char b[64];
	struct stat st;

	start("memory_files");
	int fd = memfd_create("name", MFD_CLOEXEC | MFD_ALLOW_SEALING), plain = memfd_create("", 0);
	FACT("close-on-exec", fcntl(fd, F_GETFD));
	FACT("write", write(fd, "content", 7));
	fstat(fd, &st);
	say("owner %d:%d", st.st_uid, st.st_gid);
	say("mode %06o size %ld links %lu", st.st_mode, (long)st.st_size,
	    (unsigned long)st.st_nlink);
	snprintf(b, sizeof(b), "/proc/self/fd/%d", fd);
	FD("open it again", open(b, O_RDWR));
	FACT("truncate it by path", truncate(b, 100));
	FACT("chmod", fchmod(fd, 0600));
	FACT("seals", fcntl(fd, F_GET_SEALS));
	FACT("seals of one without", fcntl(plain, F_GET_SEALS));
	FACT("add to one without", fcntl(plain, F_ADD_SEALS, F_SEAL_WRITE));
	FACT("seal shrink", fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	FACT("shrink", ftruncate(fd, 1));
	FACT("grow", ftruncate(fd, 200));
	FACT("seal grow", fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	FACT("grow", ftruncate(fd, 300));
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	FACT("seal write with a mapping", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	munmap(p, 4096);
	FACT("seal write", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	FACT("write", pwrite(fd, "x", 1, 0));
	OK("map writable", mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0));
	OK("map readable", mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	FD("open again for writing", open(b, O_RDWR));
	FACT("seal the seals", fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
	FACT("add another", fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	FACT("seals", fcntl(fd, F_GET_SEALS));
	FACT("seals of a file", fcntl(open("file", O_RDWR | O_CREAT, 0600), F_GET_SEALS));
	FACT("a name of 249", close(memfd_create(repeat('x', 249), 0)));
	FACT("a name of 250", memfd_create(repeat('x', 250), 0));
	FACT("bad flags", memfd_create("x", 0x1000));
	FACT("a bad pointer", memfd_create(BAD, 0));
	return 0;
}
