/*
 * The inside of the synthesized trees, shared by sentry/vfs/, syscalls/name.c and signal.c.
 *
 * What a tree contains is said by tables of rows (struct vfs_row), one table a directory. A node is
 * the chain of rows from the root of its tree, each with a key where the row stands for many names
 * (a process, a descriptor, a processor). So a node is a plain value: it needs no table of nodes,
 * and it cannot go stale but by what it names going away, which every operation finds out anew.
 *
 * To add a file, add a row to the table of its directory (pid.c, root.c, sysctl.c, sys.c) and, if
 * no helper makes its text yet, a function that prints it.
 */
#ifndef CAPBOX_SENTRY_VFS_TREE_H
#define CAPBOX_SENTRY_VFS_TREE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "sentry/vfs.h"

struct context;
struct load;
struct sentry;
struct vfs_view;
struct worker;

/* Numbers that name the children of a directory. */
struct vfs_keys {
	unsigned long *key; /* malloc */
	size_t count, room;
};

struct vfs_row {
	const char *name; /* NULL ends a table; for numbered rows what stands before the number */
	mode_t mode;	  /* type and permissions; no type is a regular file */
	unsigned flags;	  /* ROW_* */

	/* A file: prints its text. Runs with the sentry's authority. Or see ROW_LIVE. */
	int (*show)(struct vfs_view *v, FILE *out);
	const char *text; /* for show functions that many rows share */

	/* A link: its text (a length, no NUL). A magic link leads to an object: a descriptor. */
	ssize_t (*link)(struct vfs_view *v, char *buffer, size_t size);
	int (*target)(struct vfs_view *v);

	/* A directory: the table of its fixed names, and the one row of its numbered names. */
	const struct vfs_row *rows, *numbered;

	/* A numbered row: whether a number is there, and which are (v is the directory's view). */
	bool (*exists)(struct vfs_view *v, unsigned long key);
	int (*keys)(struct vfs_view *v, struct vfs_keys *keys);

	/* Where numbers have names of their own: the number of a name; the name of a number, within
	 * NAME_MAX. False: there is none. */
	bool (*find)(const char *name, unsigned long *key);
	bool (*label)(unsigned long key, char *buffer, size_t size);
};

enum vfs_row_flags {
	ROW_PID = 1 << 0, /* the key is a process (guest pid) */
	ROW_TID = 1 << 1, /* the key is a thread (guest tid) */
	/* Only for who may trace the process (ptrace(2), PTRACE_MODE_READ_FSCREDS). */
	ROW_TRACE = 1 << 2,
	/* Opening grants the host procfs file of this name (or text) of the process, to be read
	 * natively. With a printer as well: that one is for who may not trace the process. */
	ROW_LIVE = 1 << 3,
	/* Opening grants the host procfs file `text`, or else the one of the node's own path, which
	 * is the same for everyone. A directory: there when the host has it. */
	ROW_HOST = 1 << 4,
	/* A live file may be opened for writing: the kernel checks what is written. */
	ROW_WRITE = 1 << 5,
	/* Threads of the process itself pass a directory whatever its mode. */
	ROW_OWN = 1 << 6,
	/* Belongs to root although it is below a process. */
	ROW_ROOT = 1 << 7,
	/* The text is the same for everyone who may read it, and kept fresh for who has it open. */
	ROW_FRESH = 1 << 8,
	/* Only for threads of the process itself. */
	ROW_SELF = 1 << 9,
};

#define VFS_DEPTH 10

struct vfs_node {
	int tree;     /* enum vfs_trees */
	bool to_make; /* the name is for something new: that it exists is the call's failure */
	bool entry;   /* the call is about the name in its directory, not about what it names */
	int depth;    /* level[depth] is the node itself, level[0] the root of the tree */
	struct {
		const struct vfs_row *row;
		unsigned long key;
	} level[VFS_DEPTH];
};

struct vfs_tree {
	const struct vfs_row *root;
	const char *path; /* in the container: "/proc" */
	dev_t dev;
	int skeleton; /* the tmpfs, writable; -1 when the container has no such tree */
	int mount;    /* the same as mounted in the container, O_PATH */
	char **over;  /* what the config mounts on top, relative to the tree, NULL-ended */
	bool twice;   /* the config mounts it somewhere else as well */
};

