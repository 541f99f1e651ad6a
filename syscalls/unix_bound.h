/*
 * Which socket files belong to containers. A volume may expose sockets of the host, which guests do
 * not reach unless network.host_uds says so; what they bind themselves, they do, and so do the
 * guests of other containers that share the volume.
 *
 * Every path that a guest binds is bound by its sentry, which remembers the file that has come of
 * it: device, inode number and time of birth, as the kernel says by the socket (unix(7),
 * SIOCUNIXFILE), since a name may have been given to another file by then. It is written down
 * twice: in the container's own table, and in one that the containers of this machine share
 * (network.sockets), which is only asked about what the own one does not know. Whoever is in it is
 * a container's for as long as the file is there; a file of the same number made later has another
 * birth.
 */
#ifndef CAPBOX_SYSCALLS_UNIX_BOUND_H
#define CAPBOX_SYSCALLS_UNIX_BOUND_H

#include <stdbool.h>

struct worker;

/* Around bind(2) of a guest's socket to a path. `end` remembers it when it has been bound. */
void unix_bound_begin(struct worker *w);
void unix_bound_end(struct worker *w, int fd, bool bound);

/*
 * Whether guests may connect and send to the file (an O_PATH descriptor): 0 or -ECONNREFUSED, which
 * Linux says of a socket that nobody has open any more. A file that is no socket is left to the
 * kernel.
 */
int unix_bound_check(struct worker *w, int file);

/* The directory of the sentry's own descriptors (O_PATH, borrowed) or a negative errno: N in it is
 * the file that N refers to, whatever names lead to it meanwhile. */
int unix_bound_files(struct worker *w);

#endif
