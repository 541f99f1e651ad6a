#include "runtime/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"

int tree_open(const struct mount_tree *t, const char *path, int flags)
{
	struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	for (;;) {
		long fd = syscall(SYS_openat2, t->root, path, &how, sizeof how);
		if (fd >= 0)
			return (int)fd;
		/* EAGAIN: something was renamed meanwhile, and the kernel could not be sure. */
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
}

/* The directory at the first `length` bytes of the path, made when it is missing. */
static int make_parent(const struct mount_tree *t, const char *path, size_t length)
{
	char prefix[PATH_MAX];
	while (length > 0 && path[length - 1] == '/')
		length--;
	if (length == 0)
		return tree_open(t, "/", O_PATH | O_DIRECTORY);
	if (length >= sizeof prefix)
		return -ENAMETOOLONG;
	memcpy(prefix, path, length);
	prefix[length] = '\0';
	int fd = tree_open(t, prefix, O_PATH | O_DIRECTORY);
	if (fd != -ENOENT)
		return fd;
	const char *slash = memrchr(prefix, '/', length);
	_cleanup_close_ int parent = make_parent(t, prefix, slash ? (size_t)(slash - prefix) : 0);
	if (parent < 0)
		return parent;
	if (mkdirat(parent, slash ? slash + 1 : prefix, 0755) < 0 && errno != EEXIST)
		return -errno;
	return tree_open(t, prefix, O_PATH | O_DIRECTORY);
}

int tree_parent(const struct mount_tree *t, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	*name = slash ? slash + 1 : path;
	return make_parent(t, path, slash ? (size_t)(slash - path) : 0);
}

int tree_mount_point(const struct mount_tree *t, const char *path, bool directory)
{
	int fd = tree_open(t, path, O_PATH | (directory ? O_DIRECTORY : 0));
	if (fd != -ENOENT)
		return fd;
	if (directory)
		return make_parent(t, path, strlen(path));
	const char *name;
	_cleanup_close_ int parent = tree_parent(t, path, &name);
	if (parent < 0)
		return parent;
	_cleanup_close_ int file =
	    openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (file < 0)
		return -errno;
	return tree_open(t, path, O_PATH);
}

int tree_attach(int mount, int point)
{
	return move_mount(mount, "", point, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) <
		       0
		   ? -errno
		   : 0;
}
