/*
 * Entries into the container: see entry.h.
 *
 * #syscalls: pidfd_open pidfd_getfd poll sched_yield waitid kill openat faccessat faccessat2
 * #syscalls: newfstatat fstat read lseek fcntl:F_GETFL close
 */
#include "sentry/entry.h"

#include "lib/cleanup.h"
#include "lib/io.h"
#include "platform/notify/notify.h"
#include "sentry/context_table.h"
#include "sentry/dress.h"
#include "sentry/pool.h"
#include "sentry/stub.h"
#include "sentry/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static void entry_link(struct sentry *s, struct entry *entry)
{
	entry->next = s->entries;
	s->entries = entry;
}

static void entry_unlink(struct sentry *s, struct entry *entry)
{
	for (struct entry **p = &s->entries; *p; p = &(*p)->next)
		if (*p == entry) {
			*p = entry->next;
			break;
		}
}

/* The next message of the stub, which shall be `step`; with a descriptor unless fd is NULL. */
static int stub_step(int sock, enum stub_step step, int *fd, struct stub_message *m,
		     struct error *e)
{
	size_t nfds = fd ? 1 : 0;
	ssize_t n = receive_message(sock, m, sizeof *m, fd, fd ? &nfds : NULL);
	if (n == sizeof *m && m->step == STUB_FAILED)
		return error_set(e, m->value, "cannot set up the guest: %.255s", m->what);
	if (n != sizeof *m || m->step != (int32_t)step || (fd && nfds != 1))
		return error_set(e, n < 0 ? (int)-n : EPIPE, "the guest ended while it was set up");
	return 0;
}

/* The listener, which the stub is about to have at the number that it has announced. */
static int fetch_listener(struct entry *entry, struct error *e)
{
	struct stub_message m;
	int r = stub_step(entry->sock, STUB_LISTENER, NULL, &m, e);
	struct pollfd failed = {.fd = entry->sock, .events = POLLIN};
	while (r == 0) {
		r = (int)syscall(SYS_pidfd_getfd, entry->pidfd, m.value, 0);
		if (r >= 0 || errno != EBADF)
			return r < 0 ? error_set(e, errno, "cannot take the listener") : r;
		/* Some 20 us in the life of an entry. A stub that fails now says so. */
		r = poll(&failed, 1, 0) > 0 ? stub_step(entry->sock, STUB_GO, NULL, &m, e)
					    : sched_yield();
	}
	return r;
}

/* The entry of a stub, which from here on stands for it; takes over the socket. */
static struct entry *entry_new(struct sentry *s, pid_t pid, int sock)
{
	struct entry *entry = calloc(1, sizeof *entry);
	if (!entry) {
		close(sock);
		return NULL;
	}
	*entry = (struct entry){.pid = pid,
				.pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
				.sock = sock,
				.listener = -1,
				.terminal = -1};
	entry_link(s, entry);
	return entry;
}

int entry_init(struct sentry *s, const struct spec_process *process, int preserved, struct error *e)
{
	int fds[STUB_FDS_MAX];
	for (int i = 0; i < STUB_FDS_MAX; i++)
		fds[i] = i;
	/* Engines wait for the end of the caller's output: nobody may hold that for a terminal. */
	_cleanup_close_ int null = -1;
	if (process->terminal) {
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null < 0)
			return error_set(e, errno, "/dev/null");
		fds[0] = fds[1] = fds[2] = null;
	}
	struct stub stub;
	stub_init(&stub, s);
	stub.process = process;
	stub.fds = fds;
	stub.fd_count = 3 + preserved;
	int sock;
	s->init = stub_spawn(&stub, &sock);
	if (s->init < 0)
		return error_set(e, -s->init, "cannot fork the guest");
	struct entry *entry = entry_new(s, s->init, sock);
	if (!entry)
		return error_set(e, ENOMEM, "entry");
	struct stub_message m;
	int r = stub_step(entry->sock, STUB_PROC, &s->guest_proc_fd, &m, e);
	if (r == 0)
		entry->listener = fetch_listener(entry, e);
	return r < 0 ? r : entry->listener < 0 ? entry->listener : 0;
}

static struct cred *initial_cred(const struct spec_process *p)
{
	struct cred *c = calloc(1, sizeof *c + p->user.group_count * sizeof c->groups[0]);
	if (!c)
		return NULL;
	c->refs = 1;
	c->uid = c->euid = c->suid = c->fsuid = p->user.uid;
	c->gid = c->egid = c->sgid = c->fsgid = p->user.gid;
	c->permitted = p->capabilities.permitted;
	c->effective = p->capabilities.effective;
	c->inheritable = p->capabilities.inheritable;
	c->bounding = p->capabilities.bounding;
	c->ambient = p->capabilities.ambient;
	c->ngroups = p->user.group_count;
	if (c->ngroups)
		memcpy(c->groups, p->user.groups, c->ngroups * sizeof c->groups[0]);
	return c;
}

