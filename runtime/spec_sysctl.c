/*
 * linux.sysctl: kernel parameters of the container's own namespaces. One that the host would share
 * is refused, and so is one of a namespace that the container does not have for itself.
 */
#include "runtime/spec_parser.h"
#include "lib/cleanup.h"

#include <string.h>

/* Parameters that belong to a namespace; an end in '/' stands for all below. */
static const struct {
	const char *path;
	enum spec_namespace_type type;
} namespaced[] = {
    {"fs/mqueue/", SPEC_NS_IPC},
    {"kernel/domainname", SPEC_NS_UTS},
    {"kernel/hostname", SPEC_NS_UTS},
    {"kernel/msgmax", SPEC_NS_IPC},
    {"kernel/msgmnb", SPEC_NS_IPC},
    {"kernel/msgmni", SPEC_NS_IPC},
    {"kernel/msg_next_id", SPEC_NS_IPC},
    {"kernel/sem", SPEC_NS_IPC},
    {"kernel/sem_next_id", SPEC_NS_IPC},
    {"kernel/shm_next_id", SPEC_NS_IPC},
    {"kernel/shm_rmid_forced", SPEC_NS_IPC},
    {"kernel/shmall", SPEC_NS_IPC},
    {"kernel/shmmax", SPEC_NS_IPC},
    {"kernel/shmmni", SPEC_NS_IPC},
    {"net/", SPEC_NS_NETWORK},
};

/*
 * The path below /proc/sys of a name as sysctl(8) reads it: the first separator, '.' or '/', is the
 * separator, and the other one is part of the names. NULL when a component is empty or a dot.
 */
static const char *sysctl_path(struct reader *reader, const char *name)
{
	size_t size = strlen(name) + 1;
	char *path = reader_alloc(reader, size, 1);
	if (!path)
		return NULL;
	memcpy(path, name, size);
	bool dotted = name[strcspn(name, "./")] == '.';
	for (char *p = path; dotted && *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	for (const char *p = path;; p++) {
		size_t length = strcspn(p, "/");
		if (length == 0 || (length <= 2 && strspn(p, ".") >= length))
			return NULL;
		p += length;
		if (!*p)
			return path;
	}
}

static int namespace_of(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespaced); i++) {
		const char *known = namespaced[i].path;
		size_t length = strlen(known);
		bool is_tree = known[length - 1] == '/';
		if (is_tree ? strncmp(path, known, length) == 0 : strcmp(path, known) == 0)
			return (int)namespaced[i].type;
	}
	return -1;
}

static void check_sysctl(const struct node *member, struct spec *spec, struct spec_pair *pair)
{
	const char *path = sysctl_path(member->reader, pair->key);
	int type = path ? namespace_of(path) : -1;
	if (!path)
		node_fail(member, "not the name of a kernel parameter");
	else if (type < 0)
		node_fail(member,
			  "this kernel parameter is the whole machine's: a container cannot "
			  "have its own");
	else if (!spec->namespaces[type].set)
		node_fail(member, "needs a namespace of type %s in linux.namespaces",
			  spec_namespace_name((enum spec_namespace_type)type));
	else if (strcmp(path, "kernel/hostname") == 0 && spec->hostname)
		node_fail(member, "given together with hostname");
	else
		pair->key = path;
}

void parse_sysctl(struct node node, struct spec *spec)
{
	spec->sysctl = node_pairs(node);
	for (size_t i = 0; i < spec->sysctl.count; i++) {
		struct node member = node_get(&node, spec->sysctl.pairs[i].key, REQUIRED);
		check_sysctl(&member, spec, &spec->sysctl.pairs[i]);
	}
}