struct vfs {
	struct vfs_tree tree[VFS_TREES];
	struct skeleton *skeleton;
	struct expected *expected;
	struct fresh *fresh;
	struct load *load;
	unsigned texts;			/* text files made so far; atomic */
	dev_t proc_dev, guest_proc_dev; /* of the host procfs instances */
	char boot_id[40];
};

static inline const struct vfs_row *vfs_row(const struct vfs_node *node)
{
	return node->level[node->depth].row;
}

static inline bool vfs_is_dir(const struct vfs_node *node)
{
	return S_ISDIR(vfs_row(node)->mode);
}

/* Whether the node is a process, or below one. */
bool vfs_is_of_process(const struct vfs_node *node);

/* The name of a level, and the path of a node relative to the root of its tree (which is "").
 * The length, or -ENAMETOOLONG. */
int vfs_level_name(const struct vfs_node *node, int level, char *buffer, size_t size);
int vfs_node_path(const struct vfs_node *node, char *buffer, size_t size);

/* An inode number for a node that has no directory on the skeleton: the same every time. */
uint64_t vfs_node_ino(const struct vfs_node *node);

/* Where in host procfs the file is that a live or host row stands for: path, relative to the
 * descriptor returned. Whether a kernel has it, which is not always so. */
int vfs_host_path(struct vfs_view *v, char *path, size_t size);
bool vfs_host_has(struct vfs_view *v);

/* The child of a directory. `follow`: a magic link may be left unchecked, its target will tell. */
int vfs_child(struct vfs_view *v, const char *name, bool follow, struct vfs_node *child);

/* --- the walk (walk.c) ------------------------------------------------------------------------ */

#define VFS_LINKS_MAX 40 /* symbolic links in one walk, as in Linux */

struct vfs_walk {
	struct worker *w;
	struct vfs_node node; /* where the walk is, or has ended */
	bool nofollow;	      /* a link in the last component is meant itself */
	int links;
	int fd;	    /* after VFS_LEFT: what `rest` is relative to; the caller's */
	char *rest; /* what is still to walk, within buffer */
	char buffer[4096];
};

enum { VFS_ARRIVED, VFS_LEFT };

/* Whether an absolute text leads into a tree; then sets the node to its root. The rest, or NULL. */
const char *vfs_match(struct sentry *s, const char *path, struct vfs_node *node);

/* Puts text in front of what is still to walk. -ENAMETOOLONG. */
int vfs_walk_prepend(struct vfs_walk *walk, const char *text, size_t length);

/* Takes the next component off (into name, NAME_MAX + 1 bytes): 1, 0 at the end, -ENAMETOOLONG. */
int vfs_walk_next(struct vfs_walk *walk, char *name, bool *last);

/*
 * Walks walk->rest from walk->node. VFS_ARRIVED: walk->node is it. VFS_LEFT: the walk goes on among
 * real files, from walk->fd with walk->rest; when rest is empty, the name is the open file itself.
 */
int vfs_walk(struct vfs_walk *walk);

/* --- views (view.c): a node as seen by one caller --------------------------------------------- */

struct vfs_view {
	struct worker *w;
	struct sentry *s;
	const struct vfs_node *node;
	pid_t pid, tid; /* guest pids that the path names; 0: none. tid is pid without a task/TID */
	pid_t sentry_tid;    /* tid in the sentry's pid namespace; 0: gone */
	char dir[40];	     /* of the process in host procfs: "7", "7/task/9" */
	struct context *ctx; /* of the process once view_context() has been asked; a reference */
	int own;	     /* cache of view_is_own: 0 unknown, 1 yes, 2 no */
};

/* Fills v; -ENOENT when the process that the path names is gone. */
int view_open(struct worker *w, const struct vfs_node *node, struct vfs_view *v);

/* The same for nobody: only for printers. */
int view_of(struct sentry *s, const struct vfs_node *node, struct vfs_view *v);
void view_release(struct vfs_view *v);

/* The process's context, borrowed from v; NULL when it is gone. */
const struct context *view_context(struct vfs_view *v);

