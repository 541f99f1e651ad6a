/*
 * capbox do: runs a command in a throw-away container on the host's own files, with the caller's
 * working directory, environment and (first) identity. What it writes is in memory and gone after.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/container.h"
#include "runtime/host_tree.h"
#include "runtime/rootless.h"

struct input {
	int first; /* index of the command in argv; 0: none */
	bool host_network;
	const char *policy;
};

static const struct argp_option options[] = {
    {"host-network", 'n', NULL, 0, "use the host's network instead of none", 0},
    {"policy", 'p', "NAME|FILE", 0, "the container's policy: default, strict, or a file", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	switch (key) {
	case 'n':
		in->host_network = true;
		return 0;
	case 'p':
		in->policy = arg;
		return 0;
	case ARGP_KEY_ARG:
		/* The rest, options included, is the command's. */
		in->first = state->next - 1;
		state->next = state->argc;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static json_t *string_list(char **strings)
{
	json_t *list = json_array();
	for (; list && *strings; strings++)
		/* Bytes that are not UTF-8 cannot be written in config.json. */
		json_array_append_new(list, json_stringn(*strings, strlen(*strings)));
	return list;
}

/* Capabilities inside mean what they do for a container's root: nothing on the host. */
static json_t *capabilities(void)
{
	static const char *const names[] = {"CAP_CHOWN",       "CAP_DAC_OVERRIDE",    "CAP_FSETID",
					    "CAP_FOWNER",      "CAP_MKNOD",	      "CAP_NET_RAW",
					    "CAP_SETGID",      "CAP_SETUID",	      "CAP_SETFCAP",
					    "CAP_SETPCAP",     "CAP_SYS_CHROOT",      "CAP_KILL",
					    "CAP_AUDIT_WRITE", "CAP_NET_BIND_SERVICE"};
	json_t *list = json_array();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		json_array_append_new(list, json_string(names[i]));
	return json_pack("{s:O, s:O, s:o}", "bounding", list, "effective", list, "permitted", list);
}

static json_t *process(char **command)
{
	_cleanup_free_ char *cwd = getcwd(NULL, 0);
	json_t *object = json_pack(
	    "{s:b, s:{s:i, s:i}, s:o, s:o, s:s, s:o}", "terminal", 0, "user", "uid", (int)getuid(),
	    "gid", (int)getgid(), "args", string_list(command), "env", string_list(environ), "cwd",
	    cwd && cwd[0] == '/' ? cwd : "/", "capabilities", capabilities());
	return object;
}

static json_t *mounts(void)
{
	return json_pack("[{s:s, s:s, s:s}, {s:s, s:s, s:s, s:[s, s, s]},"
			 " {s:s, s:s, s:s, s:[s, s, s, s, s]}, {s:s, s:s, s:s, s:[s, s, s]},"
			 " {s:s, s:s, s:s}]",
			 "destination", "/proc", "type", "proc", "source", "proc", "destination",
			 "/dev", "type", "tmpfs", "source", "tmpfs", "options", "nosuid",
			 "mode=755", "size=64k", "destination", "/dev/pts", "type", "devpts",
			 "source", "devpts", "options", "nosuid", "noexec", "newinstance",
			 "ptmxmode=0666", "mode=0620", "destination", "/dev/shm", "type", "tmpfs",
			 "source", "shm", "options", "nosuid", "noexec", "mode=1777", "destination",
			 "/sys", "type", "sysfs", "source", "sysfs");
}

static json_t *namespaces(bool host_network)
{
	json_t *list = json_pack("[{s:s}, {s:s}, {s:s}, {s:s}, {s:s}]", "type", "pid", "type",
				 "mount", "type", "ipc", "type", "uts", "type", "cgroup");
	if (!host_network)
		json_array_append_new(list, json_pack("{s:s}", "type", "network"));
	return list;
}

static int make_spec(const struct input *in, char **command, struct spec **spec, struct error *e)
{
	/* A path may be relative here, unlike in an annotation. */
	_cleanup_free_ char *path = strchr(in->policy, '/') ? realpath(in->policy, NULL) : NULL;
	json_t *config =
	    json_pack("{s:s, s:{s:s}, s:o, s:o, s:{s:o}, s:{s:s}}", "ociVersion", "1.2.0", "root",
		      "path", "/", "process", process(command), "mounts", mounts(), "linux",
		      "namespaces", namespaces(in->host_network), "annotations",
		      "dev.capbox.policy", path ? path : in->policy);
	_cleanup_free_ char *text = config ? json_dumps(config, JSON_COMPACT) : NULL;
	json_decref(config);
	if (!text)
		return error_set(e, 0, "the command or the environment is not UTF-8 text");
	return spec_parse(text, strlen(text), spec, e);
}

static void free_spec(struct spec **spec)
{
	spec_free(*spec);
}

int command_do(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {
	    options,
	    parse,
	    "[--] COMMAND [ARGUMENT...]",
	    "Runs a command in a throw-away container on the host's own "
	    "files, read-only below a private overlay.",
	    NULL,
	    NULL,
	    NULL};
	struct input in = {.policy = "default"};
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r == 0 && !in.first)
		r = error_set(e, 0, "do: which command? (see capbox do --help)");
	if (r == 0 && rootless_caller())
		r = error_set(
		    e, EPERM,
		    "do: the host's own files as a container's need its root: run capbox as "
		    "root, or give a root filesystem (capbox spec --rootless, capbox run)");
	if (r < 0)
		return r;
	_cleanup_(free_spec) struct spec *spec = NULL;
	r = make_spec(&in, argv + in.first, &spec, e);
	if (r < 0)
		return r;
	_cleanup_close_ int tree = host_tree_make(e);
	if (tree < 0)
		return tree;
	char id[32];
	snprintf(id, sizeof id, "do-%d", (int)getpid());
	const struct create_options o = {
	    .root = g->root, .id = id, .bundle = "/", .root_tree = tree};
	return container_run(&o, spec, false, false, e);
}
