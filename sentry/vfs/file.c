/*
 * The operations of vfs.h: open, stat, access and readlink of a node that a name has led to.
 *
 * #syscalls: openat read newfstatat clock_gettime close
 */
#include "sentry/vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runtime/spec.h"
#include "sentry/sentry.h"
#include "sentry/vfs/tree.h"
#include "sentry/worker.h"

bool vfs_is_skeleton(struct sentry *s, const struct stat *st)
{
	for (int i = 0; i < VFS_TREES; i++)
		if (s->vfs->tree[i].skeleton >= 0 && st->st_dev == s->vfs->tree[i].dev)
			return true;
	return false;
}

bool vfs_is_host(struct sentry *s, const struct stat *st)
{
	return st->st_dev == s->vfs->proc_dev || st->st_dev == s->vfs->guest_proc_dev;
}

/* What open(2) needs: R_OK and W_OK by the access mode, and by O_TRUNC. */
static int wanted(int flags)
{
	static const int want[] = {[O_RDONLY] = R_OK,
				   [O_WRONLY] = W_OK,
				   [O_RDWR] = R_OK | W_OK,
				   [O_ACCMODE] = R_OK | W_OK};
	if (flags & O_PATH)
		return 0;
	return want[flags & O_ACCMODE] | (flags & O_TRUNC ? W_OK : 0);
}

/* /sys, and what the config lists in linux.readonlyPaths. */
static bool is_read_only(struct vfs_view *v)
{
	const struct vfs_tree *tree = &v->s->vfs->tree[v->node->tree];
	const struct spec_strings *paths = &v->s->spec->readonly_paths;
	char path[PATH_MAX];
	size_t n = (size_t)snprintf(path, sizeof path, "%s/", tree->path);

	if (v->node->tree == VFS_SYS)
		return true;
	if (vfs_node_path(v->node, path + n, sizeof path - n) < 0)
		return false;
	for (size_t i = 0; i < paths->count; i++) {
		size_t length = strlen(paths->strings[i]);
		if (!strncmp(path, paths->strings[i], length) &&
		    (path[length] == '/' || !path[length]))
			return true;
	}
	return false;
}