/* Whether the caller is a thread of the process. */
bool view_is_own(struct vfs_view *v);

/* ptrace(2), "Ptrace access mode checking", PTRACE_MODE_READ_FSCREDS on emulated credentials: 0 or
 * -EACCES. */
int view_may_trace(struct vfs_view *v);

/* The same, asked anew: after something was taken from the process, before it is given away. */
int view_may_still_trace(struct vfs_view *v);

/* When the process or thread that the path names began; 0: none, or gone. */
unsigned long long vfs_start_time(struct vfs_view *v);

/* Who the node belongs to; whether the caller may use it so (R_OK, W_OK, X_OK), 0 or an errno. */
void view_owner(struct vfs_view *v, uid_t *uid, gid_t *gid);
int view_permission(struct vfs_view *v, int want);

/* Key of the node's own level. */
static inline unsigned long view_key(const struct vfs_view *v)
{
	return v->node->level[v->node->depth].key;
}

/* Reads a file of the process in host procfs (malloc; the caller frees). The sentry's authority. */
ssize_t view_read(struct vfs_view *v, const char *name, char **data);

/* --- the skeleton (skeleton.c) ---------------------------------------------------------------- */

int skeleton_init(struct sentry *s);

/* Makes the directories of a node as far as they are missing. The worker is dressed as the sentry.
 * 0 or a negative errno. */
int skeleton_ensure(struct vfs_view *v);

/* The node of a directory on a skeleton, by its status. -ESRCH: its process is gone. */
int skeleton_find(struct sentry *s, const struct stat *st, struct vfs_node *node);

/* --- texts (text.c) --------------------------------------------------------------------------- */

/* A file without a name on the skeleton, twice open: for the sentry and as the guest gets it. */
struct text_file {
	int rw, ro;
};

/* Makes an empty one for the node, nobody's to open yet; `how`: O_RDONLY or O_PATH for ro. */
int text_file_make(struct vfs_view *v, int how, struct text_file *file);
void text_file_close(struct text_file *file);

/* Gives it the node's owner and mode. */
int text_file_own(struct vfs_view *v, const struct text_file *file);

/* Whether st is of a host procfs file, which has been granted to a guest. */
bool vfs_is_host(struct sentry *s, const struct stat *st);

/* A read-only descriptor of a file that has the content and looks like the node. */
int text_file(struct vfs_view *v, const void *data, size_t size);

/* What the node's row prints (malloc; the caller frees, on failure too). */
int vfs_print(struct vfs_view *v, char **data, size_t *size);

/* The inode that the caller's next open of the node will have (expected.c); taken by that open. */
struct expected *expected_new(void);
int expected_stat(struct vfs_view *v, struct stat *st);
bool expected_take(struct vfs_view *v, struct text_file *file);

/* Files that stay fresh while they are open (fresh.c): ROW_FRESH. -ENFILE: too many are. */
struct fresh *fresh_new(struct sentry *s);
int fresh_open(struct vfs_view *v);
int fresh_stat(struct vfs_view *v, struct stat *st);

/* An O_PATH descriptor of a symbolic link with the text. */
int text_link(struct vfs_view *v, const char *text);

/* d_path of an open file as the guest should read it: names of text files put right, in place. */
void text_path_clean(char *path);

/* --- tables ----------------------------------------------------------------------------------- */

extern const struct vfs_row vfs_proc_root, vfs_sys_root;
extern const struct vfs_row vfs_pid_row;
extern const struct vfs_row vfs_sysctl_rows[];
extern const struct vfs_row vfs_sysctl_net_rows[];
extern const struct vfs_row vfs_net_rows[];
extern const struct vfs_row vfs_fd_row, vfs_fdinfo_row, vfs_ns_rows[];

/* Shared printers: the row's text as it is; the host's procfs file named by text, copied. */
int show_text(struct vfs_view *v, FILE *out);
int show_host(struct vfs_view *v, FILE *out);

/* Appends to keys; puts them in order; lists the numeric names of a directory. 0 or a negative
 * errno. */
int keys_add(struct vfs_keys *keys, unsigned long key);
void keys_sort(struct vfs_keys *keys);
int keys_of_directory(int dirfd, const char *path, struct vfs_keys *keys);

#endif
