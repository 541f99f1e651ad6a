/*
 * Starting, signalling, waiting for and deleting containers.
 */
#include "runtime/container.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "runtime/cgroup_systemd.h"
#include "runtime/control.h"
#include "runtime/freezer.h"
#include "runtime/guest_id.h"
#include "runtime/hooks.h"
#include "runtime/terminal_relay.h"
#include "runtime/trace.h"

#define KILL_TIMEOUT_MS 10000

static void free_spec(struct spec **spec)
{
	spec_free(*spec);
}

/* The program, with no hooks around it. */
static int start_program(const struct state *s, struct error *e)
{
	static const char *const refusals[] = {
	    [STATUS_CREATING] = "cannot start a container that is still being created",
	    [STATUS_RUNNING] = "cannot start an already running container",
	    [STATUS_PAUSED] = "cannot start a container in the paused state",
	    [STATUS_STOPPED] = "cannot start a container that has stopped",
	};
	if (!s->ready)
		return error_set(e, 0, "%s", refusals[STATUS_CREATING]);
	/* A frozen sentry would answer when it goes on. */
	if (freezer_is_frozen(&s->cgroup) && state_status(s) == STATUS_PAUSED)
		return error_set(e, 0, "%s", refusals[STATUS_PAUSED]);
	/* The program may lie on a slow disk: no limit. */
	int r = control_call(s->dirfd, json_pack("{s:s}", "op", "start"), NULL, 0, 0, NULL, e);
	/* A sentry that ends before it answers had the request: the program, or what should have
	 * become it, is at its end. */
	if (r == 0 || r == -EPIPE)
		return 0;
	enum status status = state_status(s);
	if (status != STATUS_CREATED && (r == -ECONNREFUSED || r == -ENOENT || r == -EINVAL))
		return error_set(e, 0, "%s", refusals[status]);
	return r;
}

/*
 * A frozen sentry takes its requests when it goes on; its death is at once, but that frozen
 * processes die only when they are thawed.
 */
static int kill_frozen(const struct state *s, int pidfd, int number, json_t *request,
		       struct error *e)
{
	if (number != SIGKILL) {
		_cleanup_close_ int sock = control_connect(s->dirfd, CONTROL_TIMEOUT_S, e);
		if (sock >= 0)
			return control_send(sock, request, NULL, 0, e);
		json_decref(request);
		return sock;
	}
	json_decref(request);
	if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 && errno != ESRCH)
		return error_set(e, errno, "kill container %s", s->id);
	return freezer_set(&s->cgroup, false, e);
}

int container_kill(const struct state *s, int number, bool all, struct error *e)
{
	_cleanup_close_ int pidfd = state_pidfd(s);
	/* Of a container that has ended, all processes have had every signal. */
	if (pidfd == -ESRCH && s->ready && all)
		return 0;
	if (pidfd < 0 || !s->ready)
		return error_set(e, 0, "container not running");
	json_t *request = json_pack("{s:s, s:i, s:b}", "op", "kill", "signal", number, "all", all);
	if (freezer_is_frozen(&s->cgroup))
		return kill_frozen(s, pidfd, number, request, e);
	int r = control_call(s->dirfd, request, NULL, 0, CONTROL_TIMEOUT_S, NULL, e);
	if (r == -ECONNREFUSED || r == -ENOENT || r == -ESRCH || r == -EPIPE)
		return error_set(e, 0, "container not running");
	/* A sentry that does not answer still dies, and its guests with it. */
	if (r == -ETIMEDOUT && number == SIGKILL && pidfd_send_signal(pidfd, SIGKILL, NULL, 0) == 0)
		return 0;
	return r;
}

