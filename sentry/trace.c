/*
 * See trace.h.
 *
 * #syscalls: memfd_create ftruncate mmap munmap fcntl:F_ADD_SEALS close
 */
#include "sentry/trace.h"

#include "lib/cleanup.h"
#include "sentry/counters.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

_Static_assert((TRACE_RECORDS & (TRACE_RECORDS - 1)) == 0, "the place of a record is a mask away");

static int make_ring(struct tracing *t)
{
	_cleanup_close_ int fd = memfd_create("trace", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || ftruncate(fd, sizeof *t->ring) < 0)
		return -errno;
	struct trace_ring *ring =
	    mmap(NULL, sizeof *ring, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		return -errno;
	/* From here on there is no other writable mapping than this one. */
	if (fcntl(fd, F_ADD_SEALS,
		  F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE) < 0) {
		int r = -errno;
		munmap(ring, sizeof *ring);
		return r;
	}
	ring->layout = TRACE_LAYOUT;
	t->ring = ring;
	t->fd = steal_fd(&fd);
	return 0;
}

int trace_open(struct sentry *s)
{
	struct tracing *t = &s->tracing;
	int r = t->ring ? 0 : make_ring(t);
	if (r < 0)
		return r;
	__atomic_add_fetch(&t->readers, 1, __ATOMIC_RELEASE);
	return t->fd;
}

void trace_close(struct sentry *s)
{
	__atomic_sub_fetch(&s->tracing.readers, 1, __ATOMIC_RELEASE);
}

/* Who calls. A number seldom changes its owner between two calls that one worker serves. */
static void describe_caller(struct worker *w, struct trace_record *r)
{
	if (w->traced->known != w->trap.tid) {
		w->traced->known = w->trap.tid;
		r->tid = pid_to_guest(w->sentry, w->trap.tid);
		r->pid = pid_to_guest(w->sentry, pid_group(w->sentry, w->trap.tid));
	}
	strncpy(r->program, context_program_name(w->sentry, w->ctx), sizeof r->program - 1);
	r->uid = w->ctx->cred->euid;
}

/* Calls f for each argument of the call, with its word of the table, until it says that it is done.
 */
static void each_argument(struct worker *w, bool (*f)(struct worker *, unsigned, const char *))
{
	const struct syscall_info *info = syscall_by_number(w->trap.nr);
	const char *word = info ? info->arguments : "";
	for (unsigned i = 0; i < 6 && *word; i++) {
		if (f(w, i, word))
			return;
		word += strcspn(word, " ");
		word += strspn(word, " ");
	}
}

static bool word_is(const char *word, const char *name)
{
	size_t length = strlen(name);
	return strncmp(word, name, length) == 0 && (word[length] == ' ' || !word[length]);
}

/* After a successful exec they are gone. */
static bool read_arguments_of_exec(struct worker *w, unsigned i, const char *word)
{
	if (*word != 'a' || !word_is(word, "argv"))
		return false;
	trap_copy_strings(&w->trap, w->trap.args[i]);
	return true;
}

#define NAME_SHOWN   256 /* bytes of a name that no handler has read */
#define BUFFER_SHOWN 33	 /* one more than is printed */

static bool read_unread(struct worker *w, unsigned i, const char *word)
{
	char bytes[NAME_SHOWN];
	struct trap *t = &w->trap;
	uint64_t address = t->args[i], size = i < 5 ? t->args[i + 1] : 0;
	if (!address || copies_at(t->copies, address))
		return false;
	if (word_is(word, "path") || word_is(word, "str"))
		trap_read_string(t, address, bytes, sizeof bytes);
	else if (word_is(word, "sockaddr"))
		trap_read(t, address, bytes, MIN(size, sizeof(struct sockaddr_un)));
	else if (word_is(word, "buf") || word_is(word, "optval"))
		trap_read(t, address, bytes, MIN(size, (uint64_t)BUFFER_SHOWN));
	return false;
}

void trace_begin(struct worker *w)
{
	if (!w->traced) {
		w->traced = calloc(1, sizeof *w->traced);
		if (!w->traced)
			return;
	}
	struct copies *copies = &w->traced->record.copies;
	copies->count = copies->used = 0;
	w->trap.copies = copies;
	describe_caller(w, &w->traced->record);
	each_argument(w, read_arguments_of_exec);
}

/* Puts the record into the ring, unless another worker is at its place still. */
static void publish(struct trace_ring *ring, const struct trace_record *r)
{
	uint64_t n = __atomic_fetch_add(&ring->next, 1, __ATOMIC_RELAXED);
	struct trace_record *place = &ring->records[n & (TRACE_RECORDS - 1)];
	uint64_t old = __atomic_load_n(&place->sequence, __ATOMIC_RELAXED);
	if (old & 1 || !__atomic_compare_exchange_n(&place->sequence, &old, 2 * n + 1, false,
						    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		counters_add(&ring->lost, 1);
		return;
	}
	__atomic_thread_fence(__ATOMIC_RELEASE);
	size_t begin = offsetof(struct trace_record, since);
	size_t end = offsetof(struct trace_record, copies.bytes) + r->copies.used;
	memcpy((char *)place + begin, (const char *)r + begin, end - begin);
	__atomic_store_n(&place->sequence, 2 * n + 2, __ATOMIC_RELEASE);
}

void trace_end(struct worker *w, uint32_t outcome, int64_t result)
{
	struct trace_record *r = &w->traced->record;
	if (result != TRAP_ANSWERED)
		each_argument(w, read_unread);
	r->since = w->slot->since;
	r->ns = counters_now() - r->since;
	r->result = w->trap.granted >= 0 ? w->trap.granted : result == TRAP_ANSWERED ? 0 : result;
	memcpy(r->args, w->trap.args, sizeof r->args);
	r->nr = w->trap.nr;
	r->outcome = outcome;
	publish(w->sentry->tracing.ring, r);
}

void trace_exec(struct worker *w)
{
	if (!w->trap.copies)
		return;
	trace_end(w, OUTCOME_GRANTED, TRAP_ANSWERED);
	w->trap.copies = NULL;
}

/* --- the reader's side ----------------------------------------------------------------------- */

static bool copies_valid(const struct copies *c)
{
	if (c->count > COPIES_MAX)
		return false;
	for (uint32_t i = 0; i < c->count; i++)
		if ((size_t)c->pieces[i].offset + c->pieces[i].length > COPIES_SIZE)
			return false;
	return true;
}

/* The record at a place: 1 with *out filled, 0 when it is being written still, -1 when it is lost.
 */
static int take_one(const struct trace_ring *ring, uint64_t place, bool old,
		    struct trace_record *out)
{
	const struct trace_record *r = &ring->records[place & (TRACE_RECORDS - 1)];
	uint64_t wanted = 2 * place + 2;
	uint64_t before = __atomic_load_n(&r->sequence, __ATOMIC_ACQUIRE);
	if (before < wanted)
		return old ? -1 : 0;
	memcpy(out, r, sizeof *out);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	bool whole = before == wanted &&
		     __atomic_load_n(&r->sequence, __ATOMIC_RELAXED) == wanted &&
		     copies_valid(&out->copies);
	return whole ? 1 : -1;
}

int trace_take(const struct trace_ring *ring, uint64_t *place, uint64_t *lost,
	       struct trace_record *out)
{
	for (unsigned i = 0; i < TRACE_RECORDS; i++) {
		uint64_t next = __atomic_load_n(&ring->next, __ATOMIC_ACQUIRE);
		/* Wherever a sentry says it is that is not in its right mind, this ends. */
		uint64_t ahead = next > *place ? next - *place : 0;
		if (ahead > TRACE_RECORDS) {
			*lost += ahead - TRACE_RECORDS;
			*place += ahead - TRACE_RECORDS;
		}
		/* One that does not come while so many others do was given up by its writer. */
		int r = ahead ? take_one(ring, *place, ahead > TRACE_RECORDS / 4, out) : 0;
		if (r == 0)
			return 0;
		++*place;
		if (r > 0)
			return 1;
		++*lost;
	}
	return 0;
}
