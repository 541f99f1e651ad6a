/*
 * Nodes: names of levels, paths, children. See tree.h.
 *
 * #syscalls: openat fstat fcntl:F_GETFL,F_SETFD getdents64 close
 */
#include "sentry/vfs/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "lib/cleanup.h"

bool vfs_is_of_process(const struct vfs_node *node)
{
	for (int i = 1; i <= node->depth; i++)
		if (node->level[i].row->flags & ROW_PID)
			return true;
	return false;
}

/* What a numbered row makes of a key; fixed rows have their name. */
int vfs_level_name(const struct vfs_node *node, int level, char *buffer, size_t size)
{
	const struct vfs_row *row = node->level[level].row;
	if (row->label) {
		if (!row->label(node->level[level].key, buffer, size))
			*buffer = 0;
		return (int)strlen(buffer);
	}
	int n = row->exists ? snprintf(buffer, size, "%s%lu", row->name, node->level[level].key)
			    : snprintf(buffer, size, "%s", row->name);
	return (size_t)n < size ? n : -ENAMETOOLONG;
}

int vfs_node_path(const struct vfs_node *node, char *buffer, size_t size)
{
	size_t length = 0;
	if (!size)
		return -ENAMETOOLONG;
	buffer[0] = 0;
	for (int i = 1; i <= node->depth; i++) {
		if (i > 1 && length + 1 < size)
			buffer[length++] = '/';
		int n = vfs_level_name(node, i, buffer + length, size - length);
		if (n < 0)
			return n;
		length += (size_t)n;
	}
	return (int)length;
}

uint64_t vfs_node_ino(const struct vfs_node *node)
{
	char path[256];
	uint64_t hash = UINT64_C(0xcbf29ce484222325) + (uint64_t)node->tree; /* FNV-1a */
	if (vfs_node_path(node, path, sizeof path) < 0)
		path[0] = 0;
	for (const char *p = path; *p; p++)
		hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	/* Above the numbers that tmpfs counts up for directories, and small enough for everyone. */
	return UINT64_C(0x80000000) | (hash & UINT64_C(0x7fffffff));
}

/* A number as procfs takes it: decimal, no sign, no leading zero. */
static bool parse_key(const char *s, unsigned long *key)
{
	if (!*s || (*s == '0' && s[1]))
		return false;
	unsigned long value = 0;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || value > INT_MAX / 10)
			return false;
		value = value * 10 + (unsigned long)(*s - '0');
	}
	*key = value;
	return value <= INT_MAX;
}

static bool push(struct vfs_node *node, const struct vfs_row *row, unsigned long key)
{
	if (node->depth + 1 >= VFS_DEPTH)
		return false;
	node->depth++;
	node->level[node->depth].row = row;
	node->level[node->depth].key = key;
	return true;
}

static bool find_key(const struct vfs_row *many, const char *name, unsigned long *key)
{
	if (many->find)
		return many->find(name, key);
	size_t n = strlen(many->name);
	return !strncmp(name, many->name, n) && parse_key(name + n, key);
}

/* A directory that stands for one of the host's. */
static bool is_missing(struct vfs_view *v, const struct vfs_node *node)
{
	struct vfs_view at = *v;
	at.node = node;
	return vfs_is_dir(node) && vfs_row(node)->flags & ROW_HOST && !vfs_host_has(&at);
}

int vfs_child(struct vfs_view *v, const char *name, bool follow, struct vfs_node *child)
{
	const struct vfs_row *dir = vfs_row(v->node);
	*child = *v->node;

	for (const struct vfs_row *row = dir->rows; row && row->name; row++)
		if (!strcmp(row->name, name))
			return push(child, row, 0) && !is_missing(v, child) ? 0 : -ENOENT;

	const struct vfs_row *many = dir->numbered;
	unsigned long key;
	if (!many || !find_key(many, name, &key))
		return -ENOENT;
	if (!(follow && many->target) && !many->exists(v, key))
		return -ENOENT;
	return push(child, many, key) ? 0 : -ENOENT;
}

int keys_add(struct vfs_keys *keys, unsigned long key)
{
	if (keys->count == keys->room) {
		size_t room = keys->room ? keys->room * 2 : 64;
		unsigned long *more = reallocarray(keys->key, room, sizeof *more);
		if (!more)
			return -ENOMEM;
		keys->key = more;
		keys->room = room;
	}
	keys->key[keys->count++] = key;
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;
	return x < y ? -1 : x > y;
}

void keys_sort(struct vfs_keys *keys)
{
	if (keys->count)
		qsort(keys->key, keys->count, sizeof *keys->key, compare_keys);
}

int keys_of_directory(int dirfd, const char *path, struct vfs_keys *keys)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	_cleanup_dir_ DIR *dir = fdopendir(fd);
	if (!dir)
		return -errno;
	steal_fd(&fd);
	const struct dirent *e;
	while ((e = readdir(dir))) {
		unsigned long key;
		if (parse_key(e->d_name, &key) && keys_add(keys, key) < 0)
			return -ENOMEM;
	}
	keys_sort(keys);
	return 0;
}
