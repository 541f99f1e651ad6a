/*
 * Files and sockets, whole: short reads, EINTR and descriptors that travel over sockets.
 * Every function returns 0 or a positive value, or a negative errno.
 */
#ifndef CAPBOX_LIB_IO_H
#define CAPBOX_LIB_IO_H

#include <stddef.h>
#include <sys/types.h>

/* Reads up to size - 1 bytes of the file at path (relative to dirfd) and ends them with NUL.
 * Returns the length. */
ssize_t read_file_at(int dirfd, const char *path, char *buffer, size_t size);

/* Reads a whole file of at most `limit` bytes into *data (malloc, NUL-ended, caller frees). Returns
 * the length, -EFBIG beyond. */
ssize_t read_file_alloc(int dirfd, const char *path, size_t limit, char **data);

/* Writes s to an existing file in one write, as procfs and cgroup files want it. */
int write_file_at(int dirfd, const char *path, const char *s);

/* Writes all of data. */
int write_all(int fd, const void *data, size_t size);

/*
 * Sends one message with up to 18 descriptors; receives one with up to *nfds (those are the
 * caller's to close, all close-on-exec). receive_message returns the length, 0 at end of file, and
 * -EMSGSIZE, closing what came, when the message or its descriptors did not fit.
 */
int send_message(int sock, const void *data, size_t size, const int *fds, size_t nfds);
ssize_t receive_message(int sock, void *data, size_t size, int *fds, size_t *nfds);

/* Closes every descriptor from `first` on but the count that are kept (-1 is none), which are
 * sorted. */
void close_fds_but(int *kept, size_t count, unsigned first);

#endif
