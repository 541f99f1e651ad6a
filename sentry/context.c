/*
 * The table of contexts.
 *
 * A tag is a generation in its upper bits and a slot in its lower SLOT_BITS; generations only grow,
 * so that no tag is ever used twice. A slot is guarded by one of STRIPES locks, taken to turn a tag
 * into a reference and to edit. A worker that serves the same context again takes none: it still
 * holds its reference (worker.c).
 *
 * An edit reads the tag of the process under the stripe of the tag it expects, and tags the process
 * before it lets go. Two threads of one process start from the same tag, so they meet at the same
 * lock, and neither loses what the other did.
 *
 * What the table itself holds is one reference for each slot, dropped by the sweep (sweep.c) when
 * no process carries the tag any more.
 *
 * #syscalls: fstat close getrandom prlimit64 readlinkat
 */
#include "sentry/context_table.h"

#include "lib/cleanup.h"
#include "lib/log.h"
#include "sentry/exec.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void count_up(int *refs)
{
	__atomic_add_fetch(refs, 1, __ATOMIC_RELAXED);
}

static bool count_down(int *refs)
{
	return __atomic_sub_fetch(refs, 1, __ATOMIC_ACQ_REL) == 0;
}

struct place *place_get(struct place *p)
{
	count_up(&p->refs);
	return p;
}

void place_put(struct place *p)
{
	if (p && count_down(&p->refs)) {
		close(p->fd);
		free(p);
	}
}

struct place *place_new(struct sentry *s, int fd)
{
	_cleanup_close_ int owned = fd;
	struct stat st;
	struct place *p = malloc(sizeof *p);
	if (!p || fstat(fd, &st) < 0) {
		free(p);
		return NULL;
	}
	*p = (struct place){.refs = 1, .fd = steal_fd(&owned)};
	p->synthetic = (s->proc_skeleton >= 0 && st.st_dev == s->proc_dev) ||
		       (s->sys_skeleton >= 0 && st.st_dev == s->sys_dev);
	return p;
}

struct program *program_get(struct program *p)
{
	count_up(&p->refs);
	return p;
}

void program_put(struct program *p)
{
	if (p && count_down(&p->refs)) {
		close(p->fd);
		free(p->name);
		free(p);
	}
}

