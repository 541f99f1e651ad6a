/*
 * The network of a container as its annotations and --network want it (docs/security.md):
 *
 *	dev.capbox.network	pod | none
 *	dev.capbox.netlink	off
 *	dev.capbox.sendmsg	checked
 *	dev.capbox.host-uds	open
 *	dev.capbox.egress	an egress policy (sentry/egress.h)
 *	dev.capbox.egress-file	an absolute path of one
 */
#ifndef CAPBOX_RUNTIME_NETWORK_H
#define CAPBOX_RUNTIME_NETWORK_H

#include "lib/error.h"
#include "runtime/spec.h"
#include "sentry/network.h"

/* Turns the spec into what --network (NULL: not given) or else the annotation says. */
int network_choose(struct spec *spec, const char *option, struct error *e);

/* Fills *out (network_release) from the annotations. */
int network_read(const struct spec *spec, struct network *out, struct error *e);
void network_release(struct network *n);

/* Sends the policy in a file (- is standard input) to the sentry of the state directory, in the
 * place of the one in force. */
int network_send_policy(int dirfd, const char *file, struct error *e);

/*
 * What the container's root cannot do in a network namespace that is not its own, done by the
 * runtime, in it: net.* parameters, and that the sentry may bind privileged ports, which from then
 * on it alone refuses.
 */
int network_prepare_joined(const struct spec *spec, struct network *n, struct error *e);

#endif
