/*
 * Magic links: PID/fd/N, exe, cwd and root lead to open objects, not to names; PID/fdinfo and
 * PID/ns. As in Linux, reading or following one takes permission to trace the process.
 *
 * A descriptor of the caller is fetched by the platform; one of another process with the sentry's
 * authority, after the emulated credentials have allowed it.
 *
 * #syscalls: pidfd_open pidfd_getfd pidfd_send_signal fcntl:F_DUPFD_CLOEXEC openat readlinkat
 * #syscalls: newfstatat fstat close
 */
#include "sentry/vfs/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/vfs/pid.h"
#include "sentry/worker.h"

/* d_path of an open file as this worker's root sees it. */
static ssize_t path_of_fd(struct vfs_view *v, int fd, char *buffer, size_t size)
{
	char path[40], text[PATH_MAX], whole[PATH_MAX + 256];
	struct stat st;

	snprintf(path, sizeof path, "thread-self/fd/%d", fd);
	ssize_t n = readlinkat(v->s->proc_fd, path, text, sizeof text - 1);
	if (n < 0 || fstat(fd, &st) < 0)
		return -errno;
	text[n] = 0;
	text_path_clean(text);
	/* Host procfs is not mounted anywhere: what was granted of it has only its own path. */
	bool host = vfs_is_host(v->s, &st);
	n = snprintf(whole, sizeof whole, "%s%s", host ? v->s->vfs->tree[VFS_PROC].path : "", text);
	n = MIN(n, (ssize_t)size);
	memcpy(buffer, whole, (size_t)n);
	return n;
}

static int fetch_from_other(struct vfs_view *v, int number)
{
	worker_as_sentry(v->w);
	/* A thread that is no leader needs PIDFD_THREAD (Linux 6.9); its files are the group's. */
	pid_t group = pid_group(v->s, v->sentry_tid);
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, group ? group : v->sentry_tid, 0);
	_cleanup_close_ int fd = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	int r = fd < 0 ? (errno == EBADF || errno == ESRCH ? -ENOENT : -errno) : 0;
	/* It may have become another process meanwhile, or a privileged one. */
	if (r == 0)
		r = view_may_still_trace(v);
	if (r == 0 && syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0)
		r = -ENOENT;
	worker_dress_again(v->w);
	return r < 0 ? r : steal_fd(&fd);
}

static int fd_target(struct vfs_view *v)
{
	int number = (int)view_key(v);
	int r = view_may_trace(v);
	if (r < 0)
		return r;
	if (!view_is_own(v))
		return fetch_from_other(v, number);
	int fd = trap_fetch_fd(&v->w->trap, number);
	return fd == -EBADF ? -ENOENT : fd;
}

static ssize_t link_of_target(struct vfs_view *v, char *buffer, size_t size)
{
	_cleanup_close_ int fd = vfs_row(v->node)->target(v);
	return fd < 0 ? fd : path_of_fd(v, fd, buffer, size);
}

