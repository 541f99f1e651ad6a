/*
 * The main thread's loop: see loop.h.
 *
 * #syscalls: poll read kill signalfd4
 */
#include "sentry/loop.h"

#include "lib/cleanup.h"
#include "lib/log.h"
#include "sentry/control.h"
#include "sentry/entry.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#define ENTRIES_MAX 256

/* What is watched in one round; each slot says what it belongs to. */
struct watch {
	size_t count;
	struct pollfd fds[2 + CLIENTS_MAX + 2 * ENTRIES_MAX];
	void *owners[2 + CLIENTS_MAX + 2 * ENTRIES_MAX];
};

static void watch(struct watch *w, int fd, void *owner)
{
	if (fd < 0 || w->count == ARRAY_SIZE(w->fds))
		return;
	w->fds[w->count] = (struct pollfd){.fd = fd, .events = POLLIN};
	w->owners[w->count++] = owner;
}

/* Signals that are meant for the container: to guest pid 1, as `capbox kill` would. */
static int forwarded_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	static const int forwarded[] = {SIGHUP,	 SIGINT,   SIGQUIT, SIGTERM, SIGUSR1,
					SIGUSR2, SIGWINCH, SIGALRM, SIGCONT, SIGTSTP};
	for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++)
		sigaddset(&set, forwarded[i]);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void forward_signal(struct sentry *s, int fd)
{
	struct signalfd_siginfo info;
	while (read(fd, &info, sizeof info) == sizeof info)
		kill(s->init, (int)info.ssi_signo);
}

/* True when guest pid 1 has ended; *status is then the container's. */
static bool entry_event(struct control *c, struct entry *entry, int fd, int *status)
{
	if (fd == entry->sock) {
		control_entry_started(c, entry);
		return false;
	}
	bool init = entry->pid == c->sentry->init;
	*status = entry_status(entry);
	control_entry_ended(c, entry, *status);
	entry_free(c->sentry, entry);
	return init;
}

static void watch_all(struct watch *w, struct control *c, int signals)
{
	w->count = 0;
	watch(w, signals, NULL);
	watch(w, c->listening, c);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		watch(w, c->clients[i].fd, &c->clients[i]);
	for (struct entry *entry = c->sentry->entries; entry; entry = entry->next) {
		/* What the stub says comes before its end, for the ones that end at once too. */
		if (entry->listener < 0) /* it has been let go */
			watch(w, entry->sock, entry);
		watch(w, entry->pidfd, entry);
	}
}

int loop_run(struct sentry *s, int control_fd)
{
	static struct control control;
	static struct watch w;
	int signals = forwarded_signals(), status = 0;
	control = (struct control){.sentry = s, .listening = control_fd};
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		control.clients[i].fd = -1;
	for (;;) {
		watch_all(&w, &control, signals);
		if (poll(w.fds, w.count, -1) < 0)
			continue;
		for (size_t i = 0; i < w.count; i++) {
			void *owner = w.owners[i];
			int fd = w.fds[i].fd;
			if (!w.fds[i].revents)
				continue;
			if (!owner)
				forward_signal(s, fd);
			else if (owner == &control)
				control_accept(&control);
			else if (owner >= (void *)control.clients &&
				 owner < (void *)(control.clients + CLIENTS_MAX))
				control_serve(&control, owner);
			else if (entry_event(&control, owner, fd, &status))
				return status;
			else
				break; /* the entry may be gone, and its other slot with it */
		}
	}
}
