/*
 * Making a container. The runtime prepares with the host's privilege what needs it (state
 *directory, guest id, control groups, sources of mounts), clones the child that becomes the sentry
 *right into its new namespaces, maps its ids, and lets it go:
 *
 *	runtime					child
 *	clone3 (user, mount, pid, ...)  ----->	waits
 *	id maps, control groups, state.json
 *	"go"				----->	namespaces, sentry_enter, mounts, sentry_main
 *	pid-file, state.json		<-----	the report: created, or what went wrong
 *
 * Until the report the child dies with the runtime. A runtime that is killed leaves a state
 * directory that names everything else, for `delete --force`.
 *
 * When there are hooks (hooks.h), the child stops once more, with all mounts in place and before
 *the pivot: it reports so, the runtime runs the prestart and createRuntime hooks and lets it go
 *again, and it runs those of createContainer itself.
 */
#include "runtime/container.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/log.h"
#include "runtime/cgroup_limits.h"
#include "runtime/cgroup_systemd.h"
#include "runtime/console.h"
#include "runtime/control.h"
#include "runtime/guest_id.h"
#include "runtime/hooks.h"
#include "runtime/mounts.h"
#include "runtime/namespaces.h"
#include "runtime/network.h"
#include "runtime/pid_file.h"
#include "runtime/policy_file.h"
#include "runtime/process_attributes.h"
#include "runtime/rootless.h"
#include "runtime/seccomp_profile.h"
#include "sentry/boot.h"
#include "sentry/counters.h"

struct creation {
	const struct create_options *o;
	const struct spec *spec;
	struct state *state;
	struct mount_sources sources;
	struct sentry_boot boot;
	struct policy policy;
	int control, status, child_status;
	int console;	     /* connected --console-socket, or -1 */
	bool prepare_inside; /* the child prepares the mounts, since the runtime may not */
	pid_t child;
	char *cgroups_path; /* as configured, or what the systemd driver takes instead */
	struct systemd_keeper keeper;
};

/* --- the child ------------------------------------------------------------------------------ */

/* The sentry keeps only what it needs of the runtime's descriptors. */
static int keep_descriptors(struct creation *c, struct error *e)
{
	_cleanup_free_ int *kept =
	    malloc((c->sources.count + CGROUP_HIERARCHIES_MAX + 11) * sizeof *kept);
	if (!kept)
		return error_set(e, ENOMEM, "sentry");
	size_t n = 0;
	kept[n++] = c->control;
	kept[n++] = c->child_status;
	kept[n++] = log_fd();
	kept[n++] = c->boot.network.events;
	kept[n++] = c->boot.crash_fd;
	kept[n++] = c->boot.network.sockets;
	kept[n++] = c->sources.root;
	kept[n++] = c->sources.nodes;
	for (size_t i = 0; i < c->sources.count; i++)
		kept[n++] = c->sources.mounts[i];
	for (size_t i = 0; c->boot.cgroup_fds[i] >= 0; i++)
		kept[n++] = c->boot.cgroup_fds[i];
	close_fds_but(kept, n, 3 + c->o->preserve_fds);
	return 0;
}

/* Waits until the runtime has mapped the ids; without it there is nothing to do. */
static void wait_for_go(const struct creation *c)
{
	char byte;
	if (read(c->child_status, &byte, 1) != 1)
		_exit(1);
}

/* Dies with the runtime from here on, and at once when that has happened already. */
static void follow_runtime(const struct creation *c)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	struct pollfd p = {.fd = c->child_status};
	if (poll(&p, 1, 0) > 0 && p.revents & POLLHUP)
		_exit(1);
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* The moment of the hooks before the pivot. */
static int mounts_are_ready(void *arg, struct error *e)
{
	struct creation *c = arg;
	const struct spec_hooks *hooks = c->spec->hooks;
	static const char report[] = "{\"ok\":true,\"hooks\":true}";
	if (hooks[SPEC_HOOK_PRESTART].count || hooks[SPEC_HOOK_CREATE_RUNTIME].count) {
		int r = send_message(c->child_status, report, sizeof report - 1, NULL, 0);
		if (r < 0)
			return error_set(e, -r, "report to the runtime");
		wait_for_go(c);
	}
	return hooks_run(c->spec, SPEC_HOOK_CREATE_CONTAINER, c->state, STATUS_CREATING, getpid(),
			 e);
}

