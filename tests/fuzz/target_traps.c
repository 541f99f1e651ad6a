/*
 * Traps: the decoder (sentry/serve.c) and every handler, on calls of a guest whose registers,
 * memory and descriptors are the input (guest.h). The handlers make their host calls for real, in a
 * root filesystem of nothing (sandbox.h).
 *
 * An input: a byte of circumstances, a byte that says how many calls there are, the calls, and the
 * guest's memory.
 */
#include "sentry/serve.h"

#include "lib/cleanup.h"
#include "lib/log.h"
#include "sentry/context_table.h"
#include "sentry/counters.h"
#include "sentry/pool.h"
#include "sentry/vfs.h"
#include "tests/fuzz/guest.h"
#include "tests/fuzz/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define FILL_AFTER 64 /* inputs on one root filesystem */
#define CALLS_MAX  24

static struct sentry *sentry;
static struct shared_input *shared;
static sem_t begin, done;
static pid_t caller;
static struct listener listener = {.waiting = 1000, .wanted = 1, .workers = 1000};
static struct worker_private private;
static struct worker worker;

static struct context *first_context(bool root)
{
	struct context *c = calloc(1, sizeof *c);
	MUST(c);
	c->refs = 1;
	c->cred = calloc(1, sizeof *c->cred);
	MUST(c->cred);
	uid_t id = root ? 0 : 1000;
	*c->cred = (struct cred){.refs = 1,
				 .uid = id,
				 .euid = id,
				 .suid = id,
				 .fsuid = id,
				 .gid = id,
				 .egid = id,
				 .sgid = id,
				 .fsgid = id};
	c->cred->bounding = CRED_ALL_CAPS;
	if (root)
		c->cred->permitted = c->cred->effective = CRED_ALL_CAPS;
	c->root = place_get(sentry->root);
	c->cwd = place_get(sentry->root);
	c->umask = 022;
	return c;
}

/* Drops every context, and begins with a new one. */
static void start_context(bool root)
{
	struct context_table *t = sentry->contexts;
	for (uint32_t i = 1; i < t->unused; i++)
		if (t->slots[i].context)
			context_table_remove(t, i);
	struct context *c = first_context(root);
	MUST(context_table_add(t, c) == 0);
	MUST(context_write_tag(caller, c->tag) == 0);
	context_put(c);
}

static void keep_guests(void)
{
	if (caller > 0 && waitpid(sentry->init, NULL, WNOHANG) == 0 && kill(caller, 0) == 0)
		return;
	kill(sentry->init, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	caller = sandbox_guests(sentry);
}

static void open_descriptors(void)
{
	static const struct {
		const char *path;
		int flags;
	} files[] = {{"/", O_RDONLY | O_DIRECTORY}, {"/file", O_RDWR},
		     {"/proc", O_RDONLY},	    {"/tmp", O_PATH},
		     {"/proc/self", O_PATH},	    {"/home/d", O_RDONLY}};
	memset(guest.fds, -1, sizeof guest.fds);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		guest.fds[i] = open(files[i].path, files[i].flags | O_CLOEXEC);
	guest.fds[6] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	guest.fds[7] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	guest.fds[8] = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	guest.fds[9] = memfd_create("guest", MFD_CLOEXEC);
}

static void serve_calls(const uint8_t *data, size_t size)
{
	static uint8_t memory[1 << 16];
	struct input in = {data, size};
	uint64_t how = take(&in, 1), calls = 1 + take(&in, 1) % CALLS_MAX;
	struct trap traps[CALLS_MAX];
	for (uint64_t i = 0; i < calls; i++)
		guest_call(&in, &traps[i]);
	/* A page more than the input gives, for answers. */
	guest.size = MIN(in.size + 4096, sizeof memory);
	memset(memory, 0, guest.size);
	memcpy(memory, in.data, MIN(in.size, guest.size));
	guest.memory = memory;
	guest.shaky = how & 1;
	start_context(how & 2);
	for (uint64_t i = 0; i < calls; i++) {
		struct trap *t = &worker.trap;
		t->tid = caller;
		t->nr = traps[i].nr;
		memcpy(t->args, traps[i].args, sizeof t->args);
		guest.answers = 0;
		memset(guest.read, 0, sizeof guest.read);
		serve(&worker, &private.dress);
		MUST(guest.answers <= 1);
		keep_guests();
	}
}

static size_t open_files(void)
{
	size_t n = 0;
	int fd = openat(sentry->proc_fd, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	while (dir && readdir(dir))
		n++;
	return n;
}

/* What the sentry keeps by design: two files a kept text, and what is in flight. */
#define KEPT_MAX 400

static void one_input(void)
{
	static unsigned inputs;
	static size_t first_files;
	worker_as_sentry(&worker);
	if (inputs++ % FILL_AFTER == 0)
		sandbox_fill();
	keep_guests();
	open_descriptors();
	serve_calls(shared->data, shared->size);
	guest_close_all();
	size_t files = open_files();
	first_files = first_files ? first_files : files;
	MUST(files < first_files + KEPT_MAX);
}

static void *work(void *arg)
{
	MUST(unshare(CLONE_FS) == 0);
	MUST(chdir("/") == 0);
	private.tid = (pid_t)syscall(SYS_gettid);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, INTERRUPT_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	MUST(dress_init(&private.dress) == 0);
	/* No call of an input waits for long. */
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = INTERRUPT_SIGNAL};
	event._sigev_un._tid = private.tid;
	timer_t timer;
	struct itimerspec often = {{.tv_nsec = 10000000}, {.tv_nsec = 10000000}};
	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	MUST(timer_settime(timer, 0, &often, NULL) == 0);
	for (;;) {
		while (sem_wait(&begin) < 0)
			;
		one_input();
		sem_post(&done);
	}
	return NULL;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *save = getenv("FUZZ_SAVE");
	shared = sandbox_enter(save ? save : "traps-find");
	sandbox_fill();
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	log_open(null, LOG_TEXT, false);
	sentry = sandbox_sentry();
	caller = pid_to_sentry(sentry, 2);
	worker.sentry = sentry;
	worker.trap.pidfd = -1;
	worker.private = &private;
	worker.slot = &sentry->counters->slots[0];
	private.worker = &worker;
	private.listener = &listener;
	sem_init(&begin, 0, 0);
	sem_init(&done, 0, 0);
	pthread_t thread;
	MUST(pthread_create(&thread, NULL, work, NULL) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > sizeof shared->data)
		return 0;
	memcpy(shared->data, data, size);
	shared->size = size;
	sem_post(&begin);
	while (sem_wait(&done) < 0)
		;
	return 0;
}
