/* The process of a container, or one more in it: config.json's "process", and `exec --process`. */
#include "runtime/spec_parser.h"
#include "lib/cleanup.h"
#include "lib/log.h"

#include <limits.h>
#include <string.h>

#define GROUPS_MAX     65536 /* NGROUPS_MAX of the kernel */
#define ID_MAX	       (UINT32_MAX - 1)
#define OOM_ADJUST_MAX 1000

static void parse_console(const struct node *process, struct spec_process *out)
{
	struct node size = node_object(node_get(process, "consoleSize", OPTIONAL));
	if (!node_present(size))
		return;
	out->console_height =
	    (unsigned short)node_unsigned(node_get(&size, "height", REQUIRED), USHRT_MAX);
	out->console_width =
	    (unsigned short)node_unsigned(node_get(&size, "width", REQUIRED), USHRT_MAX);
}

static void parse_user(const struct node *user, struct spec_user *out)
{
	out->uid = (uint32_t)node_unsigned(node_get(user, "uid", REQUIRED), ID_MAX);
	out->gid = (uint32_t)node_unsigned(node_get(user, "gid", REQUIRED), ID_MAX);
	out->umask = node_u32(node_get(user, "umask", OPTIONAL), 0777);
	struct node list = node_get(user, "additionalGids", OPTIONAL);
	struct node groups = node_array(list);
	size_t count = node_count(&groups);
	if (count > GROUPS_MAX)
		node_fail(&groups, "%zu groups are more than the kernel's %d", count, GROUPS_MAX);
	out->groups = reader_alloc(user->reader, count, sizeof *out->groups);
	if (!out->groups)
		return;
	for (; out->group_count < count; out->group_count++)
		out->groups[out->group_count] =
		    (gid_t)node_unsigned(node_item(&groups, out->group_count), ID_MAX);
}

static uint64_t parse_capability_set(const struct node *capabilities, const char *key)
{
	struct node list = node_get(capabilities, key, OPTIONAL);
	struct node array = node_array(list);
	size_t count = node_count(&array);
	uint64_t set = 0;
	for (size_t i = 0; i < count; i++) {
		const char *name = node_string(node_item(&array, i));
		const struct name_value *known = name ? find_name(capability_names, name) : NULL;
		char text[80];
		/* What cannot be granted is to be warned of, not to be an error. */
		if (known)
			set |= UINT64_C(1) << known->value;
		else if (name)
			log_warning("process.capabilities.%s[%zu]: unknown capability '%s'", key, i,
				    printable(name, text, sizeof text));
	}
	return set;
}

static void parse_capabilities(const struct node *process, struct spec_capabilities *out)
{
	struct node sets = node_object(node_get(process, "capabilities", OPTIONAL));
	out->set = node_present(sets);
	out->bounding = parse_capability_set(&sets, "bounding");
	out->effective = parse_capability_set(&sets, "effective");
	out->permitted = parse_capability_set(&sets, "permitted");
	out->inheritable = parse_capability_set(&sets, "inheritable");
	out->ambient = parse_capability_set(&sets, "ambient");
}

static void parse_rlimits(struct node node, struct spec_process *out)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	out->rlimits = reader_alloc(node.reader, count, sizeof *out->rlimits);
	if (!out->rlimits)
		return;
	for (; out->rlimit_count < count; out->rlimit_count++) {
		struct node item = node_object(node_item(&array, out->rlimit_count));
		struct spec_rlimit *limit = &out->rlimits[out->rlimit_count];
		struct node type = node_get(&item, "type", REQUIRED);
		limit->resource = (int)parse_name(type, rlimit_names, "rlimit");
		limit->soft = node_unsigned(node_get(&item, "soft", REQUIRED), UINT64_MAX);
		limit->hard = node_unsigned(node_get(&item, "hard", REQUIRED), UINT64_MAX);
		if (limit->soft > limit->hard)
			node_fail(&item, "the soft limit is above the hard limit");
		for (size_t i = 0; i < out->rlimit_count; i++) {
			if (out->rlimits[i].resource == limit->resource)
				node_fail(&type, "%s is listed twice",
					  find_value(rlimit_names, (uint64_t)limit->resource));
		}
	}
}

/* sched_setattr(2) would refuse these with a bare EINVAL. */
static void check_scheduler(const struct node *object, const struct spec_scheduler *scheduler)
{
	bool is_realtime = scheduler->policy == SCHED_FIFO || scheduler->policy == SCHED_RR;
	bool is_fair = scheduler->policy == SCHED_OTHER || scheduler->policy == SCHED_BATCH;
	bool has_times = scheduler->runtime || scheduler->deadline || scheduler->period;
	const char *name = find_value(scheduler_policy_names, scheduler->policy);
	struct node priority = node_get(object, "priority", OPTIONAL);
	struct node nice = node_get(object, "nice", OPTIONAL);
	if (is_realtime != (scheduler->priority > 0))
		node_fail(&priority, "%s takes %s", name,
			  is_realtime ? "a priority from 1 to 99" : "no priority");
	if (scheduler->nice && !is_fair)
		node_fail(&nice, "%s takes no nice value", name);
	if (has_times && scheduler->policy != SCHED_DEADLINE)
		node_fail(object, "%s takes no runtime, deadline or period", name);
}

