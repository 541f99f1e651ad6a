/*
 * Names: the path arguments of system calls. name_read() copies the guest's string once, fetches
 * the directory descriptor it is relative to, and finds out whether it leads into a synthesized
 * tree (/proc, /sys; DESIGN.md section 8.1) or into the container's real files.
 *
 *	_cleanup_(name_release) struct name n = NAME_EMPTY;
 *	int r = name_read(w, (int)t->args[0], t->args[1], w->path, 0, &n);
 *	if (r < 0)
 *		return r;
 *	do {
 *		if (n.node)
 *			r = vfs_access(w, n.node, mode);
 *		else
 *			r = faccessat(n.dirfd, n.path, ...) ? -errno : 0;
 *	} while (name_reconsider(w, &n, r));
 *	return r;
 *
 * The kernel walks real names itself, so a symbolic link on the way may lead into a synthesized
 * tree without anyone noticing: the walk then ends on the bare skeleton, mostly with ENOENT.
 * name_reconsider() looks again after such a result and returns true when the call must be made
 * once more on n, which now says where the name really leads.
 */
#ifndef CAPBOX_SYSCALLS_NAME_H
#define CAPBOX_SYSCALLS_NAME_H

#include <stdbool.h>
#include <stdint.h>

struct trap;
struct worker;
struct vfs_node;

struct name {
	int dirfd;	   /* what path is relative to: AT_FDCWD or a descriptor */
	int owned_fd;	   /* closed by name_release, or -1 */
	const char *path;  /* the string (the caller's buffer or owned_path); "" with NAME_EMPTY_OK */
	unsigned flags;
	unsigned rounds;       /* how often it has been reconsidered */
	bool undressed;	       /* the call is made again with the sentry's authority */
	struct vfs_node *node; /* not NULL: the name is a node of a synthesized tree; owned */
	char *owned_path;      /* freed by name_release, or NULL; path may point to it */
};

#define NAME_EMPTY {.dirfd = -1, .owned_fd = -1}

#define NAME_NOFOLLOW 1u /* a link in the last component is meant itself (lstat, unlink, O_NOFOLLOW) */
#define NAME_EMPTY_OK 2u /* "" means dirfd itself (AT_EMPTY_PATH); otherwise "" is ENOENT */
#define NAME_CREATE   4u /* the last component may be missing (O_CREAT, mkdir, rename's target) */
#define NAME_NULL_OK  8u /* a null pointer means dirfd itself (utimensat): path is NULL */
#define NAME_BENEATH  16u /* dirfd counts for an absolute path too (openat2: RESOLVE_BENEATH, IN_ROOT) */
#define NAME_QUERY    32u /* for a call that changes nothing (platform.h: trap_peek_string) */

/* Reads a name relative to guest_dirfd (or AT_FDCWD) from the guest into buffer[PATH_MAX], which n borrows. */
int name_read(struct worker *w, int guest_dirfd, uint64_t address, char *buffer, unsigned flags,
	      struct name *n);

/* The same for a string that the sentry already has (a script's interpreter, PT_INTERP). */
int name_from_string(struct worker *w, char *path, unsigned flags, struct name *n);

/*
 * A file of the host that was handed over gives what it was opened for and no more (handed_over.c).
 * Whether an open with these O_* flags of what the name leads to keeps to that (0 or -EACCES);
 * whether its attributes may be changed (0 or -EPERM); and a descriptor of the guest's whose
 * attributes are to be changed, as trap_fetch_fd() returns it (-EPERM when they may not).
 */
int name_may_open(struct worker *w, const struct name *n, int flags);
int name_may_change(struct worker *w, const struct name *n);
int fetch_fd_to_change(struct trap *t, int guest_fd);

bool name_reconsider(struct worker *w, struct name *n, int64_t result);
void name_release(struct name *n);

#endif