/* Ends the sentry, and so every guest; returns when the last one is gone. */
static int kill_sentry(const struct state *s, struct error *e)
{
	_cleanup_close_ int pidfd = state_pidfd(s);
	if (pidfd == -ESRCH)
		return 0;
	if (pidfd < 0)
		return error_set(e, -pidfd, "container %s: its sentry", s->id);
	if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0)
		return errno == ESRCH ? 0 : error_set(e, errno, "kill container %s", s->id);
	struct error thaw;
	if (freezer_is_frozen(&s->cgroup) && freezer_set(&s->cgroup, false, &thaw) < 0)
		log_warning("%s", thaw.message);
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int n;
	while ((n = poll(&p, 1, KILL_TIMEOUT_MS)) < 0 && errno == EINTR)
		;
	return n > 0 ? 0 : error_set(e, ETIMEDOUT, "kill container %s", s->id);
}

int container_start(const struct state *s, struct error *e)
{
	_cleanup_(free_spec) struct spec *spec = NULL;
	struct error cleanup;
	bool inside = s->hooks & 1u << SPEC_HOOK_START_CONTAINER;
	int r = s->hooks ? state_load_config(s, &spec, e) : 0;
	/* One that cannot be started is told so by start_program. */
	if (r == 0 && inside && state_status(s) == STATUS_CREATED) {
		r = hooks_run_inside(spec, s, e);
		if (r < 0 && kill_sentry(s, &cleanup) < 0)
			log_warning("%s", cleanup.message);
	}
	if (r == 0)
		r = start_program(s, e);
	if (r == 0 && spec)
		hooks_run_all(spec, SPEC_HOOK_POSTSTART, s, STATUS_RUNNING, s->pid);
	return r;
}

/* Removes everything there is of a container that has ended. */
static int remove_all(struct state *s, struct error *e)
{
	int r = cgroup_remove(&s->cgroup, e);
	if (s->unit)
		systemd_scope_stop(s->unit);
	if (r < 0)
		return r;
	if (s->guest_uid)
		guest_id_release(s->directory, s->guest_uid);
	else
		guest_id_release_all(s->directory);
	return state_remove(s, e);
}

int container_delete(struct state *s, bool force, struct error *e)
{
	if (!force) {
		enum status status = state_status(s);
		/* One whose program has not run is given up without asking, as with runc. */
		if (status == STATUS_CREATED)
			force = true;
		else if (status != STATUS_STOPPED)
			return error_set(e, 0,
					 "cannot delete container %s that is not stopped: %s "
					 "(--force ends it first)",
					 s->id, status_name(status));
	}
	_cleanup_(free_spec) struct spec *spec = NULL;
	struct error lost;
	if (s->hooks & 1u << SPEC_HOOK_POSTSTOP && state_load_config(s, &spec, &lost) < 0)
		log_warning("poststop hooks are lost: %s", lost.message);
	int r = force ? kill_sentry(s, e) : 0;
	if (r == 0)
		r = remove_all(s, e);
	if (r == 0 && spec)
		hooks_run_all(spec, SPEC_HOOK_POSTSTOP, s, STATUS_STOPPED, 0);
	return r;
}

/* --- waiting -------------------------------------------------------------------------------- */

/* Hands a signal on. A container that has just ended has no use for it. */
static void forward(const struct state *s, int number)
{
	struct error e;
	if (container_kill(s, number, false, &e) < 0)
		log_debug("signal %d: %s", number, e.message);
}

