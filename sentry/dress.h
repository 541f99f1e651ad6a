/*
 * What a worker wears: the part of a context that the kernel keeps per thread (worker.h).
 */
#ifndef CAPBOX_SENTRY_DRESS_H
#define CAPBOX_SENTRY_DRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "sentry/context.h"

struct dress {
	struct context *context;  /* a reference; NULL before the first trap            */
	struct cred *cred;	  /* worn now; a reference; NULL as the sentry          */
	struct place *cwd, *root; /* worn now; references                               */
	mode_t umask;
	uint64_t caps; /* effective set of the thread                         */
	uid_t fsuid;
	gid_t fsgid;
};

/* For a new thread, which must have its own fs_struct (CLONE_FS unshared). 0 or a negative errno.
 */
int dress_init(struct dress *d);

void dress_release(struct dress *d);

/* Puts on context c and keeps a reference to it. On failure the thread wears something in between.
 */
int dress_as(struct dress *d, struct context *c);

/* Root of the container with all capabilities, and back to dress_as's last context. */
int dress_as_sentry(struct dress *d);
int dress_back(struct dress *d);

/* For access(2): file credentials of the real ids with the capabilities that go with them. */
int dress_as_real(struct dress *d);

/*
 * Whom the kernel shows to who is connected to (SO_PEERCRED): the thread's effective ids become the
 * context's, and the sentry's again. File credentials stay. A thread that is not hidden again must
 * not go on.
 */
int dress_show_ids(struct dress *d);
int dress_hide_ids(struct dress *d);

#endif
