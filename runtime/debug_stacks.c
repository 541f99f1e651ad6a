/*
 * capbox debug stacks: what every thread of a container is doing, as native stacks. All that the
 * sentry is asked is which traps its workers serve, so that this works also when it answers no
 * more.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/control.h"
#include "runtime/debug.h"
#include "runtime/freezer.h"
#include "runtime/ps.h"
#include "runtime/stacks.h"
#include "runtime/state.h"
#include "syscalls/table.h"

struct input {
	const char *id;
	pid_t pid; /* as the container counts; 0: all */
	struct error *e;
};

static const struct argp_option options[] = {
    {"pid", 'p', "PID", 0, "only this process, as the container counts", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	char *end;
	switch (key) {
	case 'p':
		errno = 0;
		in->pid = (pid_t)strtol(arg, &end, 10);
		if (!errno && *arg && !*end && in->pid > 0)
			return 0;
		error_set(in->e, 0, "--pid: not a process: '%s'", arg);
		return EINVAL;
	case ARGP_KEY_ARG:
		return command_take_id(&in->id, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- a guest -------------------------------------------------------------------------------- */

/* The call that a thread is in, or why nothing is known of it. */
static void remark_call(void *arg, const struct stack_thread *t, char *text, size_t size)
{
	const struct syscall_info *info = t->call >= 0 ? syscall_by_number((int)t->call) : NULL;
	if (info)
		snprintf(text, size, ": in %s", info->name);
	else if (t->source == STACK_WHOLE && t->call < 0)
		snprintf(text, size, ": running");
}

struct process {
	pid_t pid, inner;
	uid_t uid;
	char name[64];
	int dir; /* of /proc */
};

static void process_release(struct process *p)
{
	close_fd(&p->dir);
}

/* -ESRCH when it is gone. The directory stays with the process, whoever gets its number later. */
static int process_open(pid_t pid, struct process *p)
{
	char path[32], text[8192];
	snprintf(path, sizeof path, "/proc/%d", (int)pid);
	*p = (struct process){.pid = pid, .inner = pid};
	p->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0 || read_file_at(p->dir, "status", text, sizeof text) < 0)
		return -ESRCH;
	const char *uid = strstr(text, "\nUid:"), *numbers = strstr(text, "\nNSpid:");
	sscanf(text, "Name:\t%63[^\n]", p->name);
	p->uid = uid ? (uid_t)strtoul(uid + 5, NULL, 10) : 0;
	/* From the outermost namespace to the innermost. */
	char *number = numbers ? (char *)numbers + 7 : text + strlen(text);
	while (*number == '\t')
		p->inner = (pid_t)strtol(number, &number, 10);
	return 0;
}

/* A process that has ended meanwhile is told so; it is no error. */
static int print_process(const struct process *p, int root, struct error *e)
{
	_cleanup_(stacks_release) struct stacks stacks;
	int r = stacks_collect(p->pid, p->dir, root, &stacks, e);
	if (r < 0 && r != -ESRCH)
		return r;
	printf("process %d (host %d) ", (int)p->inner, (int)p->pid);
	stacks_print_name(p->name, stdout);
	puts(r < 0 ? ": has ended" : "");
	if (r == 0)
		stacks_print(&stacks, stdout, remark_call, NULL);
	return 0;
}

/* Prints the guests that are wanted; how many there were. */
static int print_guests(const struct state *s, pid_t wanted, struct error *e)
{
	_cleanup_(pid_list_release) struct pid_list list = {0};
	_cleanup_close_ int root = open(s->rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int found = 0;
	int r = ps_list(s, &list, e);
	for (size_t i = 0; r == 0 && i < list.count; i++) {
		_cleanup_(process_release) struct process p;
		/* The list may be old by now: another's process has another uid. */
		if (process_open(list.pids[i], &p) < 0 || p.uid != s->guest_uid ||
		    (wanted && p.inner != wanted))
			continue;
		found++;
		r = print_process(&p, root, e);
	}
	return r < 0 ? r : found;
}

/* --- the sentry ----------------------------------------------------------------------------- */

/* What a worker of the sentry serves, by what the sentry has said of its workers. */
static void remark_trap(void *arg, const struct stack_thread *t, char *text, size_t size)
{
	size_t i;
	json_t *worker;
	json_array_foreach ((json_t *)arg, i, worker) {
		const json_t *call = json_object_get(worker, "number");
		if (!call || json_integer_value(json_object_get(worker, "tid")) != t->inner)
			continue;
		int number = (int)json_integer_value(call);
		const struct syscall_info *info = syscall_by_number(number);
		long long us = json_integer_value(json_object_get(worker, "microseconds"));
		snprintf(text, size, ": serves %s of thread %d for %lld.%03lld s",
			 info ? info->name : "?",
			 (int)json_integer_value(json_object_get(worker, "caller")), us / 1000000,
			 us / 1000 % 1000);
	}
}

/* NULL from a sentry that does not answer, or is frozen. */
static json_t *ask_for_workers(const struct state *s)
{
	json_t *reply = NULL;
	struct error ignored;
	if (freezer_is_frozen(&s->cgroup) ||
	    control_call(s->dirfd, json_pack("{s:s}", "op", "workers"), NULL, 0, CONTROL_TIMEOUT_S,
			 &reply, &ignored) < 0)
		return NULL;
	json_t *workers = json_incref(json_object_get(reply, "workers"));
	json_decref(reply);
	return workers;
}

static int print_sentry(const struct state *s, struct error *e)
{
	_cleanup_(process_release) struct process p;
	_cleanup_(stacks_release) struct stacks stacks = {0};
	_cleanup_(json_decrefp) json_t *workers = ask_for_workers(s);
	int r = process_open(s->pid, &p);
	_cleanup_close_ int same = state_pidfd(s);
	if (r == 0)
		r = same < 0 ? -ESRCH : stacks_collect(s->pid, p.dir, -1, &stacks, e);
	/* A rootless sentry's memory is not its owner's to see: it runs a file of another's. */
	if (r == -EPERM || r == -EACCES) {
		printf("sentry (host %d): %s\n", (int)s->pid, strerror(-r));
		return 0;
	}
	if (r < 0)
		return r;
	printf("sentry (host %d)\n", (int)s->pid);
	stacks_print(&stacks, stdout, remark_trap, workers);
	return 0;
}

/* --- the command ---------------------------------------------------------------------------- */

/* Of a container that has ended there may still be its sentry's last words. */
static int print_crash(const struct state *s, struct error *e)
{
	_cleanup_free_ char *report = NULL;
	if (state_read_crash(s, &report) <= 0)
		return error_set(e, 0, "container %s has no processes: it is %s", s->id,
				 status_name(state_status(s)));
	fputs(report, stdout);
	return 0;
}

static int print_all(const struct state *s, pid_t wanted, struct error *e)
{
	_cleanup_close_ int sentry = state_pidfd(s);
	if (sentry < 0)
		return print_crash(s, e);
	int r = wanted ? 0 : print_sentry(s, e);
	if (r == 0)
		r = print_guests(s, wanted, e);
	if (r == -ESRCH)
		return error_set(e, 0, "container %s has ended", s->id);
	if (r == 0 && wanted)
		return error_set(e, 0, "container %s has no process %d", s->id, (int)wanted);
	return r < 0 ? r : 0;
}

int debug_stacks_command(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {
	    options, parse, "ID", "Prints the native stacks of a container's threads.",
	    NULL,    NULL,  NULL};
	struct input in = {.e = e};
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r == 0 && !in.id)
		r = error_set(e, 0,
			      "debug stacks: which container? (see capbox debug stacks --help)");
	if (r == 0)
		r = state_open(g->root, in.id, &s, e);
	if (r == 0)
		r = print_all(&s, in.pid, e);
	if (r == 0 && fflush(stdout))
		r = error_set(e, errno, "write to stdout");
	return r;
}
