/*
 * Owners of descriptors: whom signals about I/O go to (fcntl(2) F_SETOWN, ioctl FIOSETOWN). The
 * owner is named by a guest's number: a process, or a process group when negative; 0 is nobody.
 */
#ifndef CAPBOX_SYSCALLS_OWNER_H
#define CAPBOX_SYSCALLS_OWNER_H

struct worker;

/* Whether the caller may send the owner signals: 0, -EPERM or -ESRCH. */
int owner_allowed(struct worker *w, int who);

/* Sets the owner of fd (a descriptor of the guest, fetched). A process group has no number that can
 * be translated once its leader is gone, so groups are refused with EPERM. */
int owner_set(struct worker *w, int fd, int who);

#endif