static int become_sentry(struct creation *c, struct error *e)
{
	setsid();
	umask(0);
	prctl(PR_SET_NAME, "capbox-sentry");
	/* As the caller still, who may reach what the container's root may not. */
	int r = c->prepare_inside ? mounts_prepare(c->spec, -1, &c->sources, e) : 0;
	if (r == 0)
		r = keep_descriptors(c, e);
	if (r == 0)
		r = namespaces_enter(c->spec, e);
	if (r < 0)
		return r;
	follow_runtime(c); /* not earlier: a change of ids forgets it */
	/* What the runtime's keyrings hold is not the container's. */
	if (!c->o->no_new_keyring)
		syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	r = sentry_enter(&c->boot, e);
	if (r < 0)
		return r;
	/* The guest has its own copies of these, and its own limits. */
	if (c->o->preserve_fds)
		close_range(3, 2 + c->o->preserve_fds, 0);
	raise_descriptor_limit();
	r = mounts_assemble(c->spec, &c->sources, &c->state->cgroup, c->o->no_pivot, &c->boot,
			    mounts_are_ready, c, e);
	mount_sources_release(&c->sources);
	return r;
}

static _Noreturn void child_main(struct creation *c)
{
	struct error e = {0};
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Its end tells the child that the runtime is gone. */
	close_fd(&c->status);
	wait_for_go(c);
	int r = become_sentry(c, &e);
	if (r < 0) {
		control_send_error(c->child_status, -r, e.message);
		_exit(1);
	}
	/* The report decides from now on: the sentry ends when nobody takes it. */
	prctl(PR_SET_PDEATHSIG, 0);
	sentry_main(&c->boot);
}

/* --- clone ---------------------------------------------------------------------------------- */

static pid_t clone_child(uint64_t flags, int exit_signal, int *pidfd)
{
	struct clone_args args = {.flags = flags | (pidfd ? CLONE_PIDFD : 0),
				  .pidfd = (uint64_t)(uintptr_t)pidfd,
				  .exit_signal = (uint64_t)exit_signal};
	return (pid_t)syscall(SYS_clone3, &args, sizeof args);
}

/* The process behind a pidfd as this pid namespace counts. */
static pid_t pidfd_pid(int pidfd)
{
	char path[40], text[512];
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	if (read_file_at(AT_FDCWD, path, text, sizeof text) < 0)
		return -1;
	const char *line = strstr(text, "Pid:");
	return line ? atoi(line + 4) : -1;
}

/*
 * In a joined pid namespace only a process that is in it can make the sentry's, and one gets into
 * it by being born there: a helper, which makes the sentry as the runtime's child and tells which
 * one.
 */
static pid_t clone_through_helper(struct creation *c, uint64_t flags)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	pid_t helper = clone_child(0, SIGCHLD, NULL);
	if (helper == 0) {
		int pidfd = -1;
		pid_t child = clone_child(flags | CLONE_PARENT, 0, &pidfd);
		if (child == 0)
			child_main(c);
		int error = errno;
		send_message(pair[1], &error, sizeof error, &pidfd, child < 0 ? 0 : 1);
		_exit(0);
	}
	close(pair[1]);
	int error = ECHILD, pidfd = -1;
	size_t nfds = 1;
	if (helper > 0 && receive_message(pair[0], &error, sizeof error, &pidfd, &nfds) <= 0)
		nfds = 0;
	close(pair[0]);
	if (helper > 0)
		waitpid(helper, NULL, 0);
	if (helper < 0 || nfds != 1) {
		errno = error;
		return -1;
	}
	pid_t child = pidfd_pid(pidfd);
	close(pidfd);
	return child;
}

