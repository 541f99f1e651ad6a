/*
 * The host identity of a container's guests: a uid (and the gid of the same number) that no other
 * container on this machine has, so that nothing the kernel accounts or permits by uid is shared
 * between containers.
 *
 * A claim is a symbolic link GUEST_ID_DIRECTORY/UID that names the state directory it is for.
 * Making one is atomic, and one whose directory is gone (the machine's run was cut short) is free
 * again.
 */
#ifndef CAPBOX_RUNTIME_GUEST_ID_H
#define CAPBOX_RUNTIME_GUEST_ID_H

#include <sys/types.h>

#include "lib/error.h"

#define GUEST_ID_DIRECTORY "/run/capbox-uids" /* one for the machine, whatever --root is */
#define GUEST_ID_FIRST	   1879048192u /* 0x70000000: far from people, subuids and systemd's */
#define GUEST_ID_COUNT	   65536u

/* Claims an id for the container with this state directory (absolute). */
int guest_id_claim(const char *state_directory, uid_t *id, struct error *e);

/* Gives it back, when it belongs to that container. */
void guest_id_release(const char *state_directory, uid_t id);

/* Gives back what a container without a readable state may have claimed. */
void guest_id_release_all(const char *state_directory);

#endif
