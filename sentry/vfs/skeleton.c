/*
 * The skeletons: one private tmpfs for each synthesized tree, holding directories only. They are
 * made when somebody opens or stats them, so a container that never lists /proc has none, and
 * removed by a sweep when their process is gone. An index leads from a directory to its node and
 * back.
 *
 * A number may name another process than it did when its directory was made, so the index keeps the
 * start time of the process with each directory that a number names. A directory whose process
 * is gone answers ESRCH to whoever still holds it, as procfs does.
 *
 * The tmpfs is writable through tree->skeleton only; as mounted in the container it is read-only.
 *
 * #syscalls: mkdirat unlinkat fchownat fstat newfstatat
 */
#include "sentry/vfs/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/vfs.h"

#define DIRS_MAX    49152u /* the tmpfs has room for text files as well */
#define SWEEP_AFTER 256u   /* new directories */
#define PATH_SIZE   128

struct inode_key {
	uint64_t tree, ino;
};

struct dir {
	char path[PATH_SIZE]; /* the number of the tree, then the path within it */
	struct inode_key inode;
	struct vfs_node node;
	unsigned long long start; /* of the process or thread that the name names; 0: none */
	uid_t uid;
	gid_t gid;
	bool dead;
	UT_hash_handle by_path, by_inode;
};

struct skeleton {
	pthread_mutex_t lock;
	struct dir *paths, *inodes;
	unsigned count, sweep_at;
};