static int clone_sentry(struct creation *c, struct error *e)
{
	uint64_t flags = namespaces_clone_flags(c->spec);
	if (c->spec->namespaces[SPEC_NS_PID].path)
		c->child = clone_through_helper(c, flags);
	else
		c->child = clone_child(flags, SIGCHLD, NULL);
	if (c->child == 0)
		child_main(c);
	if (c->child < 0)
		return error_set(e, errno, "make the sentry's namespaces (see capbox check)");
	close_fd(&c->child_status);
	return 0;
}

/* --- the runtime's steps -------------------------------------------------------------------- */

static int copy_annotations(struct state *s, const struct spec *spec)
{
	s->annotations = json_object();
	for (size_t i = 0; i < spec->annotations.count; i++) {
		const struct spec_pair *p = &spec->annotations.pairs[i];
		if (json_object_set_new(s->annotations, p->key, json_string(p->value)) < 0)
			return -ENOMEM;
	}
	return s->annotations ? 0 : -ENOMEM;
}

/* Only root has ids to spare for each container. */
static int choose_guest_ids(struct state *s, struct error *e)
{
	if (rootless_caller())
		return rootless_guest_ids(&s->guest_uid, &s->guest_gid, e);
	int r = guest_id_claim(s->directory, &s->guest_uid, e);
	s->guest_gid = s->guest_uid;
	return r;
}

/* What the state directory must tell before there is anything to clean up. */
static int describe(struct creation *c, struct error *e)
{
	struct state *s = c->state;
	s->version = strdup(c->spec->version);
	s->bundle = strdup(c->o->bundle);
	s->rootfs = strdup(c->spec->root.path);
	if (!s->version || !s->bundle || !s->rootfs || copy_annotations(s, c->spec) < 0)
		return error_set(e, ENOMEM, "container %s", s->id);
	for (int kind = 0; kind < SPEC_HOOK_KINDS; kind++)
		s->hooks |= c->spec->hooks[kind].count ? 1u << kind : 0;
	const char *path = c->spec->cgroups_path;
	if (path && *path)
		c->cgroups_path = strdup(path);
	else if (c->o->systemd_cgroup)
		c->cgroups_path = systemd_default_path(s->id);
	int r = cgroup_find(&s->cgroup, c->cgroups_path, s->id, c->o->systemd_cgroup, e);
	if (r == 0)
		r = choose_guest_ids(s, e);
	if (r == 0)
		r = state_save_config(s, c->spec->text, c->spec->text_size, e);
	return r < 0 ? r : state_save(s, e);
}

/* systemd's part of the control groups. */
static int start_scope(struct creation *c, struct error *e)
{
	if (!c->o->systemd_cgroup)
		return 0;
	return systemd_scope_start(c->cgroups_path, &c->spec->resources,
				   cgroup_is_unified(&c->state->cgroup), &c->keeper,
				   &c->state->unit, e);
}

static int prepare_boot(struct creation *c, struct error *e)
{
	struct state *s = c->state;
	const struct spec_seccomp *profile = &c->spec->seccomp;
	c->boot.profile_flags =
	    profile->flags & (SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW);
	int r = policy_of_spec(c->spec, &c->policy, e);
	c->boot.policy = &c->policy;
	if (r == 0 && c->boot.network.addressed)
		policy_addressed(&c->policy);
	if (r == 0)
		r = seccomp_profile_build(profile, &c->boot.profile, e);
	if (r == 0)
		r = state_make_counters(s, &c->boot.counters, e);
	if (r == 0)
		r = state_open_events(s, &c->boot.network.events, e);
	if (r == 0)
		r = state_open_crash(s, &c->boot.crash_fd, e);
	if (r < 0)
		return r;
	r = namespaces_guest_id(&c->spec->uid_maps, "uidMappings", s->guest_uid, &c->boot.guest_uid,
				e);
	if (r == 0)
		r = namespaces_guest_id(&c->spec->gid_maps, "gidMappings", s->guest_gid,
					&c->boot.guest_gid, e);
	if (r == 0)
		r = start_scope(c, e);
	if (r == 0)
		r = cgroup_create(&s->cgroup, e);
	if (r == 0)
		r = cgroup_limit(&s->cgroup, &c->spec->resources, false, e);
	if (r == 0)
		r = cgroup_open(&s->cgroup, c->boot.cgroup_fds, c->boot.cgroup_names, e);
	if (r < 0)
		return r;
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(e, errno, "status socket");
	c->status = pair[0];
	c->child_status = pair[1];
	c->control = control_listen(s->dirfd, e);
	if (c->control < 0)
		return c->control;
	c->boot.spec = c->spec;
	c->boot.id = s->id;
	c->boot.bundle = s->bundle;
	c->boot.control_fd = c->control;
	c->boot.status_fd = c->child_status;
	c->boot.preserved = (int)c->o->preserve_fds;
	c->boot.oom_score_adj = process_oom_score(&c->spec->process);
	c->boot.proc_skeleton = c->boot.sys_skeleton = -1;
	return 0;
}

