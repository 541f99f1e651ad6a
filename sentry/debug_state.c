/*
 * The sentry's tables as JSON: see debug_state.h. Whatever a guest chose (paths) may be no text.
 *
 * #syscalls: memfd_create openat readlinkat fstat fcntl:F_GETFL,F_SETFD getdents64 write close
 */
#include "sentry/debug_state.h"

#include "lib/cleanup.h"
#include "sentry/context_table.h"
#include "sentry/counters.h"
#include "sentry/entry.h"
#include "sentry/pool.h"
#include "sentry/sentry.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#define CONTEXTS_MAX 4096 /* shown; a container may have some 65,000 */

/* A guest's bytes as a JSON string: each that is none in UTF-8, and each control character, as '?'.
 */
static json_t *text(const char *bytes)
{
	json_t *string = json_string(bytes);
	_cleanup_free_ char *copy = string ? NULL : strdup(bytes);
	for (char *c = copy; c && *c; c++)
		if ((unsigned char)*c >= 0x7f || (unsigned char)*c < ' ')
			*c = '?';
	return string ? string : json_string(copy ? copy : "");
}

static json_t *link_text(struct sentry *s, const char *path)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(s->proc_fd, path, target, sizeof target - 1);
	target[MAX(n, 0)] = '\0';
	return text(target);
}

static json_t *fd_text(struct sentry *s, int fd)
{
	char path[40];
	snprintf(path, sizeof path, "self/fd/%d", fd);
	return link_text(s, path);
}

static json_t *describe_context(struct sentry *s, const struct context *c)
{
	const struct cred *cred = c->cred;
	return json_pack("{s:I, s:i, s:i, s:i, s:i, s:I, s:o, s:o, s:o, s:i, s:b}", "tag",
			 (json_int_t)(c->tag & INT64_MAX), "uid", (int)cred->uid, "euid",
			 (int)cred->euid, "gid", (int)cred->gid, "egid", (int)cred->egid,
			 "effective", (json_int_t)cred->effective, "cwd", fd_text(s, c->cwd->fd),
			 "root", fd_text(s, c->root->fd), "program",
			 c->program ? fd_text(s, c->program->fd) : json_null(), "umask",
			 (int)c->umask, "noNewPrivs", c->no_new_privs);
}

static json_t *list_contexts(struct sentry *s)
{
	struct context_table *t = s->contexts;
	json_t *list = json_array();
	uint32_t end = __atomic_load_n(&t->unused, __ATOMIC_ACQUIRE);
	for (uint32_t i = 1; i < end && json_array_size(list) < CONTEXTS_MAX; i++) {
		/* A slot that is taken meanwhile has another tag, and is left out. */
		uint64_t tag = __atomic_load_n(&t->slots[i].tag, __ATOMIC_RELAXED);
		struct context *c = tag ? context_table_lookup(t, tag) : NULL;
		if (c)
			json_array_append_new(list, describe_context(s, c));
		context_put(c);
	}
	return list;
}

static json_t *list_listeners(struct worker_pool *pool)
{
	json_t *list = json_array();
	pthread_mutex_lock(&pool->lock);
	for (const struct listener *l = pool->listeners; l; l = l->next)
		json_array_append_new(
		    list, json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:I}", "waiting", l->waiting,
				    "wanted", l->wanted, "workers", l->workers, "held", l->held,
				    "execs", l->execs, "deferred", l->deferred_count, "served",
				    (json_int_t)(l->served & INT64_MAX)));
	pthread_mutex_unlock(&pool->lock);
	return list;
}

static json_t *describe_worker(struct sentry *s, const struct worker_slot *slot, uint64_t now)
{
	json_t *object = json_pack("{s:i}", "tid", slot->tid);
	uint64_t since = slot->since;
	if (!since)
		return object;
	const struct syscall_info *info = syscall_by_number(slot->nr);
	json_object_set_new(object, "call", json_string(info ? info->name : "?"));
	json_object_set_new(object, "number", json_integer(slot->nr));
	json_object_set_new(object, "caller", json_integer(pid_to_guest(s, slot->caller)));
	json_object_set_new(object, "microseconds",
			    json_integer((json_int_t)((now - since) / 1000)));
	return object;
}

json_t *debug_workers(struct sentry *s)
{
	json_t *list = json_array();
	uint64_t now = counters_now();
	for (size_t i = 0; i < SLOTS_MAX; i++) {
		struct worker_slot slot = counters_look(&s->counters->slots[i]);
		if (slot.tid > 0)
			json_array_append_new(list,
					      describe_worker(s, &slot, MAX(now, slot.since)));
	}
	return list;
}

static json_t *describe_pool(struct worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	json_t *object = json_pack("{s:i, s:i, s:i}", "threads", pool->workers, "parked",
				   pool->parked_count, "blocked", pool->blocked);
	pthread_mutex_unlock(&pool->lock);
	return object;
}

/* Number by number, what it leads to. */
static json_t *list_descriptors(struct sentry *s)
{
	json_t *object = json_object();
	int fd = openat(s->proc_fd, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			json_object_set_new(object, entry->d_name, fd_text(s, atoi(entry->d_name)));
	return object;
}

static json_t *list_entries(struct sentry *s)
{
	json_t *list = json_array();
	for (const struct entry *e = s->entries; e; e = e->next)
		json_array_append_new(list, json_pack("{s:i, s:b}", "pid", pid_to_guest(s, e->pid),
						      "init", e->pid == s->init));
	return list;
}

int debug_state(struct sentry *s)
{
	_cleanup_close_ int fd = memfd_create("debug", MFD_CLOEXEC);
	json_t *object =
	    json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "pool", describe_pool(s->workers),
		      "listeners", list_listeners(s->workers), "workers", debug_workers(s),
		      "entries", list_entries(s), "contexts", list_contexts(s), "descriptors",
		      list_descriptors(s), "contextsHeld", (json_int_t)s->counters->contexts);
	int r = !object ? -ENOMEM : fd < 0 ? -errno : json_dumpfd(object, fd, JSON_COMPACT);
	json_decref(object);
	if (r < 0)
		return r == -1 ? -EIO : r;
	return steal_fd(&fd);
}
