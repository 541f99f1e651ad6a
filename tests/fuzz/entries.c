/*
 * In the place of sentry/entry.c and of kill(2), for the control socket's target: processes are
 * made of nothing, but for what control.c must look after: descriptors and messages.
 */
#include "tests/fuzz/entries.h"

#include "lib/cleanup.h"
#include "sentry/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

struct entry fuzz_entries[FUZZ_ENTRIES];
static size_t used;

void fuzz_entries_reset(void)
{
	used = 1; /* the first is guest pid 1 */
}

int entry_exec(struct sentry *s, const struct spec *spec, const int *fds, int fd_count, int *master,
	       struct entry **out, struct error *e)
{
	for (int i = 0; i < fd_count; i++)
		if (fcntl(fds[i], F_GETFD) < 0)
			abort();
	if (used == FUZZ_ENTRIES)
		return error_set(e, EAGAIN, "too many");
	*master = spec->process.terminal ? fcntl(fds[0], F_DUPFD_CLOEXEC, 3) : -1;
	*out = &fuzz_entries[used];
	fuzz_entries[used] = (struct entry){.pid = 100 + (int)used};
	used++;
	return 0;
}

int entry_go(struct sentry *s, struct entry *entry, const struct spec_process *process,
	     struct error *e)
{
	return process->args.count > 3 ? error_set(e, EIO, "no") : 0;
}

int entry_result(struct sentry *s, struct entry *entry, const struct spec_process *process,
		 struct error *e)
{
	return process->args.count > 2 ? error_set(e, ENOENT, "exec") : 0;
}

int kill(pid_t pid, int number)
{
	if (number < 0 || number > SIGRTMAX || (pid != -1 && pid <= 1))
		abort();
	return 0;
}
