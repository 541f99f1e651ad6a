/*
 * Texts: the content of a file of a synthesized tree, as the guest gets to read it.
 *
 * The content is put into a file of its own on the skeleton's tmpfs, which loses its name at once:
 * so the device is the one that stat tells, and nobody but the holder of the descriptor can reach
 * it. While it has a name, that is one which no guest can say (names on the skeleton are not
 * walked for guests) and which tells what the file is, for /proc/PID/fd/N and maps of its holder.
 *
 *	\1 COUNTER \1 PATH         with \1 for each slash of the path
 *
 * #syscalls: openat fchmod fchown symlinkat unlinkat close
 */
#include "sentry/vfs/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"

#define MARK '\1'

static int text_name(struct vfs_view *v, char *name, size_t size)
{
	unsigned number = __atomic_fetch_add(&v->s->vfs->texts, 1, __ATOMIC_RELAXED);
	int n = snprintf(name, size, "%c%x%c", MARK, number, MARK);
	int r = vfs_node_path(v->node, name + n, size - (size_t)n);
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = MARK;
	return r;
}

int text_file_make(struct vfs_view *v, int how, struct text_file *file)
{
	const struct vfs_tree *tree = &v->s->vfs->tree[v->node->tree];
	char name[NAME_MAX + 1];

	int r = text_name(v, name, sizeof name);
	if (r < 0)
		return r;
	_cleanup_close_ int rw =
	    openat(tree->skeleton, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0);
	if (rw < 0)
		return errno == ENOSPC ? -ENOMEM : -errno;
	_cleanup_close_ int ro = openat(tree->mount, name, how | O_CLOEXEC);
	r = ro < 0 ? -errno : 0;
	unlinkat(tree->skeleton, name, 0);
	if (r == 0)
		*file = (struct text_file){.rw = steal_fd(&rw), .ro = steal_fd(&ro)};
	return r;
}

void text_file_close(struct text_file *file)
{
	close_fd(&file->rw);
	close_fd(&file->ro);
}

int text_file_own(struct vfs_view *v, const struct text_file *file)
{
	uid_t uid;
	gid_t gid;
	view_owner(v, &uid, &gid);
	if ((uid || gid) && fchown(file->rw, uid, gid) < 0)
		return -errno;
	return fchmod(file->rw, vfs_row(v->node)->mode & 07777) < 0 ? -errno : 0;
}

int text_file(struct vfs_view *v, const void *data, size_t size)
{
	_cleanup_(text_file_close) struct text_file file = {-1, -1};
	int r = expected_take(v, &file) ? 0 : text_file_make(v, O_RDONLY, &file);
	if (r == 0)
		r = write_all(file.rw, data, size);
	if (r >= 0)
		r = text_file_own(v, &file);
	if (r < 0)
		return r == -ENOSPC ? -ENOMEM : r;
	return steal_fd(&file.ro);
}

int text_link(struct vfs_view *v, const char *text)
{
	const struct vfs_tree *tree = &v->s->vfs->tree[v->node->tree];
	char name[NAME_MAX + 1];

	int r = text_name(v, name, sizeof name);
	if (r < 0)
		return r;
	if (symlinkat(text, tree->skeleton, name) < 0)
		return errno == ENOSPC ? -ENOMEM : -errno;
	int fd = openat(tree->mount, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	r = fd < 0 ? -errno : fd;
	unlinkat(tree->skeleton, name, 0);
	return r;
}

/* "/proc/\1 2a\1 7\1 status (deleted)" is "/proc/7/status". */
void text_path_clean(char *path)
{
	static const char deleted[] = " (deleted)";
	char *mark = strchr(path, MARK);
	char *name = mark ? strchr(mark + 1, MARK) : NULL;
	/* A guest's own files may have such bytes in their names. */
	if (!name || (mark > path && mark[-1] != '/') || name == mark + 1 ||
	    mark + 1 + strspn(mark + 1, "0123456789abcdef") != name)
		return;
	size_t n = strlen(name + 1);
	memmove(mark, name + 1, n + 1);
	for (char *p = mark; *p; p++)
		if (*p == MARK)
			*p = '/';
	char *end = mark + n - (sizeof deleted - 1);
	if (n >= sizeof deleted && !strcmp(end, deleted))
		*end = 0;
}