/* The status of the child when it has ended, otherwise -1. */
static int reap(pid_t pid)
{
	int status;
	if (waitpid(pid, &status, WNOHANG) != pid)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Reacts to one signal; the container's exit status once it has ended, otherwise -1. */
static int handle_signal(const struct state *s, struct relay *relay, int signals)
{
	struct signalfd_siginfo info;
	if (read(signals, &info, sizeof info) != sizeof info)
		return -1;
	switch (info.ssi_signo) {
	case SIGCHLD:
		return reap(s->pid);
	case SIGWINCH:
		if (relay->master >= 0) {
			relay_resize(relay);
			return -1;
		}
		break;
	case SIGPIPE:
	case SIGURG:
		return -1;
	}
	forward(s, (int)info.ssi_signo);
	return -1;
}

static int wait_for_end(const struct state *s, struct relay *relay, int signals)
{
	struct pollfd polls[1 + RELAY_FDS] = {{.fd = signals, .events = POLLIN}};
	int status = reap(s->pid);
	while (status < 0) {
		relay_watch(relay, polls + 1);
		if (poll(polls, ARRAY_SIZE(polls), -1) < 0)
			continue;
		relay_serve(relay, polls + 1);
		if (polls[0].revents)
			status = handle_signal(s, relay, signals);
	}
	return status;
}

/* Starts the container and waits for its end, as its parent. Returns its exit status. */
static int start_and_wait(const struct state *s, struct relay *relay, struct error *e)
{
	sigset_t all, old;
	sigfillset(&all);
	/* These would be about the runtime itself. */
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		sigdelset(&all, own[i]);
	sigprocmask(SIG_SETMASK, &all, &old);
	_cleanup_close_ int signals = signalfd(-1, &all, SFD_CLOEXEC);
	int r = signals < 0 ? error_set(e, errno, "signalfd") : container_start(s, e);
	if (r == 0)
		r = wait_for_end(s, relay, signals);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

/*
 * Says that it was the sentry's end, not the program's. Its report is in the log already, unless
 * the log is the caller's terminal, which the sentry lets go of.
 */
static void report_crash(const struct state *s, bool terminal)
{
	_cleanup_free_ char *report = NULL;
	char *rest;
	if (state_read_crash(s, &report) <= 0)
		return;
	bool told = !terminal || log_fd() != STDERR_FILENO;
	for (char *line = told ? NULL : strtok_r(report, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		log_error("%s", line);
	log_error("container %s has ended because its sentry has crashed", s->id);
	if (log_fd() != STDERR_FILENO)
		fprintf(stderr, "capbox: container %s has ended because its sentry has crashed\n",
			s->id);
}

/* Creates and starts the container; its end is waited for, or not. */
static int run(struct create_options *o, const struct spec *spec, bool detach, bool keep,
	       struct error *e)
{
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	_cleanup_(relay_end) struct relay relay = RELAY_EMPTY;
	struct error cleanup;
	int master = -1, r = 0;
	if (!detach && !o->console_socket) {
		o->master = &master;
		r = spec->process.terminal ? relay_open(&relay, e) : 0;
	}
	if (r == 0)
		r = container_create(o, spec, &s, e);
	if (r < 0)
		return r;
	pid_t tracer = o->trace ? trace_fork(&s, o->trace, e) : 0;
	r = MIN(tracer, 0);
	if (r == 0 && master >= 0)
		r = relay_begin(&relay, master, e);
	if (r == 0)
		r = detach ? container_start(&s, e) : start_and_wait(&s, &relay, e);
	if (r >= 0 && !detach)
		report_crash(&s, spec->process.terminal);
	if ((r < 0 || (!detach && !keep)) && container_delete(&s, true, &cleanup) < 0)
		log_warning("%s", cleanup.message);
	/* It ends with the container. */
	while (tracer > 0 && !detach && waitpid(tracer, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

int container_run(const struct create_options *o, const struct spec *spec, bool detach, bool keep,
		  struct error *e)
{
	struct create_options options = *o;
	/* From the first moment on signals are the container's, or stop its creation. */
	sigset_t all, old;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	int r = run(&options, spec, detach, keep, e);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

char *container_bundle(const char *path, struct error *e)
{
	char *absolute = realpath(path, NULL);
	if (!absolute)
		error_set(e, errno, "bundle %s", path);
	return absolute;
}

int container_check_fds(unsigned count, struct error *e)
{
	for (unsigned i = 0; i < count; i++) {
		/* One that is close-on-exec was not inherited: it is the runtime's own. */
		int flags = fcntl((int)(3 + i), F_GETFD);
		if (flags < 0 || flags & FD_CLOEXEC)
			return error_set(e, EBADF, "--preserve-fds %u: descriptor %u", count,
					 3 + i);
	}
	return 0;
}