/* Clones in the joined namespaces; the runtime itself is back in its own afterwards. */
static int clone_joined(struct creation *c, struct error *e)
{
	struct joined joined;
	int root = c->o->root_tree < 0 ? -1 : fcntl(c->o->root_tree, F_DUPFD_CLOEXEC, 3);
	int r = namespaces_join(c->spec, &joined, e);
	if (r == 0)
		r = network_prepare_joined(c->spec, &c->boot.network, e);
	c->prepare_inside = r == 0 && rootless_caller() && !rootless_may_mount();
	if (r == 0 && !c->prepare_inside)
		r = mounts_prepare(c->spec, root, &c->sources, e);
	else
		close_fd(&root);
	if (r == 0)
		r = clone_sentry(c, e);
	namespaces_return(&joined);
	mount_sources_release(&c->sources);
	return r;
}

static int let_go(struct creation *c, struct error *e)
{
	int r = namespaces_map_ids(c->spec, c->child, c->state->guest_uid, c->state->guest_gid, e);
	if (r == 0)
		r = cgroup_place(&c->state->cgroup, c->child, e);
	/* Not before: a process of a real-time class cannot enter any group, but be made one in it.
	 */
	if (r == 0)
		r = process_attributes_apply(&c->spec->process, c->child, e);
	systemd_keeper_release(&c->keeper);
	if (r == 0)
		r = state_set_pid(c->state, c->child, e);
	if (r == 0)
		r = state_save(c->state, e);
	if (r == 0 && send_message(c->status, "", 1, NULL, 0) < 0)
		r = error_set(e, EPIPE, "the sentry has died");
	return r;
}

/* The child waits with everything mounted. */
static int run_hooks(struct creation *c, struct error *e)
{
	int r = hooks_run(c->spec, SPEC_HOOK_PRESTART, c->state, STATUS_CREATING, c->child, e);
	if (r == 0)
		r = hooks_run(c->spec, SPEC_HOOK_CREATE_RUNTIME, c->state, STATUS_CREATING,
			      c->child, e);
	if (r == 0 && send_message(c->status, "", 1, NULL, 0) < 0)
		r = error_set(e, EPIPE, "the sentry has died");
	return r;
}