static int open_directory(struct vfs_view *v, int flags)
{
	char path[PATH_MAX];

	if (!(flags & O_PATH)) {
		if (flags & O_CREAT || wanted(flags) & W_OK)
			return -EISDIR;
		int r = view_permission(v, R_OK);
		if (r < 0)
			return r;
	}
	if (vfs_node_path(v->node, path, sizeof path) < 0)
		return -ENAMETOOLONG;
	/* Permission has been asked above, of emulated credentials: threads may open their fd. */
	flags &= O_PATH | O_DIRECTORY | O_NONBLOCK;
	worker_as_sentry(v->w);
	int r = skeleton_ensure(v);
	if (r == 0) {
		r = openat(v->s->vfs->tree[v->node->tree].mount, *path ? path : ".",
			   flags | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		r = r < 0 ? -errno : r;
	}
	worker_dress_again(v->w);
	return r;
}

int vfs_host_path(struct vfs_view *v, char *path, size_t size)
{
	const struct vfs_row *row = vfs_row(v->node);
	const char *name = row->text ? row->text : row->name;
	*path = 0;
	if (row->flags & ROW_HOST) {
		if (row->text)
			snprintf(path, size, "%s", row->text);
		else
			vfs_node_path(v->node, path, size);
		return v->s->proc_fd;
	}
	if (row->exists)
		snprintf(path, size, "%s/%s/%lu", v->dir, name, view_key(v));
	else
		snprintf(path, size, "%s/%s", v->dir, name);
	return v->s->guest_proc_fd;
}

bool vfs_host_has(struct vfs_view *v)
{
	char path[160];
	struct stat st;
	int dir = vfs_host_path(v, path, sizeof path);
	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A file of host procfs, for the guest to read natively. With the sentry's authority. */
static int open_host(struct vfs_view *v, int flags)
{
	char path[160];
	int dir = vfs_host_path(v, path, sizeof path);
	flags &= O_ACCMODE | O_PATH | O_NONBLOCK | O_APPEND | O_TRUNC;
	int fd = openat(dir, path, flags | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * The link itself, for O_PATH | O_NOFOLLOW: a real one with the same text, which has no name but
 * while it is opened. Where it leads is decided anew by who follows its text.
 */
static int open_link(struct vfs_view *v, int flags)
{
	char text[PATH_MAX];
	if (!(flags & O_PATH))
		return -ELOOP;
	ssize_t n = vfs_row(v->node)->link(v, text, sizeof text - 1);
	if (n < 0)
		return (int)n;
	text[n] = 0;
	worker_as_sentry(v->w);
	int fd = text_link(v, text);
	worker_dress_again(v->w);
	return fd;
}

int vfs_print(struct vfs_view *v, char **data, size_t *size)
{
	_cleanup_file_ FILE *out = open_memstream(data, size);
	if (!out)
		return -ENOMEM;
	int r = vfs_row(v->node)->show(v, out);
	if (r == 0 && (fflush(out) || ferror(out)))
		r = -ENOMEM;
	return r;
}

static int open_text(struct vfs_view *v)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r = vfs_row(v->node)->flags & ROW_FRESH ? fresh_open(v) : -ENFILE;
	if (r != -ENFILE)
		return r;
	r = vfs_print(v, &data, &size);
	return r < 0 ? r : text_file(v, data, size);
}

static int open_file(struct vfs_view *v, int flags)
{
	const struct vfs_row *row = vfs_row(v->node);
	int want = wanted(flags);

	if (want & W_OK && v->node->tree == VFS_SYS)
		return -EROFS;
	int r = want ? view_permission(v, want) : 0;
	if (r < 0)
		return r;
	if (row->flags & ROW_TRACE && !(flags & O_PATH)) {
		r = view_may_trace(v);
		if (r < 0)
			return r;
	}
	if (row->flags & ROW_SELF && !(flags & O_PATH) && !view_is_own(v))
		return -EACCES;
	/* What cannot be written here is refused when it is opened, not when it is written. */
	if (want & W_OK && !(row->flags & ROW_WRITE))
		return is_read_only(v) ? -EROFS : -EACCES;
	bool closed = !row->show && !(row->flags & (ROW_LIVE | ROW_HOST));
	if (closed && !(flags & O_PATH))
		return -EACCES;
	/* A live file with a printer as well: the printer serves who may not trace the process. */
	bool host = row->flags & (ROW_LIVE | ROW_HOST) && (!row->show || view_may_trace(v) == 0);
	view_context(v);
	worker_as_sentry(v->w);
	if (closed)
		r = text_file(v, "", 0);
	else
		r = host ? open_host(v, flags) : open_text(v);
	worker_dress_again(v->w);
	bool guarded = row->flags & ROW_TRACE || (host && row->show);
	if (r >= 0 && guarded && !(flags & O_PATH) && view_may_still_trace(v) < 0) {
		close(r);
		return -EACCES;
	}
	return r;
}

int vfs_open(struct worker *w, struct vfs_node *node, int flags, mode_t mode)
{
	struct vfs_view v;
	mode_t type = vfs_row(node)->mode & S_IFMT;

	if (flags & O_CREAT && flags & O_EXCL)
		return -EEXIST;
	if ((flags & O_TMPFILE) == O_TMPFILE)
		return -EOPNOTSUPP;
	if (flags & O_DIRECTORY && type != S_IFDIR)
		return -ENOTDIR;
	int r = view_open(w, node, &v);
	if (r < 0)
		return r;
	if (type == S_IFLNK) /* kept by O_NOFOLLOW */
		r = open_link(&v, flags);
	else
		r = type == S_IFDIR ? open_directory(&v, flags) : open_file(&v, flags);
	view_release(&v);
	return r;
}

/* tmpfs counts the directories that have been made, procfs those that could be. That of task is one
 * for each thread, from which a program may tell whether it is alone. */
static int count_directories(struct vfs_view *v, nlink_t *links)
{
	const struct vfs_row *numbered = vfs_row(v->node)->numbered;
	struct vfs_keys keys = {};
	int r = 0;

	*links = 2;
	for (const struct vfs_row *row = vfs_row(v->node)->rows; row && row->name; row++)
		*links += S_ISDIR(row->mode);
	if (numbered && S_ISDIR(numbered->mode))
		r = numbered->keys(v, &keys);
	*links += keys.count;
	free(keys.key);
	return r;
}

static int stat_directory(struct vfs_view *v, struct stat *st)
{
	int mount = v->s->vfs->tree[v->node->tree].mount;
	char path[PATH_MAX];
	int r = vfs_node_path(v->node, path, sizeof path);
	if (r < 0)
		return r;
	worker_as_sentry(v->w);
	r = skeleton_ensure(v);
	if (r == 0 && fstatat(mount, *path ? path : ".", st, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	if (r == 0)
		r = count_directories(v, &st->st_nlink);
	worker_dress_again(v->w);
	st->st_size = 0;
	st->st_blocks = 0;
	return r;
}

/* Of a host file that stands for the node: what fstat will tell when it is open. */
static int stat_host(struct vfs_view *v, struct stat *st)
{
	char path[160];
	int dir = vfs_host_path(v, path, sizeof path);
	struct stat host;
	worker_as_sentry(v->w);
	int r = fstatat(dir, path, &host, AT_SYMLINK_NOFOLLOW) ? -errno : 0;
	worker_dress_again(v->w);
	if (r < 0)
		return r;
	if (S_ISLNK(host.st_mode)) {
		st->st_mode = host.st_mode;
		st->st_size = host.st_size;
	} else {
		st->st_dev = host.st_dev;
		st->st_ino = host.st_ino;
		/* A setting may be read-only in some namespaces. */
		if (vfs_row(v->node)->flags & ROW_HOST)
			st->st_mode = host.st_mode;
	}
	return 0;
}

/* The inode that an open of the node will show. */
static int stat_inode(struct vfs_view *v, struct stat *st)
{
	const struct vfs_row *row = vfs_row(v->node);
	struct stat file;

	if (row->flags & (ROW_LIVE | ROW_HOST))
		return stat_host(v, st);
	if (!row->show)
		return 0;
	worker_as_sentry(v->w);
	int r = row->flags & ROW_FRESH ? fresh_stat(v, &file) : -ENFILE;
	if (r == -ENFILE)
		r = expected_stat(v, &file);
	worker_dress_again(v->w);
	if (r == 0)
		st->st_ino = file.st_ino;
	return r;
}

static int stat_made_up(struct vfs_view *v, struct stat *st)
{
	const struct vfs_row *row = vfs_row(v->node);
	bool sys = v->node->tree == VFS_SYS;

	st->st_dev = v->s->vfs->tree[v->node->tree].dev;
	st->st_ino = vfs_node_ino(v->node);
	st->st_mode = row->mode & S_IFMT ? row->mode : S_IFREG | row->mode;
	st->st_nlink = 1;
	view_owner(v, &st->st_uid, &st->st_gid);
	st->st_blksize = sys ? 4096 : 1024;
	if (S_ISLNK(row->mode) && row->text && !row->exists)
		st->st_size = (off_t)strlen(row->text);
	else if (S_ISREG(st->st_mode) && sys)
		st->st_size = 4096;
	clock_gettime(CLOCK_REALTIME, &st->st_mtim);
	st->st_atim = st->st_ctim = st->st_mtim;
	return stat_inode(v, st);
}

int vfs_stat(struct worker *w, struct vfs_node *node, struct stat *st)
{
	struct vfs_view v;
	memset(st, 0, sizeof *st);
	int r = view_open(w, node, &v);
	if (r == 0)
		r = vfs_is_dir(node) ? stat_directory(&v, st) : stat_made_up(&v, st);
	view_release(&v);
	return r;
}

int vfs_access(struct worker *w, struct vfs_node *node, int mode)
{
	struct vfs_view v;
	int r = view_open(w, node, &v);
	if (r == 0 && node->tree == VFS_SYS && mode & W_OK)
		r = -EROFS;
	if (r == 0 && mode)
		r = view_permission(&v, mode);
	view_release(&v);
	return r;
}

ssize_t vfs_readlink(struct worker *w, struct vfs_node *node, char *buffer, size_t size)
{
	struct vfs_view v;
	if (!vfs_row(node)->link)
		return -EINVAL;
	ssize_t r = view_open(w, node, &v);
	if (r == 0)
		r = vfs_row(node)->link(&v, buffer, size);
	view_release(&v);
	return r;
}

int vfs_refuse_change(struct worker *w, struct vfs_node *node)
{
	if (node->to_make)
		return -EEXIST;
	if (node->tree == VFS_SYS)
		return -EROFS;
	/* /proc/sys asks for the mode alone, of whoever has no privilege over the host. */
	if (node->depth > 1 && node->level[1].row->rows == vfs_sysctl_rows)
		return -EACCES;
	/* To change the entry takes permission to write the directory, which nobody has by its
	 * mode. The directory of a process is immutable besides. */
	const unsigned process = ROW_PID | ROW_TID;
	bool immutable = node->depth && node->level[node->depth - 1].row->flags & process;
	if (!node->entry || immutable || cred_capable(w->ctx->cred, CAP_DAC_OVERRIDE))
		return -EPERM;
	return -EACCES;
}

int show_text(struct vfs_view *v, FILE *out)
{
	return fputs(vfs_row(v->node)->text, out) < 0 ? -ENOMEM : 0;
}

int show_host(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *data = NULL;
	const struct vfs_row *row = vfs_row(v->node);
	_cleanup_close_ int fd = openat(v->s->proc_fd, row->text, O_RDONLY | O_CLOEXEC);
	char chunk[4096];
	ssize_t n = fd < 0 ? -1 : 0;
	while (fd >= 0 && (n = read(fd, chunk, sizeof chunk)) > 0)
		fwrite(chunk, 1, (size_t)n, out);
	return n < 0 ? -errno : 0;
}
