/*
 * Directory entries of a skeleton directory, as procfs lists them: ".", "..", the names of the
 * table, then numbers in ascending order.
 *
 * The position is that of the guest's own open directory, whose offset the kernel keeps (it is a
 * real one): 0 and 1 for the dots, then the index in the table, then NUMBERS plus the number. So a
 * number that comes or goes between two calls disturbs no other, and seekdir works.
 *
 * #syscalls: fstat lseek
 */
#include "sentry/vfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/sentry.h"
#include "sentry/vfs/tree.h"
#include "sentry/worker.h"

#define DOTS	2
#define NUMBERS 256 /* position of number 0; no table is as long */

struct listing {
	struct vfs_view *v;
	char *buffer;
	size_t size, used;
	off_t position; /* of the next entry */
	bool full;
};

struct entry { /* struct linux_dirent64 */
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static unsigned char type_of(mode_t mode)
{
	return mode & S_IFMT ? IFTODT(mode) : DT_REG;
}

/* Adds one entry; `next` is the position behind it. */
static void emit(struct listing *l, const char *name, mode_t mode, uint64_t ino, off_t next)
{
	size_t length = (offsetof(struct entry, name) + strlen(name) + 1 + 7) & ~(size_t)7;
	if (l->full || l->used + length > l->size) {
		l->full = true;
		return;
	}
	struct entry *e = (struct entry *)(l->buffer + l->used);
	memset(e, 0, length);
	e->ino = ino;
	e->off = next;
	e->reclen = (unsigned short)length;
	e->type = type_of(mode);
	strcpy(e->name, name);
	l->used += length;
	l->position = next;
}

static void emit_child(struct listing *l, const struct vfs_row *row, unsigned long key, off_t next)
{
	struct vfs_node child = *l->v->node;
	char name[NAME_MAX + 1];
	if (child.depth + 1 >= VFS_DEPTH)
		return;
	child.depth++;
	child.level[child.depth].row = row;
	child.level[child.depth].key = key;
	if (vfs_level_name(&child, child.depth, name, sizeof name) > 0)
		emit(l, name, row->mode, vfs_node_ino(&child), next);
}

static void list_dots(struct listing *l)
{
	struct vfs_node parent = *l->v->node;
	if (l->position == 0)
		emit(l, ".", S_IFDIR, vfs_node_ino(&parent), 1);
	if (parent.depth)
		parent.depth--;
	if (l->position == 1)
		emit(l, "..", S_IFDIR, vfs_node_ino(&parent), DOTS);
}

/* Kernels are built without some of the files that live and host rows stand for. */
static bool host_has(struct vfs_view *v, const struct vfs_row *row)
{
	struct vfs_node child = *v->node;
	struct vfs_view at = *v;
	if (!(row->flags & (ROW_LIVE | ROW_HOST)) || child.depth + 1 >= VFS_DEPTH)
		return true;
	child.level[++child.depth].row = row;
	at.node = &child;
	return vfs_host_has(&at);
}

static void list_table(struct listing *l)
{
	const struct vfs_row *rows = vfs_row(l->v->node)->rows;
	off_t i = 0;
	for (; rows && rows[i].name; i++)
		if (l->position == DOTS + i && !l->full) {
			if (host_has(l->v, &rows[i]))
				emit_child(l, &rows[i], 0, DOTS + i + 1);
			else
				l->position++;
		}
	if (l->position == DOTS + i)
		l->position = NUMBERS;
}

static int list_numbers(struct listing *l)
{
	const struct vfs_row *row = vfs_row(l->v->node)->numbered;
	struct vfs_keys keys = {};
	if (!row || l->position < NUMBERS || l->full)
		return 0;
	worker_as_sentry(l->v->w);
	int r = row->keys(l->v, &keys);
	worker_dress_again(l->v->w);
	for (size_t i = 0; r == 0 && i < keys.count; i++)
		if ((off_t)keys.key[i] + NUMBERS >= l->position)
			emit_child(l, row, keys.key[i], NUMBERS + (off_t)keys.key[i] + 1);
	free(keys.key);
	return r;
}

ssize_t vfs_getdents(struct worker *w, int dirfd, void *buffer, size_t size)
{
	struct vfs_node node;
	struct vfs_view v;
	struct stat st;

	off_t start = lseek(dirfd, 0, SEEK_CUR);
	if (start < 0 || fstat(dirfd, &st) < 0)
		return -errno;
	int r = skeleton_find(w->sentry, &st, &node);
	if (r < 0)
		return -ENOENT;
	struct listing l = {.v = &v, .buffer = buffer, .size = size, .position = start};
	r = view_open(w, &node, &v);
	if (r == 0) {
		list_dots(&l);
		list_table(&l);
		r = list_numbers(&l);
	}
	view_release(&v);
	if (r < 0)
		return r;
	if (l.full && !l.used)
		return -EINVAL;
	if (l.position != start && lseek(dirfd, l.position, SEEK_SET) < 0)
		return -errno;
	return (ssize_t)l.used;
}
