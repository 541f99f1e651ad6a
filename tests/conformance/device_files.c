/* The device nodes: reading, writing, seeking, mapping, waiting, requests, modes, owners. */
#include "facts.h"
#include <linux/random.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

static const char *const nodes[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
				    "/dev/urandom"};

static void each(const char *name)
{
	char b[64];
	struct stat st;
	int fd = (int)MUST(open(name, O_RDWR));
	struct pollfd p = {fd, POLLIN | POLLOUT, 0};

	memset(b, 'x', sizeof(b));
	MUST(fstat(fd, &st));
	say("%s: mode %o owner %u:%u device %u:%u size %ld", name, st.st_mode, st.st_uid, st.st_gid,
	    major(st.st_rdev), minor(st.st_rdev), (long)st.st_size);
	FACT("read", read(fd, b, 16));
	say("  zeroes %d", b[0] == 0 && b[15] == 0);
	FACT("write", write(fd, b, 16));
	FACT("write nothing", write(fd, b, 0));
	FACT("readv", readv(fd, &(struct iovec){b, 16}, 1));
	FACT("pread", pread(fd, b, 16, 1000));
	FACT("pwrite", pwrite(fd, b, 16, 1000));
	FACT("read into nothing", read(fd, BAD, 16));
	FACT("lseek", lseek(fd, 77, SEEK_SET));
	FACT("  from the end", lseek(fd, 0, SEEK_END));
	FACT("ftruncate", ftruncate(fd, 0));
	FACT("fallocate", fallocate(fd, 0, 0, 10));
	FACT("fsync", fsync(fd));
	FACT("poll", poll(&p, 1, 0));
	say("  events %x", p.revents);
	FACT("sendfile from it",
	     sendfile(open("out", O_RDWR | O_CREAT | O_TRUNC, 0600), fd, NULL, 16));
	FACT("sendfile to it", sendfile(fd, open("file", O_RDONLY), NULL, 4));
	FACT("copy_file_range", copy_file_range(fd, NULL, open("out", O_RDWR), NULL, 4, 0));
	OK("mmap shared", mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	OK("mmap private", m);
	if (m != MAP_FAILED)
		say("  reads %d", m[100]);
	FACT("flock", fcntl(fd, F_SETLK, &(struct flock){.l_type = F_WRLCK}));
	FACT("FIONREAD", ioctl(fd, FIONREAD, b));
	FACT("FIONBIO", ioctl(fd, FIONBIO, &(int){1}));
	FACT("TCGETS", ioctl(fd, TCGETS, b));
	FACT("RNDGETENTCNT", ioctl(fd, RNDGETENTCNT, b));
	close(fd);
	FD("O_TRUNC", open(name, O_WRONLY | O_TRUNC));
	FD("O_APPEND", open(name, O_WRONLY | O_APPEND));
	FD("O_CREAT", open(name, O_WRONLY | O_CREAT, 0644));
	FD("O_EXCL", open(name, O_WRONLY | O_CREAT | O_EXCL, 0644));
	FD("O_DIRECTORY", open(name, O_RDONLY | O_DIRECTORY));
	FD("O_DIRECT", open(name, O_RDONLY | O_DIRECT));
	FACT("truncate", truncate(name, 0));
	FACT("a name below", access("/dev/null/x", F_OK));
	FACT("execve", execl(name, name, NULL));
	FACT("access", access(name, R_OK | W_OK));
	FACT("access to execute", access(name, X_OK));
}

static void user(void)
{
	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		FD(nodes[i], open(nodes[i], O_RDWR));
		FACT("chmod", chmod(nodes[i], 0600));
		FACT("chown", chown(nodes[i], USER, USER));
		FACT("unlink", unlink(nodes[i]));
	}
	FACT("add entropy", ioctl(open("/dev/random", O_RDWR), RNDADDENTROPY, (int[]){8, 0}));
	FACT("clear the pool", ioctl(open("/dev/random", O_RDWR), RNDCLEARPOOL));
	FACT("make a file in /dev", open("/dev/mine", O_WRONLY | O_CREAT, 0600));
}

static void links(void)
{
	static const char *const names[] = {"fd", "stdin", "stdout", "stderr", "ptmx"};
	char path[32], text[100];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "/dev/%s", names[i]);
		ssize_t n = readlink(path, text, sizeof(text) - 1);
		text[n < 0 ? 0 : n] = '\0';
		say("%s -> %s", path, text);
	}
	FD("/dev/stdin", open("/dev/stdin", O_RDONLY));
	FACT("/dev/fd/1", access("/dev/fd/1", F_OK));
	FACT("/dev/fd/77", access("/dev/fd/77", F_OK));
	FACT("/dev/shm is writable", mkdir("/dev/shm/device_files", 0700));
	rmdir("/dev/shm/device_files");
	FACT("a file in /dev", close(open("/dev/device_files", O_WRONLY | O_CREAT, 0600)));
	FACT("  goes again", unlink("/dev/device_files"));
}

static void random_bytes(void)
{
	char a[64], z[64];

	FACT("getrandom", syscall(SYS_getrandom, a, 64, 0));
	FACT("  without waiting", syscall(SYS_getrandom, z, 64, GRND_NONBLOCK | GRND_RANDOM));
	FACT("  they differ", memcmp(a, z, 64) != 0);
	FACT("  insecure and random", syscall(SYS_getrandom, z, 64, GRND_INSECURE | GRND_RANDOM));
	FACT("  bad flags", syscall(SYS_getrandom, z, 64, 64));
	FACT("  to nowhere", syscall(SYS_getrandom, BAD, 64, 0));
	FACT("  nothing", syscall(SYS_getrandom, NULL, 0, 0));
	FACT("much", syscall(SYS_getrandom, malloc(1 << 20), 1 << 20, 0));
}

int main(void)
{
	start("device_files");
	put_file("file", "content", 0644);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++)
		each(nodes[i]);
	as_user("as a user", user);
	links();
	random_bytes();
	return 0;
}
