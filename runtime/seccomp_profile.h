/*
 * linux.seccomp: a filter that the container's creator wants, beside capbox's own. Guests have
 * both, and of what two filters say the kernel takes the strictest, so the meaning of a profile is
 * kept: what it refuses is refused, also where the sentry would have served it, since an errno is
 * stricter than a notification.
 *
 * A guest makes a few calls that its program knows nothing of: to be executed (execveat(2) in the
 * place of execve(2)), and by the loader, before the program's first instruction. A profile that
 * refuses these is an error, unless it can be told apart without losing anything.
 */
#ifndef CAPBOX_RUNTIME_SECCOMP_PROFILE_H
#define CAPBOX_RUNTIME_SECCOMP_PROFILE_H

#include <linux/filter.h>

#include "lib/error.h"
#include "runtime/spec.h"

/*
 * The program for the profile; out->len is 0 when there is none to install. Released with
 * seccomp_profile_release().
 */
int seccomp_profile_build(const struct spec_seccomp *profile, struct sock_fprog *out,
			  struct error *e);
void seccomp_profile_release(struct sock_fprog *program);

#endif