/* Start time, the 22nd field of stat; 0 when there is no such process. */
static unsigned long long start_time(struct sentry *s, const char *dir)
{
	char path[64], stat[1024];
	snprintf(path, sizeof path, "%s/stat", dir);
	if (read_file_at(s->guest_proc_fd, path, stat, sizeof stat) <= 0)
		return 0;
	const char *p = strrchr(stat, ')');
	for (int field = 2; p && field < 22; field++) {
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	return p ? strtoull(p, NULL, 10) : 0;
}

unsigned long long vfs_start_time(struct vfs_view *v)
{
	return v->pid ? start_time(v->s, v->dir) : 0;
}

static bool names_process(const struct vfs_node *node)
{
	return vfs_row(node)->flags & (ROW_PID | ROW_TID);
}

static void forget(struct skeleton *sk, struct dir *d)
{
	HASH_DELETE(by_path, sk->paths, d);
	HASH_DELETE(by_inode, sk->inodes, d);
	sk->count--;
	free(d);
}

/* Removes what is marked, children before their parents. */
static void remove_dead(struct sentry *s)
{
	struct skeleton *sk = s->vfs->skeleton;
	struct dir *d, *next;
	for (int depth = VFS_DEPTH - 1; depth > 0; depth--)
		for (d = sk->paths; d; d = next) {
			next = d->by_path.next;
			if (!d->dead || d->node.depth != depth)
				continue;
			unlinkat(s->vfs->tree[d->node.tree].skeleton, d->path + 1, AT_REMOVEDIR);
			forget(sk, d);
		}
}

/* Marks a directory and all below it. */
static void mark_dead(struct skeleton *sk, const struct dir *top)
{
	size_t n = strlen(top->path);
	for (struct dir *d = sk->paths; d; d = d->by_path.next)
		if (!strncmp(d->path, top->path, n) && (d->path[n] == '/' || !d->path[n]))
			d->dead = true;
}

static void sweep(struct sentry *s)
{
	struct skeleton *sk = s->vfs->skeleton;
	for (struct dir *d = sk->paths; d; d = d->by_path.next) {
		for (int i = 1; i <= d->node.depth; i++)
			if (d->node.level[i].row->flags & (ROW_PID | ROW_TID) &&
			    !pid_to_sentry(s, (pid_t)d->node.level[i].key))
				d->dead = true;
	}
	remove_dead(s);
	sk->sweep_at = sk->count + SWEEP_AFTER;
}

static int add(struct sentry *s, struct dir *new, ino_t ino)
{
	struct skeleton *sk = s->vfs->skeleton;
	struct dir *d = malloc(sizeof *d), *stale;
	if (!d)
		return -ENOMEM;
	*d = *new;
	d->inode = (struct inode_key){(uint64_t)d->node.tree, ino};
	HASH_FIND(by_inode, sk->inodes, &d->inode, sizeof d->inode, stale);
	if (stale)
		forget(sk, stale);
	HASH_ADD(by_path, sk->paths, path, (unsigned)strlen(d->path), d);
	HASH_ADD(by_inode, sk->inodes, inode, sizeof d->inode, d);
	sk->count++;
	return 0;
}

/* Makes one directory, whose parent is there, and enters it in the index. */
static int make(struct sentry *s, struct dir *new)
{
	const struct vfs_tree *tree = &s->vfs->tree[new->node.tree];
	const char *path = new->path[1] ? new->path + 1 : ".";
	struct stat st;

	if (s->vfs->skeleton->count >= DIRS_MAX)
		return -ENOMEM;
	if (mkdirat(tree->skeleton, path, vfs_row(&new->node)->mode & 07777) < 0 && errno != EEXIST)
		return errno == ENOSPC ? -ENOMEM : -errno;
	if (fstatat(tree->skeleton, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	new->uid = st.st_uid;
	new->gid = st.st_gid;
	return add(s, new, st.st_ino);
}

/* Processes change their ids, and their directories follow when somebody looks. */
static void own(struct vfs_view *v, const struct vfs_node *node, struct dir *d)
{
	struct vfs_view at = *v; /* borrows the context */
	uid_t uid;
	gid_t gid;
	at.node = node;
	if (!vfs_is_of_process(node))
		at.pid = 0;
	view_owner(&at, &uid, &gid);
	if (d->uid == uid && d->gid == gid)
		return;
	int fd = v->s->vfs->tree[node->tree].skeleton;
	if (fchownat(fd, d->path[1] ? d->path + 1 : ".", uid, gid, AT_SYMLINK_NOFOLLOW) == 0) {
		d->uid = uid;
		d->gid = gid;
	}
}

static int ensure_level(struct vfs_view *v, const struct vfs_node *node)
{
	struct skeleton *sk = v->s->vfs->skeleton;
	struct dir new = {.node = *node}, *d;

	new.path[0] = (char)('0' + node->tree);
	int n = vfs_node_path(node, new.path + 1, sizeof new.path - 1);
	if (n < 0)
		return n;
	if (names_process(node)) {
		new.start = start_time(
		    v->s, node->level[node->depth].row->flags & ROW_PID ? new.path + 1 : v->dir);
		if (!new.start)
			return -ENOENT;
	}
	HASH_FIND(by_path, sk->paths, new.path, (unsigned)strlen(new.path), d);
	if (d && d->start != new.start) {
		mark_dead(sk, d);
		remove_dead(v->s);
		d = NULL;
	}
	if (!d) {
		int r = make(v->s, &new);
		if (r < 0)
			return r;
		HASH_FIND(by_path, sk->paths, new.path, (unsigned)strlen(new.path), d);
	}
	own(v, node, d);
	return 0;
}

int skeleton_ensure(struct vfs_view *v)
{
	struct skeleton *sk = v->s->vfs->skeleton;
	struct vfs_node part = *v->node;
	int r = 0;

	view_context(v);
	pthread_mutex_lock(&sk->lock);
	if (sk->count >= sk->sweep_at)
		sweep(v->s);
	for (part.depth = 0; r == 0 && part.depth <= v->node->depth; part.depth++)
		r = ensure_level(v, &part);
	pthread_mutex_unlock(&sk->lock);
	return r;
}

int skeleton_find(struct sentry *s, const struct stat *st, struct vfs_node *node)
{
	struct skeleton *sk = s->vfs->skeleton;
	struct inode_key key = {.ino = st->st_ino};
	struct dir *d;

	while (key.tree < VFS_TREES && s->vfs->tree[key.tree].dev != st->st_dev)
		key.tree++;
	pthread_mutex_lock(&sk->lock);
	HASH_FIND(by_inode, sk->inodes, &key, sizeof key, d);
	int r = d ? 0 : -ESRCH;
	if (d)
		*node = d->node;
	/* Every name on the way must still name who it named. */
	char path[PATH_SIZE];
	for (struct vfs_node part = d ? *node : (struct vfs_node){.depth = -1};
	     r == 0 && part.depth >= 0; part.depth--) {
		if (!names_process(&part))
			continue;
		path[0] = (char)('0' + part.tree);
		vfs_node_path(&part, path + 1, sizeof path - 1);
		HASH_FIND(by_path, sk->paths, path, (unsigned)strlen(path), d);
		if (!d || d->start != start_time(s, path + 1))
			r = -ESRCH;
	}
	pthread_mutex_unlock(&sk->lock);
	return r;
}

int skeleton_init(struct sentry *s)
{
	struct skeleton *sk = calloc(1, sizeof *sk);
	if (!sk)
		return -ENOMEM;
	pthread_mutex_init(&sk->lock, NULL);
	sk->sweep_at = SWEEP_AFTER;
	s->vfs->skeleton = sk;
	for (int i = 0; i < VFS_TREES; i++) {
		struct dir new = {.path = {(char)('0' + i)}, .node = {.tree = i}};
		struct stat st;
		new.node.level[0].row = s->vfs->tree[i].root;
		if (s->vfs->tree[i].skeleton < 0)
			continue;
		if (fstat(s->vfs->tree[i].skeleton, &st) < 0)
			return -errno;
		int r = add(s, &new, st.st_ino);
		if (r < 0)
			return r;
	}
	return 0;
}