const char *context_program_name(const struct sentry *s, const struct context *c)
{
	if (!c->program)
		return "";
	char *name = __atomic_load_n(&c->program->name, __ATOMIC_ACQUIRE), *none = NULL;
	if (name)
		return name;
	char self[40], path[PATH_MAX];
	snprintf(self, sizeof self, "thread-self/fd/%d", c->program->fd);
	ssize_t n = readlinkat(s->proc_fd, self, path, sizeof path - 1);
	path[n < 0 ? 0 : n] = '\0';
	const char *slash = strrchr(path, '/');
	name = strdup(slash ? slash + 1 : path);
	if (!name)
		return "";
	if (__atomic_compare_exchange_n(&c->program->name, &none, name, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return name;
	free(name); /* another worker was quicker */
	return none;
}

struct context *context_get(struct context *c)
{
	count_up(&c->refs);
	return c;
}

void context_put(struct context *c)
{
	if (!c || !count_down(&c->refs))
		return;
	cred_put(c->cred);
	place_put(c->cwd);
	place_put(c->root);
	program_put(c->program);
	loader_gift_free(c->gift);
	free(c);
}

struct loader_gift *context_take_gift(const struct context *c)
{
	/* The one field of a context that changes: from something to nothing. */
	return __atomic_exchange_n(&((struct context *)c)->gift, NULL, __ATOMIC_ACQ_REL);
}

/* A copy that shares all parts; the gift stays with the original. */
static struct context *context_copy(const struct context *c)
{
	struct context *n = malloc(sizeof *n);
	if (!n)
		return NULL;
	*n = (struct context){
	    .refs = 1,
	    .tag = c->tag,
	    .cred = cred_get(c->cred),
	    .cwd = place_get(c->cwd),
	    .root = place_get(c->root),
	    .program = c->program ? program_get(c->program) : NULL,
	    .umask = c->umask,
	    .no_new_privs = c->no_new_privs,
	    .locks = c->locks,
	    .personality = c->personality,
	};
	return n;
}

static pthread_mutex_t *stripe(struct context_table *t, uint64_t tag)
{
	return &t->stripes[tag % STRIPES];
}

static struct context_slot *slot_of(struct context_table *t, uint64_t tag)
{
	return &t->slots[tag & (SLOTS - 1)];
}

struct context_table *context_table_new(void)
{
	struct context_table *t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_init(&t->stripes[i], NULL);
	pthread_mutex_init(&t->free_lock, NULL);
	t->crowd = CONTEXT_SLACK;
	t->unused = 1; /* slot 0 stays empty: a limit of 0 is no tag */
	/* Nobody can guess a tag, and those of another container are never the same by chance. */
	uint64_t random = 0;
	if (getrandom(&random, sizeof random, 0) < 0) {
		free(t);
		return NULL;
	}
	t->generation = 1 + random % (UINT64_C(1) << 44);
	return t;
}

/* The caller holds the lock of the free list. */
static void show_used(const struct context_table *t)
{
	if (t->gauge)
		__atomic_store_n(t->gauge, t->used, __ATOMIC_RELAXED);
}

/* A slot that nobody else has, or 0 when all are taken. */
static uint32_t take_slot(struct context_table *t, uint64_t *generation)
{
	uint32_t slot = 0;
	pthread_mutex_lock(&t->free_lock);
	if (t->first_free) {
		slot = t->first_free;
		t->first_free = t->slots[slot].next_free;
	} else if (t->unused < SLOTS) {
		slot = t->unused;
		__atomic_store_n(&t->unused, slot + 1, __ATOMIC_RELEASE);
	}
	if (slot) {
		__atomic_add_fetch(&t->used, 1, __ATOMIC_RELAXED);
		show_used(t);
		*generation = t->generation++;
	}
	pthread_mutex_unlock(&t->free_lock);
	return slot;
}

static void give_slot(struct context_table *t, uint32_t slot)
{
	pthread_mutex_lock(&t->free_lock);
	t->slots[slot].next_free = t->first_free;
	t->first_free = slot;
	__atomic_sub_fetch(&t->used, 1, __ATOMIC_RELAXED);
	show_used(t);
	pthread_mutex_unlock(&t->free_lock);
}

int context_table_add(struct context_table *t, struct context *c)
{
	uint64_t generation = 0;
	uint32_t slot = take_slot(t, &generation);
	if (!slot)
		return -ENOMEM;
	c->tag = generation << SLOT_BITS | slot;
	__atomic_store_n(&t->slots[slot].settled, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&t->slots[slot].tag, c->tag, __ATOMIC_RELAXED);
	__atomic_store_n(&t->slots[slot].context, context_get(c), __ATOMIC_RELEASE);
	return 0;
}

void context_table_settle(struct context_table *t, const struct context *c)
{
	struct context_slot *slot = slot_of(t, c->tag);
	uint32_t sweep = __atomic_load_n(&t->sweep, __ATOMIC_ACQUIRE);
	__atomic_store_n(&slot->born, sweep, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->settled, 1, __ATOMIC_RELEASE);
}

/* Takes a context out of the table that no process carries. The caller holds no stripe. */
void context_table_remove(struct context_table *t, uint32_t slot)
{
	pthread_mutex_lock(stripe(t, slot));
	struct context *c = t->slots[slot].context;
	__atomic_store_n(&t->slots[slot].context, NULL, __ATOMIC_RELAXED);
	pthread_mutex_unlock(stripe(t, slot));
	give_slot(t, slot);
	context_put(c);
}

static struct context *lookup_locked(struct context_table *t, uint64_t tag)
{
	struct context *c = __atomic_load_n(&slot_of(t, tag)->context, __ATOMIC_ACQUIRE);
	return c && c->tag == tag ? context_get(c) : NULL;
}

struct context *context_table_lookup(struct context_table *t, uint64_t tag)
{
	pthread_mutex_lock(stripe(t, tag));
	struct context *c = lookup_locked(t, tag);
	pthread_mutex_unlock(stripe(t, tag));
	return c;
}

int context_read_tag(pid_t pid, uint64_t *tag)
{
	struct rlimit limit;
	if (prlimit(pid, RLIMIT_LOCKS, NULL, &limit) < 0)
		return -errno;
	*tag = limit.rlim_cur;
	return 0;
}

int context_write_tag(pid_t pid, uint64_t tag)
{
	struct rlimit limit = {.rlim_cur = tag, .rlim_max = RLIM_INFINITY};
	return prlimit(pid, RLIMIT_LOCKS, &limit, NULL) < 0 ? -errno : 0;
}

struct context *context_of(struct sentry *s, pid_t pid)
{
	/* Between the read and the look-up the process may get a new context and the sweep take the
	 * old one away (which needs two rounds): then look again. */
	for (int attempt = 0; attempt < 3; attempt++) {
		uint64_t tag;
		if (context_read_tag(pid, &tag) < 0)
			break;
		struct context *c = context_table_lookup(s->contexts, tag);
		if (c)
			return c;
	}
	errno = ESRCH;
	return NULL;
}

struct context *context_edit_process(struct sentry *s, pid_t pid)
{
	struct context_table *t = s->contexts;
	uint64_t tag, again;
	int r = context_read_tag(pid, &tag);
	while (r == 0) {
		pthread_mutex_lock(stripe(t, tag));
		r = context_read_tag(pid, &again);
		if (r == 0 && again == tag) {
			struct context *old = lookup_locked(t, tag);
			struct context *new = old ? context_copy(old) : NULL;
			context_put(old);
			if (new)
				return new; /* with new->tag still the old one: it names the stripe
					     */
			r = old ? -ENOMEM : -ESRCH;
		}
		pthread_mutex_unlock(stripe(t, tag));
		tag = again;
	}
	errno = -r;
	return NULL;
}

int context_commit_process(struct sentry *s, pid_t pid, struct context *new)
{
	struct context_table *t = s->contexts;
	uint64_t old_tag = new->tag;
	int r = context_table_add(t, new);
	if (r == 0)
		r = context_write_tag(pid, new->tag);
	if (r == 0)
		context_table_settle(t, new);
	pthread_mutex_unlock(stripe(t, old_tag));
	if (r < 0 && new->tag != old_tag)
		context_table_remove(t, (uint32_t)(new->tag &(SLOTS - 1)));
	context_put(new);
	context_table_pressure(t);
	return r;
}

struct context *context_edit_begin(struct worker *w)
{
	struct context *new = context_edit_process(w->sentry, w->trap.tid);
	/* The number must still have been the caller's when its tag was read. */
	if (new &&trap_check(&w->trap) < 0) {
		context_edit_abort(w, new);
		errno = ESRCH;
		return NULL;
	}
	return new;
}

int context_edit_commit(struct worker *w, struct context *new)
{
	return context_commit_process(w->sentry, w->trap.tid, new);
}

void context_edit_abort(struct worker *w, struct context *new)
{
	pthread_mutex_unlock(stripe(w->sentry->contexts, new->tag));
	context_put(new);
}
