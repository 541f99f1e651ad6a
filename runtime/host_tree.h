/*
 * A throw-away view of the host's own files, for `capbox do`.
 */
#ifndef CAPBOX_RUNTIME_HOST_TREE_H
#define CAPBOX_RUNTIME_HOST_TREE_H

#include "lib/error.h"

/*
 * Returns a detached mount tree: the host's root, and each filesystem mounted below it, read-only
 * under overlays whose upper layers are in memory. Moves the caller to a mount namespace of its
 * own.
 */
int host_tree_make(struct error *e);

#endif
