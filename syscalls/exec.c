/*
 * execve(2), execveat(2) and the loader's call.
 *
 * The sentry opens the program as the guest, decides everything that Linux decides before it
 * commits (permission, format, interpreters, scripts, credentials), and has the platform execute
 * the loader in the caller. What the loader needs hangs on the new context, which is tagged onto
 * the process in the instant between the exec and its first instruction; the loader's call collects
 * it. No descriptor of a program ever lies in a table that an unprivileged task shares.
 *
 * #syscalls: openat execveat:AT_EXECVE_CHECK fcntl:F_SETLEASE,F_GETFL faccessat2 fgetxattr
 * #syscalls: fstat fstatfs readlinkat dup prlimit64 close
 */
#include "sentry/exec.h"

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/kernel.h"
#include "platform/elf.h"
#include "sentry/context_table.h"
#include "sentry/sentry.h"
#include "sentry/trace.h"
#include "sentry/vfs.h"
#include "sentry/worker.h"
#include "syscalls/cred.h"
#include "syscalls/name.h"
#include "syscalls/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#define SCRIPT_DEPTH 5 /* as Linux: interpreters that are scripts themselves */

/* An exec being prepared. */
struct exec {
	struct worker *w;
	struct loader_gift *gift;
	struct cred *cred;
	bool secure;
	bool by_descriptor; /* execveat without a path */
	bool
	    path_inaccessible; /* a script could not open its own path: it is gone after the exec */
	struct image image;
};

void loader_gift_free(struct loader_gift *gift)
{
	if (!gift)
		return;
	program_put(gift->program);
	close_fd(&gift->interp_fd);
	free(gift);
}

static void loader_gift_freep(struct loader_gift **gift)
{
	loader_gift_free(*gift);
}

static void exec_release(struct exec *x)
{
	loader_gift_free(x->gift);
	cred_put(x->cred);
}

/* Adds a string to the gift; its offset, or -E2BIG. */
static int gift_text(struct loader_info *info, const char *s)
{
	size_t size = strlen(s) + 1;
	if (size > LOADER_TEXT_MAX - info->text_size)
		return -E2BIG;
	memcpy(info->text + info->text_size, s, size);
	info->text_size += (uint32_t)size;
	return (int)(info->text_size - size);
}

/* Puts a string in front of the argv that the loader will build. */
static int gift_prefix(struct loader_info *info, const char *s)
{
	int offset = gift_text(info, s);
	if (offset < 0)
		return offset;
	if (info->prefix_count == LOADER_PREFIX_MAX)
		return -E2BIG;
	memmove(info->prefix + 1, info->prefix, info->prefix_count * sizeof info->prefix[0]);
	info->prefix[0] = (uint32_t)offset;
	info->prefix_count++;
	return 0;
}

/* On kernels before 6.14, which have no AT_EXECVE_CHECK: the same verdicts one by one. */
static int check_executable_by_hand(int fd)
{
	struct statfs fs;
	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_flags & ST_NOEXEC)
		return -EACCES;
	if (syscall(SYS_faccessat2, fd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) < 0)
		return -errno;
	/* A read lease is refused while anyone has the file open for writing. */
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno == EAGAIN ? -ETXTBSY : 0;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return 0;
}

/* May the dressed worker execute this regular file? EACCES, ETXTBSY, ... as execve(2). */
static int check_executable(int fd)
{
	if (syscall(SYS_execveat, fd, "", NULL, NULL, AT_EMPTY_PATH | AT_EXECVE_CHECK) == 0)
		return 0;
	return errno == EINVAL ? check_executable_by_hand(fd) : -errno;
}

/* Opens a file for execution as the guest and checks it. A readable descriptor or a negative errno.
 */
