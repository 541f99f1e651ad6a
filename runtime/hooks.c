/*
 * Hooks that are processes of the runtime, or of the child that will be the sentry: see hooks.h.
 */
#include "runtime/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/log.h"

/* --- what goes in and comes out ------------------------------------------------------------- */

static int write_state(int fd, const struct state *s, enum status status, pid_t pid)
{
	json_t *object =
	    json_pack("{s:s, s:s, s:s, s:s, s:O*}", "ociVersion", s->version, "id", s->id, "status",
		      status_name(status), "bundle", s->bundle, "annotations", s->annotations);
	if (object && pid > 0)
		json_object_set_new(object, "pid", json_integer(pid));
	_cleanup_free_ char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	int r = text ? write_all(fd, text, strlen(text)) : -ENOMEM;
	return r == 0 && lseek(fd, 0, SEEK_SET) < 0 ? -errno : r;
}

int hook_files_open(struct hook_files *f, const struct state *s, enum status status, pid_t pid,
		    struct error *e)
{
	f->in = memfd_create("state", MFD_CLOEXEC);
	f->out = memfd_create("output", MFD_CLOEXEC);
	int r = f->in < 0 || f->out < 0 ? -errno : write_state(f->in, s, status, pid);
	return r < 0 ? error_set(e, -r, "state for the hook") : 0;
}

void hook_files_close(struct hook_files *f)
{
	close_fd(&f->in);
	close_fd(&f->out);
}

/* The end of what a hook has printed, on one line. */
static void read_output(int fd, char *text, size_t size)
{
	off_t end = lseek(fd, 0, SEEK_END), room = (off_t)size - 1;
	ssize_t n = pread(fd, text, size - 1, end > room ? end - room : 0);
	text[n > 0 ? n : 0] = '\0';
	while (n > 0 && (unsigned char)text[n - 1] <= ' ')
		text[--n] = '\0';
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
}

int hook_result(const struct hook_files *f, int status, struct error *e)
{
	char output[512];
	if (status == 0)
		return 0;
	read_output(f->out, output, sizeof output);
	if (status > 128)
		error_set(e, 0, "error running hook: signal: %s, output: %s",
			  strsignal(status - 128), output);
	else
		error_set(e, 0, "error running hook: exit status %d, output: %s", status, output);
	return -ECANCELED;
}

int hook_timeout(unsigned seconds, struct error *e)
{
	return error_set(e, ETIMEDOUT, "hook ran past specified timeout of %u s", seconds);
}

/* --- running -------------------------------------------------------------------------------- */

/* In the child. An environment that is not given is the runtime's own, as with runc. */
static _Noreturn void execute(const struct spec_hook *hook, const struct hook_files *f)
{
	static const char *just_path[2];
	sigset_t none;
	sigemptyset(&none);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(f->in, 0);
	dup2(f->out, 1);
	dup2(f->out, 2);
	close_range(3, ~0u, 0);
	just_path[0] = hook->path;
	const char **args = hook->args.count ? hook->args.strings : just_path;
	const char **env = hook->env.count ? hook->env.strings : (const char **)environ;
	execve(hook->path, (char *const *)args, (char *const *)env);
	dprintf(2, "exec %s: %s", hook->path, strerror(errno));
	_exit(127);
}

/* Waits for the process; -ETIMEDOUT when it had to be killed. */
static int wait_for(pid_t pid, unsigned timeout, int *status)
{
	_cleanup_close_ int pidfd = pidfd_open(pid, 0);
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int limit = timeout && timeout < 2000000 ? (int)timeout * 1000 : -1;
	int n = 1, wait_status;
	if (pidfd >= 0 && limit >= 0)
		while ((n = poll(&p, 1, limit)) < 0 && errno == EINTR)
			;
	if (n == 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &wait_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
	return n == 0 ? -ETIMEDOUT : 0;
}

static int run_one(const struct spec_hook *hook, const struct state *s, enum status status,
		   pid_t pid, struct error *e)
{
	_cleanup_(hook_files_close) struct hook_files f = HOOK_FILES_EMPTY;
	int r = hook_files_open(&f, s, status, pid, e);
	if (r < 0)
		return r;
	pid_t child = fork();
	if (child == 0)
		execute(hook, &f);
	if (child < 0)
		return error_set(e, errno, "fork");
	int exit_status = 0;
	r = wait_for(child, hook->timeout, &exit_status);
	if (r == -ETIMEDOUT)
		return hook_timeout(hook->timeout, e);
	return r < 0 ? error_set(e, -r, "wait") : hook_result(&f, exit_status, e);
}

static int name_hook(enum spec_hook_kind kind, size_t index, const char *path, int r,
		     struct error *e)
{
	return error_prefix(e, r, "hooks.%s[%zu] %s", spec_hook_name(kind), index, path);
}

int hooks_run(const struct spec *spec, enum spec_hook_kind kind, const struct state *s,
	      enum status status, pid_t pid, struct error *e)
{
	const struct spec_hooks *hooks = &spec->hooks[kind];
	for (size_t i = 0; i < hooks->count; i++) {
		int r = run_one(&hooks->hooks[i], s, status, pid, e);
		if (r < 0)
			return name_hook(kind, i, hooks->hooks[i].path, r, e);
	}
	return 0;
}

void hooks_run_all(const struct spec *spec, enum spec_hook_kind kind, const struct state *s,
		   enum status status, pid_t pid)
{
	const struct spec_hooks *hooks = &spec->hooks[kind];
	struct error e;
	for (size_t i = 0; i < hooks->count; i++) {
		int r = run_one(&hooks->hooks[i], s, status, pid, &e);
		if (r < 0) {
			name_hook(kind, i, hooks->hooks[i].path, r, &e);
			log_warning("%s", e.message);
		}
	}
}
