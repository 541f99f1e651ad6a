/* Reading a trace: see trace.h. */
#include "runtime/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "platform/loader/protocol.h"
#include "runtime/control.h"

#define IDLE_MS 5 /* between two looks at a ring in which nothing was new */

static bool choose(struct trace_options *o, const char *name)
{
	bool found = false;
	for (size_t i = 0; i < SYSCALL_COUNT; i++) {
		const struct syscall_info *info = &syscall_table[i];
		if (strcmp(info->name, name) != 0 &&
		    strcmp(syscall_class_name(info->class), name) != 0)
			continue;
		o->calls[counters_row(info->number)] = true;
		found = true;
	}
	return found;
}

int trace_choose(struct trace_options *o, const char *list, struct error *e)
{
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy, *name;
	if (!copy)
		return error_set(e, ENOMEM, "-e");
	o->some = true;
	while ((name = strsep(&rest, ",")))
		if (!choose(o, name))
			return error_set(e, 0,
					 "-e: '%s' is no class and no call (see capbox "
					 "syscalls)",
					 name);
	return 0;
}

/* Nothing that could get shorter or keep a reader waiting: a sealed memory of the right size. */
static int map_ring(int fd, const struct trace_ring **out)
{
	struct stat st;
	int seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);
	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &st) < 0 ||
	    st.st_size != sizeof **out)
		return -EPROTO;
	const struct trace_ring *ring = mmap(NULL, sizeof *ring, PROT_READ, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		return -errno;
	if (ring->layout != TRACE_LAYOUT) {
		munmap((void *)ring, sizeof *ring);
		return -EPROTO;
	}
	*out = ring;
	return 0;
}

int trace_connect(const struct state *s, struct trace *t, struct error *e)
{
	_cleanup_close_ int fd = -1;
	struct timespec now;
	t->sock = control_connect(s->dirfd, CONTROL_TIMEOUT_S, e);
	if (t->sock < 0)
		return t->sock;
	int r = control_send(t->sock, json_pack("{s:s}", "op", "trace"), NULL, 0, e);
	if (r == 0)
		r = control_receive(t->sock, NULL, &fd, e);
	if (r < 0)
		return error_prefix(e, r, "container %s", s->id);
	r = map_ring(fd, &t->ring);
	if (r < 0)
		return error_set(e, -r, "the trace of container %s", s->id);
	t->place = __atomic_load_n(&t->ring->next, __ATOMIC_ACQUIRE);
	clock_gettime(CLOCK_REALTIME, &now);
	t->started = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec - counters_now();
	return 0;
}

void trace_disconnect(struct trace *t)
{
	close_fd(&t->sock);
	if (t->ring)
		munmap((void *)t->ring, sizeof *t->ring);
	t->ring = NULL;
}

static bool wanted(const struct trace_options *o, const struct trace_record *r)
{
	if (o->pid && o->pid != r->pid && o->pid != r->tid)
		return false;
	/* The loader's call belongs to no program. */
	if (!o->some && r->nr == LOADER_SYSCALL)
		return false;
	return !o->some || o->calls[counters_row(r->nr)];
}

static void count(struct trace_count *counts, const struct trace_record *r)
{
	struct trace_count *c = &counts[counters_row(r->nr)];
	c->calls++;
	c->errors += r->outcome == OUTCOME_FAILED || r->outcome == OUTCOME_REFUSED;
	c->ns += r->ns;
}

/* Everything that is in the ring now. A reader that is too slow says what it has missed. */
static void drain(struct trace *t, const struct trace_options *o, struct trace_count *counts)
{
	struct trace_record r;
	uint64_t lost = t->lost;
	while (trace_take(t->ring, &t->place, &t->lost, &r) > 0 && !ferror(o->out)) {
		if (!o->count && t->lost > lost) {
			fprintf(o->out,
				o->json ? "{\"lost\":%llu}\n" : "... %llu calls are missing\n",
				(unsigned long long)(t->lost - lost));
			lost = t->lost;
		}
		if (!wanted(o, &r))
			continue;
		if (o->count)
			count(counts, &r);
		else
			trace_print(t, o, &r);
	}
	fflush(o->out);
}

static int watch_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int trace_stream(struct trace *t, const struct trace_options *o, struct error *e)
{
	_cleanup_free_ struct trace_count *counts = calloc(COUNTERS_ROWS, sizeof *counts);
	_cleanup_close_ int signals = watch_signals();
	if (!counts || signals < 0)
		return error_set(e, ENOMEM, "trace");
	struct pollfd polls[] = {{t->sock, POLLIN, 0}, {signals, POLLIN, 0}};
	bool more = true;
	while (more && !ferror(o->out)) {
		more = poll(polls, ARRAY_SIZE(polls), IDLE_MS) <= 0;
		drain(t, o, counts);
	}
	if (o->count)
		trace_print_counts(o, counts, t->lost);
	if (fflush(o->out) || ferror(o->out))
		return error_set(e, EIO, "write the trace");
	return 0;
}

pid_t trace_fork(const struct state *s, const struct trace_options *o, struct error *e)
{
	_cleanup_(trace_disconnect) struct trace t = TRACE_EMPTY;
	int r = trace_connect(s, &t, e);
	if (r < 0)
		return r;
	pid_t pid = fork();
	if (pid < 0)
		return error_set(e, errno, "trace");
	if (pid == 0) {
		/* The terminal's signals are for the container; its end is the end of the trace. */
		_exit(trace_stream(&t, o, e) < 0 ? 1 : 0);
	}
	return pid;
}