static int open_executable(struct worker *w, struct name *n)
{
	_cleanup_close_ int fd = -1;
	int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	if (n->flags & NAME_NOFOLLOW)
		flags |= O_NOFOLLOW;
	if (n->path[0] == '\0' && n->dirfd == AT_FDCWD)
		return -EACCES; /* a directory */
	if (n->node)
		fd = vfs_open(w, n->node, flags, 0);
	else if (n->path[0] == '\0')
		fd = dup(n->dirfd);
	else
		fd = openat(n->dirfd, n->path, flags);
	/* A program may be executable and not readable: found by name as the guest, read as the
	 * sentry. */
	if (!n->node && fd < 0 && errno == EACCES)
		fd = openat(n->dirfd, n->path, (flags & ~O_NONBLOCK) | O_PATH);
	if (fd < 0)
		return n->node ? fd : errno == ENXIO ? -EACCES : -errno;
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	int r = check_executable(fd);
	if (r < 0)
		return r;
	if ((fcntl(fd, F_GETFL) & (O_ACCMODE | O_PATH)) == O_RDONLY)
		return steal_fd(&fd);
	char self[40];
	snprintf(self, sizeof self, "thread-self/fd/%d", fd);
	worker_as_sentry(w);
	int readable = openat(w->sentry->proc_fd, self, O_RDONLY | O_CLOEXEC);
	r = readable < 0 ? -errno : readable;
	worker_dress_again(w);
	return r;
}

static int open_named(struct worker *w, struct name *n)
{
	int fd;
	do
		fd = open_executable(w, n);
	while (name_reconsider(w, n, fd));
	return fd;
}

/* Opens an interpreter, of a script or of an ELF program. */
static int open_interpreter(struct worker *w, char *path)
{
	_cleanup_(name_release) struct name n = NAME_EMPTY;
	int r = name_from_string(w, path, 0, &n);
	return r < 0 ? r : open_named(w, &n);
}

/*
 * Follows `#!` lines until an ELF program is reached: *fd becomes the program. argv[0] gives way to
 * the interpreter, its argument and the script's path, as Linux does for each script.
 */
static int follow_scripts(struct exec *x, int *fd, const char *path)
{
	struct loader_info *info = &x->gift->info;
	char script[PATH_MAX];
	snprintf(script, sizeof script, "%s", path);
	for (int depth = 0;; depth++) {
		int r = image_read(*fd, &x->image);
		if (r < 0)
			return r;
		if (x->image.kind == IMAGE_ELF)
			return 0;
		if (depth >= SCRIPT_DEPTH)
			return -ELOOP;
		if (x->path_inaccessible)
			return -ENOENT;
		/* The next script takes the place of the interpreter that stands first now. */
		if (info->prefix_count)
			memmove(info->prefix, info->prefix + 1,
				--info->prefix_count * sizeof info->prefix[0]);
		r = gift_prefix(info, script);
		if (r == 0 && x->image.has_argument)
			r = gift_prefix(info, x->image.argument);
		if (r == 0)
			r = gift_prefix(info, x->image.interp);
		if (r < 0)
			return r;
		snprintf(script, sizeof script, "%s", x->image.interp);
		int next = open_interpreter(x->w, x->image.interp);
		if (next < 0)
			return next;
		close(*fd);
		*fd = next;
	}
}

