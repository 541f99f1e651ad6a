/* O_PATH, O_TMPFILE, O_DIRECTORY and O_NOFOLLOW: what such descriptors can and cannot do. */
#include "facts.h"
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/xattr.h>

static void path_descriptor(void)
{
	char b[64];
	struct stat st;
	struct statfs sfs;
	int fd = (int)MUST(open("file", O_PATH | O_CLOEXEC));

	FACT("O_PATH: read", read(fd, b, 1));
	FACT("O_PATH: write", write(fd, b, 1));
	FACT("O_PATH: lseek", lseek(fd, 0, SEEK_SET));
	FACT("O_PATH: ftruncate", ftruncate(fd, 0));
	FACT("O_PATH: fchmod", fchmod(fd, 0600));
	FACT("O_PATH: fchown", fchown(fd, 0, 0));
	FACT("O_PATH: fstat", fstat(fd, &st));
	FACT("O_PATH: fstatfs", fstatfs(fd, &sfs));
	FACT("O_PATH: fgetxattr", fgetxattr(fd, "user.x", b, sizeof(b)));
	FACT("O_PATH: mmap", (long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
	FACT("O_PATH: ioctl", ioctl(fd, FIONREAD, b));
	FACT("O_PATH: fchdir", fchdir(fd));
	FACT("O_PATH: fsync", fsync(fd));
	FACT("O_PATH: futimens", futimens(fd, NULL));
	FACT("O_PATH: F_GETFD", fcntl(fd, F_GETFD));
	say("O_PATH: F_GETFL: %o", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
	FACT("O_PATH: F_SETFL", fcntl(fd, F_SETFL, O_APPEND));
	FACT("O_PATH: F_GETLK", fcntl(fd, F_GETLK, &(struct flock){.l_type = F_RDLCK}));
	FD("O_PATH: dup", dup(fd));
	FD("O_PATH: openat with an empty path", openat(fd, "", O_RDONLY));
	FACT("O_PATH: fstatat with an empty path", fstatat(fd, "", &st, AT_EMPTY_PATH));
	FACT("O_PATH: faccessat with an empty path", faccessat(fd, "", R_OK, AT_EMPTY_PATH));
	snprintf(b, sizeof(b), "/proc/self/fd/%d", fd);
	FD("O_PATH: re-opened through /proc", open(b, O_RDWR));
	FACT("O_PATH: chmod through /proc", chmod(b, 0640));
	say_mode("O_PATH: the mode then", "file");
	close(fd);
	fd = (int)MUST(open("dir", O_PATH));
	FD("O_PATH directory: openat", openat(fd, "inner", O_RDONLY));
	FACT("O_PATH directory: getdents64", syscall(SYS_getdents64, fd, b, sizeof(b)));
	FACT("O_PATH directory: fchdir", fchdir(fd));
	MUST(chdir(".."));
	close(fd);
	fd = (int)MUST(open("link", O_PATH | O_NOFOLLOW));
	FACT("O_PATH symlink: fstat", fstat(fd, &st));
	say("O_PATH symlink: mode %o", st.st_mode);
	FACT("O_PATH symlink: readlinkat with an empty path", readlinkat(fd, "", b, sizeof(b)));
	FD("O_PATH symlink: openat", openat(fd, "x", O_RDONLY));
	snprintf(b, sizeof(b), "/proc/self/fd/%d", fd);
	FD("O_PATH symlink: re-opened through /proc", open(b, O_RDONLY));
	close(fd);
	FD("O_PATH ignores O_CREAT", open("missing", O_PATH | O_CREAT, 0600));
	FD("O_PATH ignores O_TRUNC", open("file", O_PATH | O_TRUNC));
	FD("O_PATH of a dangling symlink", open("dangling", O_PATH));
	FD("O_PATH of a socketless fifo does not block", open("fifo", O_PATH));
	FD("O_PATH and O_DIRECTORY of a file", open("file", O_PATH | O_DIRECTORY));
	FD("O_PATH, O_DIRECTORY, O_NOFOLLOW of a directory link",
	   open("dirlink", O_PATH | O_DIRECTORY | O_NOFOLLOW));
}

static void temporary(void)
{
	struct stat st;
	char path[64];
	int fd = open("dir", O_TMPFILE | O_RDWR, 0666);

	FACT("O_TMPFILE: write", write(fd, "hello", 5));
	MUST(fstat(fd, &st));
	say("O_TMPFILE: links %ld, mode %o, size %ld", (long)st.st_nlink, st.st_mode,
	    (long)st.st_size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FACT("O_TMPFILE: linkat through /proc",
	     linkat(AT_FDCWD, path, AT_FDCWD, "dir/named", AT_SYMLINK_FOLLOW));
	MUST(fstat(fd, &st));
	say("O_TMPFILE: links then %ld", (long)st.st_nlink);
	FACT("O_TMPFILE: unlink the name", unlink("dir/named"));
	FACT("O_TMPFILE: linkat after the last name went",
	     linkat(AT_FDCWD, path, AT_FDCWD, "dir/again", AT_SYMLINK_FOLLOW));
	close(fd);
	fd = open("dir", O_TMPFILE | O_RDWR | O_EXCL, 0600);
	FACT("O_TMPFILE with O_EXCL", fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FACT("O_EXCL forbids linkat",
	     linkat(AT_FDCWD, path, AT_FDCWD, "dir/named2", AT_SYMLINK_FOLLOW));
	close(fd);
	fd = open("dir", O_TMPFILE | O_WRONLY, 0600);
	FACT("linkat with an empty path", linkat(fd, "", AT_FDCWD, "dir/third", AT_EMPTY_PATH));
	close(fd);
	FD("O_TMPFILE read-only", open("dir", O_TMPFILE | O_RDONLY, 0600));
	FD("O_TMPFILE with O_CREAT", open("dir", O_TMPFILE | O_RDWR | O_CREAT, 0600));
	FD("O_TMPFILE on a file", open("file", O_TMPFILE | O_RDWR, 0600));
	FD("O_TMPFILE in a missing directory", open("missing", O_TMPFILE | O_RDWR, 0600));
	FD("O_TMPFILE on a read-only file system", open("/etc", O_TMPFILE | O_RDWR, 0600));
	FD("O_TMPFILE in /tmp", open("/tmp", O_TMPFILE | O_RDWR, 0600));
	FD("O_TMPFILE in /proc", open("/proc", O_TMPFILE | O_RDWR, 0600));
	FD("half of O_TMPFILE", open("dir", (O_TMPFILE & ~O_DIRECTORY) | O_RDWR, 0600));
}

static void as_plain_user(void)
{
	char path[64];
	int fd = (int)MUST(open("secret", O_PATH));

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FD("user: O_PATH re-opened", open(path, O_RDONLY));
	FACT("user: linkat with an empty path", linkat(fd, "", AT_FDCWD, "/tmp/x", AT_EMPTY_PATH));
	FD("user: O_TMPFILE in root's directory", open("dir", O_TMPFILE | O_RDWR, 0600));
	FD("user: O_TMPFILE in /tmp", open("/tmp", O_TMPFILE | O_RDWR, 0600));
}

int main(void)
{
	start("open_special");
	put_file("file", "content", 0644);
	put_file("secret", "content", 0600);
	MUST(mkdir("dir", 0755));
	put_file("dir/inner", "content", 0644);
	MUST(symlink("file", "link"));
	MUST(symlink("dir", "dirlink"));
	MUST(symlink("nowhere", "dangling"));
	MUST(mkfifo("fifo", 0644));
	path_descriptor();
	temporary();
	as_user("user", as_plain_user);
	return 0;
}
