/* netdevice(7): interfaces of the container's network namespace. */
#ifndef CAPBOX_SYSCALLS_NETDEVICE_H
#define CAPBOX_SYSCALLS_NETDEVICE_H

#include <stdint.h>

struct worker;
struct trap;

/* Serves a request on fd, a socket of the guest; its argument is that of the trap. */
int64_t netdevice_ioctl(struct worker *w, struct trap *t, int fd, unsigned request);

#endif