/* The context a process of the configuration starts with, its cwd still the root. */
static struct context *initial_context(struct sentry *s, const struct spec_process *p)
{
	struct context *c = calloc(1, sizeof *c);
	struct cred *cred = initial_cred(p);
	if (!c || !cred) {
		free(c);
		free(cred);
		return NULL;
	}
	c->refs = 1;
	c->cred = cred;
	c->root = place_get(s->root);
	c->cwd = place_get(s->root);
	c->umask = p->user.umask.set ? p->user.umask.value & 0777 : 0022;
	c->no_new_privs = p->no_new_privileges;
	c->personality = s->spec->personality.value;
	c->locks = (struct rlimit){RLIM_INFINITY, RLIM_INFINITY};
	for (size_t i = 0; i < p->rlimit_count; i++)
		if (p->rlimits[i].resource == RLIMIT_LOCKS)
			c->locks = (struct rlimit){p->rlimits[i].soft, p->rlimits[i].hard};
	return c;
}

/* Makes what is missing of process.cwd; what cannot be made shows when it is entered. */
static void make_cwd(const char *cwd)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s", cwd);
	for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	mkdir(path, 0755);
}

/* process.cwd, as the container's user finds it. */
static int enter_cwd(struct sentry *s, struct dress *d, struct context *c, const char *cwd,
		     struct error *e)
{
	int r = dress_as(d, c);
	if (r < 0)
		return error_set(e, -r,
				 "process.user: cannot act as user %u and group %u with %zu more "
				 "(has the container's user namespace all of them?)",
				 c->cred->uid, c->cred->gid, c->cred->ngroups);
	int fd = open(cwd, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_faccessat2, fd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) < 0) {
		r = error_set(e, errno, "process.cwd: cannot enter %s as user %u", cwd,
			      c->cred->uid);
		close_fd(&fd);
		return r;
	}
	struct place *place = place_new(s, fd);
	if (!place)
		return error_set(e, ENOMEM, "process.cwd");
	place_put(c->cwd);
	c->cwd = place;
	return 0;
}

/* What runc says, since engines look for these words. */
static int program_error(int error, const char *program, struct error *e)
{
	if (error == ENOENT && !strchr(program, '/'))
		error_set(e, 0, "exec: \"%s\": executable file not found in $PATH", program);
	else if (error == ENOENT)
		error_set(e, 0, "exec: \"%s\": stat %s: no such file or directory", program,
			  program);
	else if (error == EACCES)
		error_set(e, 0, "exec: \"%s\": permission denied", program);
	else
		error_set(e, error, "exec %s", program);
	return -error;
}

