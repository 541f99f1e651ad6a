/*
 * Where handlers can run at will: user, mount, pid, network, ipc and uts namespaces of the fuzzer's
 * own, with a tmpfs as root. Needs root.
 */
#ifndef CAPBOX_TESTS_FUZZ_SANDBOX_H
#define CAPBOX_TESTS_FUZZ_SANDBOX_H

#include "sentry/sentry.h"

/*
 * Returns in a child, pid 1 of the namespaces, whose cwd still is the caller's on the host, for the
 * corpus. The caller waits, writes *size bytes of input to `save` when the child has not ended
 * well, and ends as it did. Returns the shared input.
 */
struct shared_input {
	size_t size;
	unsigned char data[1 << 16];
};
struct shared_input *sandbox_enter(const char *save);

/* Empties the root and fills it anew: programs, a script, links, a FIFO, a directory of a user. */
void sandbox_fill(void);

/* A sentry for it, with trees and without guests. */
struct sentry *sandbox_sentry(void);

/* Guest pid 1 in a pid namespace of its own and a child of it that is to make the calls; sets
 * s->init and the namespace, returns the child. */
pid_t sandbox_guests(struct sentry *s);

#endif
