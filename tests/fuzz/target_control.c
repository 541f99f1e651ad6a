/*
 * The control socket: requests of several clients, with descriptors, in any order, and between them
 * what the sentry's loop tells of processes. The input is a list of steps: a byte that says what
 * comes, and for a message its client, its descriptors, its length (2 bytes) and its text.
 */
#include "sentry/control.h"

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/context_table.h"
#include "sentry/counters.h"
#include "sentry/pool.h"
#include "sentry/trace.h"
#include "tests/fuzz/entries.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 3

static struct control control;
static int ends[CLIENTS]; /* the commands' ends of the connections */

static void connect_client(size_t i)
{
	int pair[2];
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	close_fd(&ends[i]);
	ends[i] = pair[0];
	control.clients[i] = (struct client){.fd = pair[1], .master = -1};
}

static void drain(int fd)
{
	static char answer[300000];
	int fds[16];
	for (;;) {
		size_t n = ARRAY_SIZE(fds);
		if (receive_message(fd, answer, sizeof answer, fds, &n) <= 0)
			return;
		for (size_t i = 0; i < n; i++)
			close(fds[i]);
	}
}

static void say(struct input *in, size_t i)
{
	static int null = -1;
	size_t nfds = take(in, 1) % 8, size = take(in, 2);
	int fds[8];
	if (null < 0)
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (size_t j = 0; j < nfds; j++)
		fds[j] = null;
	if (size > in->size)
		size = in->size;
	if (control.clients[i].fd < 0)
		connect_client(i);
	if (size == 0)
		return;
	send_message(ends[i], in->data, size, fds, nfds);
	in->data += size;
	in->size -= size;
	control_serve(&control, &control.clients[i]);
	if (ends[i] >= 0)
		drain(ends[i]);
}

static void step(struct input *in)
{
	uint64_t what = take(in, 1);
	size_t i = what / 8 % CLIENTS;
	struct entry *entry = &fuzz_entries[what / 8 % FUZZ_ENTRIES];
	switch (what % 8) {
	case 0:
		control_entry_started(&control, entry);
		break;
	case 1:
		control_entry_ended(&control, entry, (int)take(in, 1));
		break;
	case 2:
		close_fd(&ends[i]);
		if (control.clients[i].fd >= 0)
			control_serve(&control, &control.clients[i]);
		break;
	default:
		say(in, i);
	}
}

static int next_free_fd(void)
{
	int fd = dup(0);
	close(fd);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct spec spec;
	static struct sentry sentry;
	static struct counters counters;
	static struct worker_pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER};
	static struct context_table *contexts;
	static int first_free = -1;
	struct tracing kept = sentry.tracing; /* its ring stays, once there is one */
	sentry = (struct sentry){.spec = &spec,
				 .entries = fuzz_entries,
				 .init = 2,
				 .guest_pidns = -1,
				 .proc_fd = -1,
				 .counters = &counters,
				 .workers = &pool,
				 .tracing = kept};
	if (!contexts) {
		contexts = context_table_new();
		trace_open(&sentry);
	}
	sentry.contexts = contexts;
	control = (struct control){.sentry = &sentry, .listening = -1};
	fuzz_entries_reset();
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		control.clients[i].fd = -1;
	for (size_t i = 0; i < CLIENTS; i++)
		ends[i] = -1;
	struct input in = {data, size};
	while (in.size)
		step(&in);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (control.clients[i].fd >= 0)
			client_close(&control.clients[i]);
	for (size_t i = 0; i < CLIENTS; i++)
		close_fd(&ends[i]);
	/* Once the target's own are open, nothing may stay open. */
	int now = next_free_fd();
	MUST(first_free < 0 || now <= first_free + 1);
	first_free = now > first_free ? now : first_free;
	return 0;
}
