/*
 * Overlays: a writable view of a directory that is never written itself. The changes lie in a
 * second, upper directory.
 */
#ifndef CAPBOX_RUNTIME_OVERLAY_H
#define CAPBOX_RUNTIME_OVERLAY_H

#include <stdbool.h>

#include "lib/error.h"
#include "runtime/spec.h"

/* What an overlay consists of. The descriptors are borrowed; what they name is mounted in the
 * caller's mount namespace, since overlay takes no other layers. */
struct overlay {
	const char *name; /* of what is covered, for messages */
	int lower;	  /* a directory */
	int base;	  /* where the upper and the work directory are made */
	char upper[16], work[16];
	bool kept; /* the two may exist; no second overlay may use them meanwhile */
};

/* The overlay as a detached mount, without devices. The caller closes it. */
int overlay_mount(const struct overlay *o, struct error *e);

/*
 * The container's root under an overlay as --overlay (`option`; NULL: not given) or else the
 * annotation dev.capbox.overlay wants it:
 *
 *	memory[,size=SIZE]	changes lie in memory, and are gone with the container
 *	dir=PATH		changes lie in PATH/upper, and stay there
 *	none			no overlay
 *
 * *tree becomes a detached mount to take in place of root.path, or stays as it is for none. The
 * caller closes it.
 */
int overlay_choose(const struct spec *spec, const char *option, int *tree, struct error *e);

#endif