/* Reads what the program's file grants: set-ID bits and file capabilities. */
static void read_privilege(struct worker *w, int fd, struct file_privilege *p)
{
	struct stat st;
	struct statfs fs;
	char xattr[64];
	/* Linux makes the memory of what gains privilege random again; the sentry cannot. */
	*p = (struct file_privilege){.no_new_privs = w->ctx->no_new_privs || w->ctx->was_fixed};
	if (fstat(fd, &st) < 0)
		return;
	bool set_uid = !p->no_new_privs && st.st_mode & S_ISUID;
	bool set_gid =
	    !p->no_new_privs && (st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
	ssize_t size = fgetxattr(fd, "security.capability", xattr, sizeof xattr);
	if ((!set_uid && !set_gid && size <= 0) || fstatfs(fd, &fs) < 0 || fs.f_flags & ST_NOSUID)
		return;
	/* Ids that the user namespace does not have show as nobody, and give nothing. */
	if ((set_uid || set_gid) && cred_ids_exist(w, st.st_uid, st.st_gid)) {
		p->set_uid = set_uid;
		p->set_gid = set_gid;
	}
	p->uid = st.st_uid;
	p->gid = st.st_gid;
	if (size > 0)
		file_privilege_parse_xattr(p, xattr, (size_t)size);
}

static int decide_credentials(struct exec *x)
{
	struct file_privilege privilege;
	int error = 0;
	read_privilege(x->w, x->gift->program->fd, &privilege);
	x->cred = cred_exec(x->w->ctx->cred, &privilege, &x->secure, &error);
	if (!x->cred)
		return error < 0 ? error : -ENOMEM;
	return 0;
}

/* The thread's name: the last component of the path, or of the file that runs where there is no
 * path. */
static void choose_comm(struct exec *x, int fd, const char *path)
{
	char self[40], target[PATH_MAX] = "";
	if (x->by_descriptor) {
		snprintf(self, sizeof self, "thread-self/fd/%d", fd);
		ssize_t n = readlinkat(x->w->sentry->proc_fd, self, target, sizeof target - 1);
		target[n < 0 ? 0 : n] = '\0';
		char *deleted = strstr(target, " (deleted)");
		if (deleted && !deleted[strlen(" (deleted)")])
			*deleted = '\0';
		path = target;
	}
	const char *slash = strrchr(path, '/');
	snprintf(x->gift->info.comm, sizeof x->gift->info.comm, "%s", slash ? slash + 1 : path);
}

static struct program *program_new(int fd)
{
	struct program *p = malloc(sizeof *p);
	if (p)
		*p = (struct program){.refs = 1, .fd = fd};
	return p;
}

/* As the kernel decides it (PR_GET_DUMPABLE of prctl(2)): whoever has gained something is not. */
static bool is_undumpable(const struct cred *old, const struct cred *new)
{
	return new->euid != new->uid || new->egid != new->gid || new->euid != old->euid ||
	       new->egid != old->egid || (new->permitted & ~old->permitted);
}

/* Everything up to the point of no return. `path` is what AT_EXECFN and scripts see. */
static int prepare(struct exec *x, int program_fd, const char *path)
{
	_cleanup_close_ int fd = program_fd;
	x->gift = calloc(1, sizeof *x->gift);
	if (!x->gift)
		return -ENOMEM;
	struct loader_info *info = &x->gift->info;
	x->gift->interp_fd = -1;
	int r = gift_text(info, path);
	if (r < 0)
		return r;
	info->execfn = (uint32_t)r;
	r = follow_scripts(x, &fd, path);
	if (r < 0)
		return r;
	choose_comm(x, fd, path);
	info->execstack = x->image.execstack;
	if (x->image.has_interp) {
		x->gift->interp_fd = open_interpreter(x->w, x->image.interp);
		if (x->gift->interp_fd < 0)
			return x->gift->interp_fd;
		r = image_check_interp(x->gift->interp_fd);
		if (r < 0)
			return r;
	}
	x->gift->program = program_new(fd);
	if (!x->gift->program)
		return -ENOMEM;
	steal_fd(&fd);
	r = decide_credentials(x);
	if (r < 0)
		return r;
	info->fixed = !!(x->w->ctx->personality & ADDR_NO_RANDOMIZE);
	info->uid = x->cred->uid;
	info->euid = x->cred->euid;
	info->gid = x->cred->gid;
	info->egid = x->cred->egid;
	info->secure = x->secure;
	info->undumpable = is_undumpable(x->w->ctx->cred, x->cred);
	return 0;
}

static bool gains_privilege(const struct exec *x)
{
	return x->gift->info.secure || x->gift->info.undumpable;
}

/* The exec has succeeded; the process is stopped and alone. Its context becomes the new one. */
static int committed(void *arg, pid_t tid)
{
	struct exec *x = arg;
	struct context *new = context_edit_process(x->w->sentry, tid);
	if (!new)
		return -errno;
	/* no_new_privs since the decision, by another thread: it may have put a filter of its own
	 * on this one, which must not meet a program with privilege. */
	if (new->no_new_privs && !x->w->ctx->no_new_privs && gains_privilege(x)) {
		context_edit_abort(x->w, new);
		return -EPERM;
	}
	cred_put(new->cred);
	new->cred = steal_pointer(&x->cred);
	program_put(new->program);
	new->program = program_get(x->gift->program);
	new->gift = steal_pointer(&x->gift);
	int r = context_commit_process(x->w->sentry, tid, new);
	if (r == 0)
		trace_exec(x->w);
	return r;
}

/* An exec of what n names. x says what is special about it; `path` is as for prepare(). */
static int64_t do_exec(struct exec *x, struct trap *t, struct name *n, const char *path,
		       const struct exec_request *addresses)
{
	struct worker *w = x->w;
	int fd = open_named(w, n);
	if (fd < 0)
		return fd;
	int r = prepare(x, fd, path);
	if (r < 0)
		return r;
	struct exec_request request = *addresses;
	request.image_fd = w->sentry->loader_fd;
	request.committed = committed;
	request.arg = x;
	/* The injected call will be a trap of its own, for another worker. */
	int64_t held = worker_hold_begin(w);
	if (held < 0)
		return held;
	r = trap_exec(t, &request);
	worker_hold_end(w);
	return r < 0 ? r : TRAP_ANSWERED;
}

int64_t sys_execve(struct worker *w, struct trap *t)
{
	_cleanup_(name_release) struct name n = NAME_EMPTY;
	int r = name_read(w, AT_FDCWD, t->args[0], w->path, 0, &n);
	if (r < 0)
		return r;
	/* What was named, before a link into a synthesized tree may replace it. */
	strcpy(w->path2, w->path);
	_cleanup_(exec_release) struct exec x = {.w = w};
	return do_exec(&x, t, &n, w->path2,
		       &(struct exec_request){.empty = t->args[0] + strlen(w->path2),
					      .argv = t->args[1],
					      .envp = t->args[2]});
}

/* Whether a descriptor of the guest will be gone after the exec. */
static bool is_close_on_exec(struct trap *t, struct sentry *s, int guest_fd)
{
	char path[48], info[256];
	snprintf(path, sizeof path, "%d/fdinfo/%d", (int)t->tid, guest_fd);
	if (read_file_at(s->proc_fd, path, info, sizeof info) < 0)
		return false;
	const char *flags = strstr(info, "flags:");
	return flags && (strtoul(flags + strlen("flags:"), NULL, 8) & O_CLOEXEC);
}

int64_t sys_execveat(struct worker *w, struct trap *t)
{
	int dirfd = (int)t->args[0], flags = (int)t->args[4];
	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_EXECVE_CHECK))
		return -EINVAL;
	_cleanup_(name_release) struct name n = NAME_EMPTY;
	unsigned name_flags = (flags & AT_EMPTY_PATH ? NAME_EMPTY_OK : 0) |
			      (flags & AT_SYMLINK_NOFOLLOW ? NAME_NOFOLLOW : 0);
	int r = name_read(w, dirfd, t->args[1], w->path, name_flags, &n);
	if (r < 0)
		return r;
	if (flags & AT_EXECVE_CHECK) {
		_cleanup_close_ int fd = open_named(w, &n);
		return fd < 0 ? fd : 0;
	}
	size_t length = strlen(w->path);
	if (dirfd == AT_FDCWD || w->path[0] == '/')
		r = snprintf(w->path2, sizeof w->path2, "%s", w->path);
	else if (length == 0)
		r = snprintf(w->path2, sizeof w->path2, "/dev/fd/%d", dirfd);
	else
		r = snprintf(w->path2, sizeof w->path2, "/dev/fd/%d/%s", dirfd, w->path);
	if ((size_t)r >= sizeof w->path2)
		return -ENAMETOOLONG;
	_cleanup_(exec_release) struct exec x = {.w = w, .by_descriptor = length == 0};
	x.path_inaccessible = w->path2[0] != w->path[0] && is_close_on_exec(t, w->sentry, dirfd);
	return do_exec(&x, t, &n, w->path2,
		       &(struct exec_request){
			   .empty = t->args[1] + length, .argv = t->args[2], .envp = t->args[3]});
}

/* The loader asks for its program: answered once per exec, to whoever has the context of that exec.
 */
int64_t sys_capbox_load(struct worker *w, struct trap *t)
{
	_cleanup_(loader_gift_freep) struct loader_gift *gift = context_take_gift(w->ctx);
	if (!gift)
		return -ENOSYS;
	struct loader_info *info = &gift->info;
	if (t->args[1] != sizeof *info)
		return -EINVAL;
	info->has_interp = gift->interp_fd >= 0;
	if (info->has_interp) {
		info->program_fd = trap_lend_fd(t, gift->program->fd);
		if (info->program_fd < 0)
			return info->program_fd;
	}
	int r =
	    trap_write(t, t->args[0], info, offsetof(struct loader_info, text) + info->text_size);
	if (r < 0)
		return r;
	return trap_lend_fd(t, info->has_interp ? gift->interp_fd : gift->program->fd);
}
