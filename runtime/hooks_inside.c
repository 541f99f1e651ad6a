/*
 * startContainer hooks. Their programs lie in the container and are no more to be trusted than
 * anything else in it, so each is a guest: an exec before the first process's program runs.
 */
#include "runtime/hooks.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runtime/control.h"
#include "runtime/exec.h"

static json_t *string_list(const char *first, const char *const *others, size_t count)
{
	json_t *list = json_array();
	if (first)
		json_array_append_new(list, json_string(first));
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(others[i]));
	return list;
}

/* The first process with the hook's program, arguments and, when it has one, environment. A guest's
 * program is found by its argv[0], so that is the hook's path whatever args[0] says. */
static int make_process(const struct spec_hook *hook, const struct state *s, json_t **out,
			struct error *e)
{
	char *args[] = {(char *)hook->path, NULL};
	const struct exec_process p = {.args = args};
	bool terminal;
	int r = exec_process_make(s, &p, out, &terminal, e);
	if (r < 0)
		return r;
	if (hook->args.count)
		json_object_set_new(
		    *out, "args",
		    string_list(hook->path, hook->args.strings + 1, hook->args.count - 1));
	if (hook->env.count)
		json_object_set_new(*out, "env",
				    string_list(NULL, hook->env.strings, hook->env.count));
	return 0;
}

static time_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* A reply of the sentry before the deadline (0: none). */
static int receive(int sock, time_t deadline, json_t **reply, struct error *e)
{
	if (deadline) {
		struct timeval left = {.tv_sec = MAX(deadline - now(), (time_t)0)};
		if (!left.tv_sec)
			left.tv_usec = 1;
		setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &left, sizeof left);
	}
	return control_receive(sock, reply, NULL, e);
}

/* The end of the connection kills a hook that is late. */
static int run_one(const struct spec_hook *hook, const struct state *s, struct error *e)
{
	_cleanup_(hook_files_close) struct hook_files f = HOOK_FILES_EMPTY;
	json_t *process, *reply = NULL;
	int r = hook_files_open(&f, s, STATUS_CREATED, 1, e);
	if (r == 0)
		r = make_process(hook, s, &process, e);
	if (r < 0)
		return r;
	time_t deadline = hook->timeout ? now() + (time_t)hook->timeout : 0;
	json_t *request =
	    json_pack("{s:s, s:i, s:o}", "op", "exec", "preserve_fds", 0, "process", process);
	_cleanup_close_ int sock = control_connect(s->dirfd, 0, e);
	if (sock < 0) {
		json_decref(request);
		return sock;
	}
	const int fds[] = {f.in, f.out, f.out};
	r = control_send(sock, request, fds, ARRAY_SIZE(fds), e);
	if (r == 0)
		r = receive(sock, deadline, NULL, e);
	if (r == 0)
		r = receive(sock, deadline, &reply, e);
	int status = (int)json_integer_value(json_object_get(reply, "exited"));
	json_decref(reply);
	if (r == -ETIMEDOUT)
		return hook_timeout(hook->timeout, e);
	return r < 0 ? r : hook_result(&f, status, e);
}

int hooks_run_inside(const struct spec *spec, const struct state *s, struct error *e)
{
	const struct spec_hooks *hooks = &spec->hooks[SPEC_HOOK_START_CONTAINER];
	for (size_t i = 0; i < hooks->count; i++) {
		int r = run_one(&hooks->hooks[i], s, e);
		if (r < 0)
			return error_prefix(e, r, "hooks.startContainer[%zu] %s", i,
					    hooks->hooks[i].path);
	}
	return 0;
}
