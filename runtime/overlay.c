/*
 * See overlay.h. Layers must be mounted where the overlay is made, and the host's own mount
 * namespace is none of capbox's to mount in. So a process of its own, in a mount namespace of its
 * own, makes the overlay of a root and hands the detached mount back. The overlay holds its layers,
 * so the memory that the changes lie in is freed when the last user of the container's root ends:
 * there is nothing to clean up.
 */
#include "runtime/overlay.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/mount_tree.h"
#include "runtime/rootless.h"

#define ANNOTATION "dev.capbox.overlay"

/* --- the mount ------------------------------------------------------------------------------ */

/* One of the two directories; *made is false when it was there already, and may be. */
static int make_directory(const struct overlay *o, const char *name, bool *made)
{
	*made = mkdirat(o->base, name, 0700) == 0;
	return *made || (o->kept && errno == EEXIST) ? 0 : -errno;
}

/* The upper directory looks like the lower one. */
static int make_layers(const struct overlay *o)
{
	struct stat st;
	bool made;
	int r = fstat(o->lower, &st) < 0 ? -errno : make_directory(o, o->work, &made);
	if (r == 0)
		r = make_directory(o, o->upper, &made);
	if (r == 0 && made &&
	    (fchownat(o->base, o->upper, st.st_uid, st.st_gid, 0) < 0 ||
	     fchmodat(o->base, o->upper, st.st_mode & 07777, 0) < 0))
		r = -errno;
	return r;
}

int overlay_mount(const struct overlay *o, struct error *e)
{
	int r = make_layers(o);
	if (r < 0)
		return error_set(e, -r, "overlay of %s", o->name);
	/* Paths of the host may hold what overlay's options give a meaning. */
	char lower[64], upper[64], work[64];
	snprintf(lower, sizeof lower, "/proc/self/fd/%d", o->lower);
	snprintf(upper, sizeof upper, "/proc/self/fd/%d/%s", o->base, o->upper);
	snprintf(work, sizeof work, "/proc/self/fd/%d/%s", o->base, o->work);
	const struct {
		const char *key, *value;
	} options[] = {{"source", "overlay"}, {"lowerdir", lower}, {"upperdir", upper},
		       {"workdir", work},     {"xino", "off"},	   {"index", "on"}};
	_cleanup_close_ int context = fsopen("overlay", FSOPEN_CLOEXEC);
	if (context < 0)
		return error_set(e, errno, "overlay");
	size_t count = ARRAY_SIZE(options) - (o->kept ? 0 : 1);
	for (size_t i = 0; i < count; i++)
		if (fsconfig(context, FSCONFIG_SET_STRING, options[i].key, options[i].value, 0) < 0)
			return error_set(e, errno, "overlay of %s: %s", o->name, options[i].key);
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_set(e, errno, "overlay of %s", o->name);
	int fd = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV);
	return fd < 0 ? error_set(e, errno, "overlay of %s", o->name) : fd;
}

/* --- what is wanted ------------------------------------------------------------------------- */

struct choice {
	const char *directory; /* NULL: in memory */
	char options[64];      /* of the tmpfs */
};

/* As tmpfs(5) takes it: a number of bytes, k, m or g, or a share of the host's memory. */
static bool is_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");
	return digits && digits < 16 && s[strspn(s, "0")] && strspn(s, "0") < digits &&
	       (!s[digits] || (strchr("kKmMgG%", s[digits]) && !s[digits + 1]));
}

static int parse(const char *where, const char *text, struct choice *out, struct error *e)
{
	static const char memory[] = "memory", size[] = ",size=", dir[] = "dir=";
	*out = (struct choice){.options = "mode=700"};
	if (!strncmp(text, dir, sizeof dir - 1)) {
		out->directory = text + sizeof dir - 1;
		return *out->directory == '/'
			   ? 0
			   : error_set(e, 0, "%s: dir: expected an absolute path, found '%s'",
				       where, out->directory);
	}
	if (strncmp(text, memory, sizeof memory - 1))
		return error_set(e, 0,
				 "%s: expected memory[,size=SIZE], dir=PATH or none, found '%s'",
				 where, text);
	text += sizeof memory - 1;
	if (!*text)
		return 0;
	if (strncmp(text, size, sizeof size - 1) || !is_size(text + sizeof size - 1))
		return error_set(e, 0,
				 "%s: memory: expected ,size= and a number with k, m, g or %%, "
				 "found '%s'",
				 where, text);
	snprintf(out->options, sizeof out->options, "mode=700,size=%s", text + sizeof size - 1);
	return 0;
}

/* --- the root ------------------------------------------------------------------------------- */

static int open_base(const struct choice *choice, struct error *e)
{
	if (choice->directory) {
		int fd = open(choice->directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? error_set(e, errno, "overlay in %s", choice->directory) : fd;
	}
	_cleanup_close_ int fd =
	    mount_plain("tmpfs", choice->options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, e);
	if (fd < 0)
		return fd;
	/* Over "/", where lookups do not see it. */
	if (move_mount(fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_set(e, errno, "overlay in memory");
	return steal_fd(&fd);
}

/* In a mount namespace that goes with the process. */
static int make_inside(const struct choice *choice, const char *root, struct error *e)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_set(e, errno, "make a mount namespace");
	_cleanup_close_ int lower = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (lower < 0)
		return error_set(e, errno, "root.path %s", root);
	_cleanup_close_ int base = open_base(choice, e);
	if (base < 0)
		return base;
	const struct overlay o = {.name = root,
				  .lower = lower,
				  .base = base,
				  .upper = "upper",
				  .work = "work",
				  .kept = choice->directory};
	int r = overlay_mount(&o, e);
	if (r == -EBUSY)
		return error_set(e, EBUSY, "overlay in %s: another container uses it",
				 choice->directory);
	if (r == -ESTALE)
		return error_set(e, ESTALE, "overlay in %s: it was made for another root",
				 choice->directory);
	return r;
}

/* The child's answer: a mount, or what went wrong. */
struct answer {
	int result;
	struct error e;
};

static _Noreturn void child_main(const struct choice *choice, const char *root, int socket)
{
	struct answer a = {0};
	int fd = make_inside(choice, root, &a.e);
	a.result = fd < 0 ? fd : 0;
	send_message(socket, &a, sizeof a, &fd, fd < 0 ? 0 : 1);
	_exit(0);
}

static int make(const struct choice *choice, const char *root, struct error *e)
{
	int pair[2], mount = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(e, errno, "overlay of %s", root);
	pid_t child = fork();
	if (child == 0)
		child_main(choice, root, pair[1]);
	close(pair[1]);
	struct answer a = {.result = -ECHILD};
	size_t count = 1;
	ssize_t n = child < 0 ? -1 : receive_message(pair[0], &a, sizeof a, &mount, &count);
	close(pair[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	if (n != sizeof a)
		return error_set(e, ECHILD, "overlay of %s", root);
	if (a.result < 0)
		*e = a.e;
	return a.result < 0 ? a.result : mount;
}

int overlay_choose(const struct spec *spec, const char *option, int *tree, struct error *e)
{
	const char *text = option ? option : spec_annotation(spec, ANNOTATION);
	const char *where = option ? "--overlay" : "annotation " ANNOTATION;
	struct choice choice;
	if (!text || !strcmp(text, "none"))
		return 0;
	int r = parse(where, text, &choice, e);
	if (r == 0 && rootless_caller())
		r = error_set(e, EPERM, "%s: an overlay needs the host's root", where);
	if (r == 0)
		r = make(&choice, spec->root.path, e);
	if (r < 0)
		return r;
	*tree = r;
	return 0;
}