static bool host_has(struct vfs_view *v, const char *dir, unsigned long key)
{
	char path[96];
	struct stat st;
	snprintf(path, sizeof path, "%s/%s/%lu", v->dir, dir, key);
	worker_as_sentry(v->w);
	bool has = fstatat(v->s->guest_proc_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
	worker_dress_again(v->w);
	return has;
}

static bool fd_exists(struct vfs_view *v, unsigned long key)
{
	return host_has(v, "fd", key);
}

/* The listing runs with the sentry's authority already. */
static int fd_keys(struct vfs_view *v, struct vfs_keys *keys)
{
	char path[64];
	snprintf(path, sizeof path, "%s/fd", v->dir);
	return keys_of_directory(v->s->guest_proc_fd, path, keys);
}

static int show_fdinfo(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *data = NULL;
	char name[32];
	snprintf(name, sizeof name, "fdinfo/%lu", view_key(v));
	ssize_t n = view_read(v, name, &data);
	if (n < 0)
		return (int)n;
	return fwrite(data, 1, (size_t)n, out) == (size_t)n ? 0 : -ENOMEM;
}

/* Live for stat only: the mode of a descriptor's link tells how it was opened. */
const struct vfs_row vfs_fd_row = {
    .name = "",
    .text = "fd",
    .mode = S_IFLNK | 0700,
    .flags = ROW_LIVE,
    .exists = fd_exists,
    .keys = fd_keys,
    .link = link_of_target,
    .target = fd_target,
};

const struct vfs_row vfs_fdinfo_row = {
    .name = "",
    .mode = 0444,
    .flags = ROW_TRACE,
    .exists = fd_exists,
    .keys = fd_keys,
    .show = show_fdinfo,
};

/* A duplicate of a descriptor that the process's context holds. */
static int duplicate(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return copy < 0 ? -errno : copy;
}

/* A process that has ended and not been waited for has no memory, and neither program nor places.
 */
static bool is_zombie(struct vfs_view *v)
{
	char path[64], statm[64];
	if (view_is_own(v))
		return false;
	snprintf(path, sizeof path, "%s/statm", v->dir);
	return read_file_at(v->s->guest_proc_fd, path, statm, sizeof statm) <= 0 ||
	       !strncmp(statm, "0 ", 2);
}

static const struct context *traced(struct vfs_view *v, int *error)
{
	*error = view_may_trace(v);
	if (*error == 0 && is_zombie(v))
		*error = -ENOENT;
	const struct context *c = *error < 0 ? NULL : view_context(v);
	if (!c && !*error)
		*error = -ENOENT;
	return c;
}

int vfs_exe_target(struct vfs_view *v)
{
	int error;
	const struct context *c = traced(v, &error);
	if (!c)
		return error;
	return c->program ? duplicate(c->program->fd) : -ENOENT;
}

int vfs_cwd_target(struct vfs_view *v)
{
	int error;
	const struct context *c = traced(v, &error);
	return c ? duplicate(c->cwd->fd) : error;
}

int vfs_root_target(struct vfs_view *v)
{
	int error;
	const struct context *c = traced(v, &error);
	return c ? duplicate(c->root->fd) : error;
}

ssize_t vfs_magic_link(struct vfs_view *v, char *buffer, size_t size)
{
	return link_of_target(v, buffer, size);
}

/* The text is a number of the host kernel's, the same for all who share a namespace. */
static ssize_t ns_link(struct vfs_view *v, char *buffer, size_t size)
{
	char path[64];
	int r = view_may_trace(v);
	if (r < 0)
		return r;
	snprintf(path, sizeof path, "%s/ns/%s", v->dir, vfs_row(v->node)->name);
	worker_as_sentry(v->w);
	ssize_t n = readlinkat(v->s->guest_proc_fd, path, buffer, size);
	n = n < 0 ? -errno : n;
	worker_dress_again(v->w);
	return n;
}

/* The handle tells which namespace it is; nobody in the container can enter one. */
static int ns_target(struct vfs_view *v)
{
	char path[64];
	int r = view_may_trace(v);
	if (r < 0)
		return r;
	snprintf(path, sizeof path, "%s/ns/%s", v->dir, vfs_row(v->node)->name);
	worker_as_sentry(v->w);
	int fd = openat(v->s->guest_proc_fd, path, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : fd;
	worker_dress_again(v->w);
	return r;
}

#define NAMESPACE(name_)                                                                           \
	{                                                                                          \
		.name = name_, .mode = S_IFLNK | 0777, .link = ns_link, .target = ns_target        \
	}

const struct vfs_row vfs_ns_rows[] = {
    NAMESPACE("net"),
    NAMESPACE("uts"),
    NAMESPACE("ipc"),
    NAMESPACE("pid"),
    NAMESPACE("pid_for_children"),
    NAMESPACE("user"),
    NAMESPACE("mnt"),
    NAMESPACE("cgroup"),
    NAMESPACE("time"),
    NAMESPACE("time_for_children"),
    {},
};
