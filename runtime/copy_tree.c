#include "runtime/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/cleanup.h"

#define DEPTH_MAX 512 /* of directories; each holds two descriptors */

static int copy_directory(int from, int to, dev_t device, int depth);

static int copy_xattrs(int from, int to)
{
	char names[4096], value[4096];
	ssize_t size = flistxattr(from, names, sizeof names);
	for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
		ssize_t n = fgetxattr(from, name, value, sizeof value);
		/* What the new filesystem has no room for is left behind, as cp -a does. */
		if (n >= 0 && fsetxattr(to, name, value, (size_t)n, 0) < 0 && errno != EOPNOTSUPP &&
		    errno != EPERM)
			return -errno;
	}
	return 0;
}

static int copy_attributes(int from, int to, const struct stat *st)
{
	const struct timespec times[2] = {st->st_atim, st->st_mtim};
	if (fchown(to, st->st_uid, st->st_gid) < 0 || fchmod(to, st->st_mode & 07777) < 0)
		return -errno;
	int r = copy_xattrs(from, to);
	return r < 0 ? r : futimens(to, times) < 0 ? -errno : 0;
}

static int copy_file(int fromdir, int todir, const char *name, const struct stat *st)
{
	_cleanup_close_ int from = openat(fromdir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0)
		return -errno;
	_cleanup_close_ int to =
	    openat(todir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	ssize_t n;
	while ((n = sendfile(to, from, NULL, 1 << 30)) > 0)
		;
	return n < 0 ? -errno : copy_attributes(from, to, st);
}

static int copy_subdirectory(int fromdir, int todir, const char *name, const struct stat *st,
			     dev_t device, int depth)
{
	_cleanup_close_ int from =
	    openat(fromdir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0 || mkdirat(todir, name, 0700) < 0)
		return -errno;
	_cleanup_close_ int to =
	    openat(todir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return -errno;
	int r = st->st_dev == device ? copy_directory(from, to, device, depth + 1) : 0;
	return r < 0 ? r : copy_attributes(from, to, st);
}

static int copy_link(int fromdir, int todir, const char *name, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fromdir, name, target, sizeof target - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (symlinkat(target, todir, name) < 0 ||
	    fchownat(todir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static int copy_entry(int from, int to, const char *name, dev_t device, int depth)
{
	struct stat st;
	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	switch (st.st_mode & S_IFMT) {
	case S_IFREG:
		return copy_file(from, to, name, &st);
	case S_IFDIR:
		return copy_subdirectory(from, to, name, &st, device, depth);
	case S_IFLNK:
		return copy_link(from, to, name, &st);
	case S_IFIFO:
		if (mkfifoat(to, name, st.st_mode & 0777) < 0 ||
		    fchownat(to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		return 0;
	default:
		return 0;
	}
}

static int copy_directory(int from, int to, dev_t device, int depth)
{
	if (depth > DEPTH_MAX)
		return -ELOOP;
	int copy = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir)
		return -errno;
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		int r = copy_entry(from, to, entry->d_name, device, depth);
		if (r < 0)
			return r;
	}
	return 0;
}

int copy_tree(int from, int to)
{
	struct stat st;
	return fstat(from, &st) < 0 ? -errno : copy_directory(from, to, st.st_dev, 0);
}
