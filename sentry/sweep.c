/*
 * The sweep drops contexts that no process carries any more.
 *
 * One round marks the contexts that the container's processes carry. A child that is forked while
 * the list of processes is read may be missed, together with the only trace of its parent's old
 * context; so a context goes only when two rounds, a second apart, have not seen it, and was there
 * before the first. Should even that miss a process, its tag is unknown from then on and the
 * process is killed: tags are never used twice, so nobody can come to wear a stranger's context.
 *
 * A guest can make contexts faster than that lets them go (a loop of chdir), and each may hold
 * descriptors; so the rounds follow one another closely as long as there are many more contexts
 * than the last one has found in use, and whoever makes still more waits a little each time.
 *
 * The thread sleeps while no context is made.
 *
 * #syscalls: openat fstat fcntl:F_GETFL,F_SETFD getdents64 close clock_nanosleep
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
#define ROUND_SECONDS	  1
#define CROWDED_ROUND_NS  10000000
#define NAP_NS		  1000000

void context_table_pressure(struct context_table *t)
{
	/* Plain looks first: this is on the path of every chdir and exec. */
	uint32_t used = __atomic_load_n(&t->used, __ATOMIC_RELAXED);
	uint32_t crowd = __atomic_load_n(&t->crowd, __ATOMIC_RELAXED);
	if (used > crowd && !__atomic_exchange_n(&t->crowded, 1, __ATOMIC_ACQ_REL))
		futex_wake(&t->crowded, 1);
	if (used > 2 * crowd) /* on a busy machine the sweep may be slower than its guests */
		nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
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
	uint32_t in_use = 0, end = __atomic_load_n(&t->unused, __ATOMIC_ACQUIRE);
	for (uint32_t i = 1; i < end; i++) {
		struct context_slot *slot = &t->slots[i];
		struct context *c = __atomic_load_n(&slot->context, __ATOMIC_ACQUIRE);
		uint32_t settled = __atomic_load_n(&slot->settled, __ATOMIC_ACQUIRE);
		uint32_t born = __atomic_load_n(&slot->born, __ATOMIC_RELAXED);
		if (c && settled && sweep - slot->seen >= 2 && sweep - born >= 2)
			context_table_remove(t, i);
		in_use += c && slot->seen == sweep;
	}
	__atomic_store_n(&t->crowd, 2 * in_use + CONTEXT_SLACK, __ATOMIC_RELAXED);
}

/* A second, unless there are too many; then little more than other threads need for their work. */
static void wait_for_round(struct context_table *t)
{
	futex_wait(&t->crowded, 0, &(struct timespec){.tv_sec = ROUND_SECONDS});
	if (__atomic_load_n(&t->crowded, __ATOMIC_ACQUIRE))
		nanosleep(&(struct timespec){.tv_nsec = CROWDED_ROUND_NS}, NULL);
}

/* Twice as many as are in use are no crowd: so the work of the rounds is spread over as many new
 * contexts, however many processes there are. */
static void count_crowd(struct context_table *t)
{
	uint32_t used = __atomic_load_n(&t->used, __ATOMIC_RELAXED);
	if (used <= __atomic_load_n(&t->crowd, __ATOMIC_RELAXED))
		__atomic_store_n(&t->crowded, 0, __ATOMIC_RELEASE);
}

static void *sweeper(void *arg)
{
	struct sentry *s = arg;
	struct context_table *t = s->contexts;
	int idle_rounds = 0;
	for (;;) {
		if (idle_rounds >= ROUNDS_AFTER_WORK)
			futex_wait(&t->sweeper_due, 0, NULL);
		wait_for_round(t);
		idle_rounds =
		    __atomic_exchange_n(&t->sweeper_due, 0, __ATOMIC_ACQUIRE) ? 0 : idle_rounds + 1;
		uint32_t sweep = __atomic_add_fetch(&t->sweep, 1, __ATOMIC_ACQ_REL);
		if (mark(s, sweep))
			drop_unseen(t, sweep);
		count_crowd(t);
	}
	return NULL;
}

int sweep_start(struct sentry *s)
{
	pthread_t thread;
	return thread_start(&thread, sweeper, s);
}