static int try_program(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return errno;
	if (!S_ISREG(st.st_mode) || faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
		return EACCES;
	return 0;
}

/* The same search as the stub will make, before it is too late to fail `create`. */
static int find_program(const struct spec_process *p, struct error *e)
{
	const char *name = p->args.strings[0], *path = NULL;
	for (size_t i = 0; i < p->env.count; i++)
		if (!strncmp(p->env.strings[i], "PATH=", 5))
			path = p->env.strings[i] + 5;
	int error = strchr(name, '/') || !path ? try_program(name) : ENOENT;
	if (strchr(name, '/') || !path)
		return error ? program_error(error, name, e) : 0;
	while (*path) {
		size_t length = strcspn(path, ":");
		char candidate[PATH_MAX];
		int n = snprintf(candidate, sizeof candidate, "%.*s/%s", (int)length,
				 length ? path : ".", name);
		int r = (size_t)n < sizeof candidate ? try_program(candidate) : ENOENT;
		if (r == 0)
			return 0;
		error = r == EACCES ? EACCES : error;
		path += length + (path[length] == ':');
	}
	return program_error(error, name, e);
}

/* Tags an entry's process with its first context. */
static int entry_identify(struct sentry *s, struct entry *entry, const struct spec_process *p,
			  struct error *e)
{
	struct context *c = initial_context(s, p);
	struct dress dress;
	if (!c)
		return error_set(e, ENOMEM, "context");
	int r = dress_init(&dress);
	if (r == 0)
		r = enter_cwd(s, &dress, c, p->cwd, e);
	if (r == 0)
		r = dress_as(&dress, c);
	if (r == 0)
		r = find_program(p, e);
	dress_as_sentry(&dress);
	dress_release(&dress);
	if (r == 0) {
		r = context_table_add(s->contexts, c);
		if (r == 0) {
			r = context_write_tag(entry->pid, c->tag);
			context_table_settle(s->contexts, c);
		}
		if (r < 0)
			error_set(e, -r, "cannot give the guest its context");
	}
	context_put(c);
	return r;
}

/* A terminal for the entry, if its process shall have one. */
static int entry_terminal(struct entry *entry, const struct spec_process *p, int *master,
			  struct error *e)
{
	struct terminal t;
	*master = -1;
	if (!p->terminal)
		return 0;
	int r = terminal_make(&t, p->console_height, p->console_width, p->user.uid, e);
	if (r < 0)
		return r;
	entry->terminal = t.slave;
	*master = t.master;
	return 0;
}

int entry_prepare_init(struct sentry *s, int *master, struct error *e)
{
	const struct spec_process *p = &s->spec->process;
	make_cwd(p->cwd);
	int r = entry_terminal(s->entries, p, master, e);
	if (r == 0 && *master >= 0)
		r = terminal_bind_console(*master, e);
	return r < 0 ? r : entry_identify(s, s->entries, p, e);
}

int entry_exec(struct sentry *s, const struct spec *spec, const int *fds, int fd_count, int *master,
	       struct entry **out, struct error *e)
{
	const struct spec_process *process = &spec->process;
	int sock;
	pid_t pid = nursery_spawn(&s->nursery, spec, fds, fd_count, &sock);
	if (pid < 0)
		return error_set(e, -pid, "cannot fork the guest");
	struct entry *entry = entry_new(s, pid, sock);
	if (!entry) {
		kill(pid, SIGKILL);
		return error_set(e, ENOMEM, "entry");
	}
	*out = entry;
	entry->listener = fetch_listener(entry, e);
	if (entry->listener < 0)
		return entry->listener;
	int r = entry_terminal(entry, process, master, e);
	return r < 0 ? r : entry_identify(s, entry, process, e);
}

/* As runc: a process without HOME gets the one of /etc/passwd, or "/". */
static void add_home(const struct spec_process *p, struct stub_message *go)
{
	for (size_t i = 0; i < p->env.count; i++)
		if (!strncmp(p->env.strings[i], "HOME=", 5))
			return;
	strcpy(go->what, "HOME=/");
	/* The file is the container's: nothing to wait for, nothing endless. */
	int fd = open("/etc/passwd", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool usable = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < 1 << 20;
	_cleanup_file_ FILE *f = usable ? fdopen(fd, "r") : NULL;
	if (!f) {
		close_fd(&fd);
		return;
	}
	struct passwd *entry;
	while ((entry = fgetpwent(f)))
		if (entry->pw_uid == p->user.uid) {
			snprintf(go->what, sizeof go->what, "HOME=%s", entry->pw_dir);
			return;
		}
}

int entry_go(struct sentry *s, struct entry *entry, const struct spec_process *process,
	     struct error *e)
{
	struct platform *platform;
	int r = notify_open(steal_fd(&entry->listener), s->proc_fd, entry->pid, &platform);
	if (r == 0)
		r = pool_add(s->workers, platform);
	if (r < 0)
		return error_set(e, -r, "cannot serve the guest");
	struct stub_message go = {.step = STUB_GO};
	add_home(process, &go);
	r = send_message(entry->sock, &go, sizeof go, &entry->terminal,
			 entry->terminal < 0 ? 0 : 1);
	close_fd(&entry->terminal);
	return r < 0 ? error_set(e, -r, "cannot start the guest") : 0;
}

int entry_result(struct sentry *s, struct entry *entry, const struct spec_process *process,
		 struct error *e)
{
	struct stub_message m;
	ssize_t n = receive_message(entry->sock, &m, sizeof m, NULL, NULL);
	close_fd(&entry->sock);
	if (n == 0)
		return 0;
	if (n == sizeof m && m.step == STUB_FAILED)
		return program_error(m.value, process->args.strings[0], e);
	return error_set(e, EPIPE, "the guest ended before it ran");
}

int entry_status(struct entry *entry)
{
	siginfo_t info = {0};
	/* No report: it was killed while it was in execve, and its tracer has seen the end. */
	if (waitid(P_PIDFD, (id_t)entry->pidfd, &info, WEXITED) < 0)
		return 128 + SIGKILL;
	return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

void entry_free(struct sentry *s, struct entry *entry)
{
	entry_unlink(s, entry);
	close_fd(&entry->pidfd);
	close_fd(&entry->sock);
	close_fd(&entry->listener);
	close_fd(&entry->terminal);
	free(entry);
}
