/* capbox debug state: what the sentry of a container holds, and the policy it serves. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "platform/policy.h"
#include "runtime/control.h"
#include "runtime/debug.h"
#include "runtime/policy_file.h"
#include "runtime/state.h"

#define STATE_TEXT_MAX (16u << 20)

static void free_spec(struct spec **spec)
{
	spec_free(*spec);
}

/* The calls that the container's policy treats otherwise than the default one. */
static json_t *describe_policy(const struct state *s, struct error *e)
{
	static const char *const actions[] = {
	    [POLICY_NATIVE] = "native", [POLICY_SENTRY] = "sentry", [POLICY_DENY] = "deny"};
	_cleanup_(free_spec) struct spec *spec = NULL;
	struct policy usual, policy;
	if (state_load_config(s, &spec, e) < 0 || policy_of_spec(spec, &policy, e) < 0)
		return NULL;
	policy_default(&usual);
	struct policy_exposure x = policy_exposure(&policy);
	json_t *changes = json_object();
	for (size_t i = 0; i < SYSCALL_COUNT; i++)
		if (policy.entries[i].action != usual.entries[i].action ||
		    policy.entries[i].error != usual.entries[i].error)
			json_object_set_new(changes, syscall_table[i].name,
					    json_string(actions[policy.entries[i].action]));
	return json_pack("{s:i, s:i, s:i, s:i, s:o}", "native", (int)x.native, "checked",
			 (int)x.checked, "sentry", (int)x.sentry, "denied", (int)x.denied,
			 "changes", changes);
}

/* Asks the sentry, whose answer comes as a file. */
static int ask(const struct state *s, json_t **out, struct error *e)
{
	_cleanup_close_ int sock = control_connect(s->dirfd, CONTROL_TIMEOUT_S, e);
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	int r = sock < 0 ? sock : control_send(sock, json_pack("{s:s}", "op", "debug"), NULL, 0, e);
	if (r == 0)
		r = control_receive(sock, NULL, &fd, e);
	if (r < 0)
		return r;
	/* Only memory has seals: nothing that could keep the reader waiting. */
	struct stat st;
	if (fd < 0 || fcntl(fd, F_GET_SEALS) < 0 || fstat(fd, &st) < 0 ||
	    st.st_size > STATE_TEXT_MAX)
		return error_set(e, EPROTO, "the sentry's answer");
	text = malloc((size_t)st.st_size + 1);
	ssize_t n = text ? pread(fd, text, (size_t)st.st_size, 0) : -1;
	*out = n < 0 ? NULL : json_loadb(text, (size_t)n, 0, NULL);
	return json_is_object(*out) ? 0 : error_set(e, EPROTO, "the sentry's answer");
}

int debug_state_command(const struct globals *g, int argc, char **argv, struct error *e)
{
	const char *id = NULL;
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	_cleanup_(json_decrefp) json_t *object = NULL;
	int r = command_parse_id("Prints what the sentry of a container holds, as JSON.", argc,
				 argv, &id, e);
	if (r == 0)
		r = state_open(g->root, id, &s, e);
	if (r < 0)
		return r;
	enum status status = state_status(&s);
	if (status == STATUS_STOPPED || status == STATUS_PAUSED)
		return error_set(e, 0, "container %s is %s: its sentry cannot answer", id,
				 status_name(status));
	r = control_answered(ask(&s, &object, e), id, e);
	if (r < 0)
		return r;
	json_object_set_new(object, "id", json_string(id));
	json_object_set_new(object, "pid", json_integer(s.pid));
	json_t *policy = describe_policy(&s, e);
	if (!policy)
		return -EINVAL;
	json_object_set_new(object, "policy", policy);
	if (json_dumpf(object, stdout, JSON_INDENT(2)) < 0 || puts("") < 0 || fflush(stdout))
		return error_set(e, EIO, "write to stdout");
	return 0;
}