static void parse_scheduler(const struct node *process, struct spec_scheduler *out)
{
	struct node scheduler = node_object(node_get(process, "scheduler", OPTIONAL));
	out->set = node_present(scheduler);
	if (!out->set)
		return;
	out->policy = (uint32_t)parse_name(node_get(&scheduler, "policy", REQUIRED),
					   scheduler_policy_names, "scheduling policy");
	out->nice = (int32_t)node_signed(node_get(&scheduler, "nice", OPTIONAL), -20, 19);
	out->priority = (uint32_t)node_unsigned(node_get(&scheduler, "priority", OPTIONAL), 99);
	out->runtime = node_unsigned(node_get(&scheduler, "runtime", OPTIONAL), UINT64_MAX);
	out->deadline = node_unsigned(node_get(&scheduler, "deadline", OPTIONAL), UINT64_MAX);
	out->period = node_unsigned(node_get(&scheduler, "period", OPTIONAL), UINT64_MAX);
	struct node flags = node_array(node_get(&scheduler, "flags", OPTIONAL));
	size_t count = node_count(&flags);
	for (size_t i = 0; i < count; i++)
		out->flags |=
		    parse_name(node_item(&flags, i), scheduler_flag_names, "scheduling flag");
	check_scheduler(&scheduler, out);
}

static void parse_io_priority(const struct node *process, struct spec_io_priority *out)
{
	struct node io = node_object(node_get(process, "ioPriority", OPTIONAL));
	out->set = node_present(io);
	if (!out->set)
		return;
	out->ioclass =
	    (int)parse_name(node_get(&io, "class", REQUIRED), io_class_names, "I/O class");
	out->priority = (int)node_signed(node_get(&io, "priority", REQUIRED), 0, 7);
}

/* Reads one CPU number; false when there is none or it is beyond what a cpu_set_t holds. */
static bool read_cpu(const char **p, unsigned *cpu)
{
	*cpu = 0;
	const char *start = *p;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		*cpu = *cpu * 10 + (unsigned)(**p - '0');
		if (*cpu >= CPU_SETSIZE)
			return false;
	}
	return *p > start;
}

/* A list such as 0-3,7. */
static bool read_cpu_list(const char *p, cpu_set_t *set)
{
	for (;; p++) {
		unsigned first, last;
		if (!read_cpu(&p, &first))
			return false;
		last = first;
		if (*p == '-' && (p++, !read_cpu(&p, &last)))
			return false;
		if (last < first)
			return false;
		for (; first <= last; first++)
			CPU_SET(first, set);
		if (*p != ',')
			return *p == '\0';
	}
}

static const cpu_set_t *parse_cpus(struct node node)
{
	const char *list = node_string(node);
	if (!list || !*list)
		return NULL;
	cpu_set_t *set = reader_alloc(node.reader, 1, sizeof *set);
	char text[80];
	if (set && !read_cpu_list(list, set))
		node_fail(&node, "'%s' is not a list of CPUs such as 0-3,7",
			  printable(list, text, sizeof text));
	return set;
}

/* A name that is given twice: the last value counts, in the first one's place. */
static void drop_overridden(struct spec_strings *env)
{
	size_t count = 0;
	for (size_t i = 0; i < env->count; i++) {
		const char *s = env->strings[i];
		size_t name = strcspn(s, "="), j = 0;
		while (j < count && strncmp(env->strings[j], s, name + 1))
			j++;
		env->strings[j] = s;
		count += j == count;
	}
	env->count = count;
	env->strings[count] = NULL;
}

static void parse_environment(struct node node, struct spec_process *out)
{
	out->env = node_strings(node);
	for (size_t i = 0; i < out->env.count && !node.reader->status; i++) {
		const char *s = out->env.strings[i];
		char text[80];
		struct node item = node_item(&node, i);
		if (!strchr(s, '=') || *s == '=')
			node_fail(&item, "'%s' is not of the form name=value",
				  printable(s, text, sizeof text));
	}
	if (!node.reader->status)
		drop_overridden(&out->env);
}

void parse_process(const struct node *process, struct spec_process *out)
{
	out->terminal = node_bool(node_get(process, "terminal", OPTIONAL));
	parse_console(process, out);
	struct node user = node_object(node_get(process, "user", REQUIRED));
	parse_user(&user, &out->user);
	struct node args = node_get(process, "args", REQUIRED);
	out->args = node_strings(args);
	if (!out->args.count)
		node_fail(&args, "at least one entry, the program, is required");
	parse_environment(node_get(process, "env", OPTIONAL), out);
	out->cwd = node_absolute(node_get(process, "cwd", REQUIRED));
	parse_capabilities(process, &out->capabilities);
	parse_rlimits(node_get(process, "rlimits", OPTIONAL), out);
	out->no_new_privileges = node_bool(node_get(process, "noNewPrivileges", OPTIONAL));
	out->oom_score_adj =
	    node_i64(node_get(process, "oomScoreAdj", OPTIONAL), -OOM_ADJUST_MAX, OOM_ADJUST_MAX);
	out->apparmor_profile = node_string(node_get(process, "apparmorProfile", OPTIONAL));
	out->selinux_label = node_string(node_get(process, "selinuxLabel", OPTIONAL));
	parse_scheduler(process, &out->scheduler);
	parse_io_priority(process, &out->io_priority);
	struct node affinity = node_object(node_get(process, "execCPUAffinity", OPTIONAL));
	out->affinity_initial = parse_cpus(node_get(&affinity, "initial", OPTIONAL));
	out->affinity_final = parse_cpus(node_get(&affinity, "final", OPTIONAL));
}
