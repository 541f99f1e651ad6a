/*
 * The sweep drops contexts that no process carries any more.
 *
 * One round marks the contexts that the container's processes carry. A child that is forked while
 * the list of processes is read may be missed, together with the only trace of its parent's old
 * context; so a context goes only when two rounds, a second apart, have not seen it, and was there
 * before the first. Should even that miss a process, its tag is unknown from then on and the
 * process is killed: tags are never used twice, so nobody can come to wear a stranger's context.
 *
 * The thread sleeps while no context is made.
 */
#include "sentry/context_table.h"

#include "lib/cleanup.h"
#include "sentry/futex.h"
#include "sentry/sentry.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>

#define ROUNDS_AFTER_WORK 3

void context_table_pressure(struct context_table *t)
{
	/* A plain look first: this is on the path of every chdir and exec. */
	if (__atomic_load_n(&t->sweeper_due, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&t->sweeper_due, 1, __ATOMIC_RELEASE);
	futex_wake(&t->sweeper_due, 1);
}

static void mark_process(struct context_table *t, pid_t pid, uint32_t sweep)
{
	uint64_t tag;
	if (context_read_tag(pid, &tag) < 0)
		return;
	struct context_slot *slot = &t->slots[tag & (SLOTS - 1)];
	if (__atomic_load_n(&slot->tag, __ATOMIC_RELAXED) == tag)
		slot->seen = sweep;
}

/* False when the processes could not be listed; then nothing may be dropped. */
static bool mark(struct sentry *s, uint32_t sweep)
{
	int fd = openat(s->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return false;
	for (;;) {
		errno = 0; /* readdir says by it whether the list has ended or broken off */
		struct dirent *entry = readdir(dir);
		if (!entry)
			break;
		if (isdigit((unsigned char)entry->d_name[0]))
			mark_process(s->contexts, (pid_t)atoi(entry->d_name), sweep);
	}
	return errno == 0;
}

static void drop_unseen(struct context_table *t, uint32_t sweep)
{
	uint32_t end = __atomic_load_n(&t->unused, __ATOMIC_ACQUIRE);
	for (uint32_t i = 1; i < end; i++) {
		struct context_slot *slot = &t->slots[i];
		struct context *c = __atomic_load_n(&slot->context, __ATOMIC_ACQUIRE);
		uint32_t born = __atomic_load_n(&slot->born, __ATOMIC_RELAXED);
		if (c && sweep - slot->seen >= 2 && sweep - born >= 2)
			context_table_remove(t, i);
	}
}

static void *sweeper(void *arg)
{
	struct sentry *s = arg;
	struct context_table *t = s->contexts;
	int idle_rounds = 0;
	for (;;) {
		if (idle_rounds >= ROUNDS_AFTER_WORK)
			futex_wait(&t->sweeper_due, 0, NULL);
		nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
		idle_rounds =
		    __atomic_exchange_n(&t->sweeper_due, 0, __ATOMIC_ACQUIRE) ? 0 : idle_rounds + 1;
		uint32_t sweep = __atomic_add_fetch(&t->sweep, 1, __ATOMIC_ACQ_REL);
		if (mark(s, sweep))
			drop_unseen(t, sweep);
	}
	return NULL;
}

int sweep_start(struct sentry *s)
{
	pthread_t thread;
	return thread_start(&thread, sweeper, s);
}
