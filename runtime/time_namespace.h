/*
 * A time namespace (time_namespaces(7)): the container's own monotonic and boot-time clocks.
 */
#ifndef CAPBOX_RUNTIME_TIME_NAMESPACE_H
#define CAPBOX_RUNTIME_TIME_NAMESPACE_H

#include "lib/error.h"
#include "runtime/spec.h"

/*
 * Moves the caller, which has one thread and all capabilities in its user namespace, into a new one
 * with the configured offsets. The host's /proc must be in sight.
 */
int time_namespace_enter(const struct spec *spec, struct error *e);

#endif