/* Waits until the child says something, or for a signal that asks to stop. */
static int wait_for_child(struct creation *c, struct error *e)
{
	sigset_t stop;
	sigemptyset(&stop);
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaddset(&stop, numbers[i]);
	_cleanup_close_ int signals = signalfd(-1, &stop, SFD_CLOEXEC);
	if (signals < 0)
		return error_set(e, errno, "signalfd");
	struct pollfd fds[] = {{.fd = c->status, .events = POLLIN},
			       {.fd = signals, .events = POLLIN}};
	while (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		if (errno != EINTR)
			return error_set(e, errno, "wait for the sentry");
	if (!fds[0].revents)
		return error_set(e, EINTR, "container %s is not made", c->state->id);
	return 0;
}

/* Waits for the child's report, and runs hooks when it asks for them first. */
static int wait_for_report(struct creation *c, struct error *e)
{
	_cleanup_close_ int master = -1;
	bool reported = false;
	int r = 0;
	while (r == 0 && !reported) {
		json_t *report = NULL;
		r = wait_for_child(c, e);
		if (r == 0)
			r = control_receive(c->status, &report, &master, e);
		reported = !json_object_get(report, "hooks");
		json_decref(report);
		if (r == 0 && !reported)
			r = run_hooks(c, e);
	}
	if (r < 0 || !c->spec->process.terminal)
		return r;
	if (master < 0)
		return error_set(e, EPROTO, "the sentry has made no terminal");
	if (c->console >= 0)
		return console_send(c->console, master, e);
	*c->o->master = steal_fd(&master);
	return 0;
}

static int make(struct creation *c, struct error *e)
{
	if (c->o->console_socket) {
		c->console = console_connect(c->o->console_socket, e);
		if (c->console < 0)
			return c->console;
	}
	int r = describe(c, e);
	if (r == 0)
		r = prepare_boot(c, e);
	if (r == 0)
		r = clone_joined(c, e);
	if (r == 0)
		r = let_go(c, e);
	if (r == 0)
		r = wait_for_report(c, e);
	if (r < 0)
		return r;
	c->state->ready = true;
	r = state_save(c->state, e);
	return r == 0 && c->o->pid_file ? pid_file_write(c->o->pid_file, c->child, e) : r;
}

/* Takes everything back; what cannot be is said in the log, the first error is the one to report.
 */
static void take_back(struct creation *c)
{
	struct error e;
	if (c->child > 0) {
		kill(c->child, SIGKILL);
		while (waitpid(c->child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	c->state->pid = 0;
	if (container_delete(c->state, true, &e) < 0)
		log_warning("%s", e.message);
}

static void creation_release(struct creation *c)
{
	mount_sources_release(&c->sources);
	seccomp_profile_release(&c->boot.profile);
	if (c->boot.counters)
		munmap(c->boot.counters, sizeof *c->boot.counters);
	systemd_keeper_release(&c->keeper);
	free(c->cgroups_path);
	for (size_t i = 0; c->boot.cgroup_fds[i] >= 0; i++)
		close(c->boot.cgroup_fds[i]);
	close_fd(&c->boot.crash_fd);
	close_fd(&c->control);
	close_fd(&c->console);
	close_fd(&c->status);
	close_fd(&c->child_status);
}

static int check(const struct create_options *o, const struct spec *spec, struct error *e)
{
	if (spec->process.terminal && !o->console_socket && !o->master)
		return error_set(
		    e, 0, "process.terminal needs --console-socket, or run in the foreground");
	if (!spec->process.terminal && o->console_socket)
		return error_set(e, 0, "--console-socket needs process.terminal");
	if (spec->mount_label && !process_has_selinux())
		return error_set(e, 0, "linux.mountLabel %s: SELinux is not enabled here",
				 spec->mount_label);
	if (spec->intel_rdt.set)
		return error_set(e, ENOTSUP, "linux.intelRdt");
	int r = state_check_id(o->id, e);
	if (r == 0)
		r = process_attributes_check(&spec->process, false, e);
	if (r == 0 && rootless_caller())
		r = rootless_check(spec, e);
	return r < 0 ? r : namespaces_check(spec, e);
}

int container_create(const struct create_options *o, const struct spec *spec, struct state *s,
		     struct error *e)
{
	_cleanup_(network_release) struct network network = {.events = -1, .sockets = -1};
	int r = check(o, spec, e);
	if (r == 0)
		r = network_read(spec, &network, e);
	if (r < 0)
		return r;
	sigset_t all, old;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	r = state_create(o->root, o->id, s, e);
	if (r == 0) {
		struct creation c = {.o = o,
				     .spec = spec,
				     .state = s,
				     .sources = MOUNT_SOURCES_EMPTY,
				     .boot = {.cgroup_fds = {-1}, .network = network, .crash_fd = -1},
				     .control = -1,
				     .console = -1,
				     .status = -1,
				     .child_status = -1};
		r = make(&c, e);
		if (r < 0)
			take_back(&c);
		creation_release(&c);
		network.events = c.boot.network.events;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
