/* The parts of the socket calls: socket.c, netlink.c, send.c, message.c, unix*.c. */
#ifndef CAPBOX_SYSCALLS_SOCKADDR_H
#define CAPBOX_SYSCALLS_SOCKADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "sentry/worker.h"

/* An address of the guest, read once. */
struct address {
	struct sockaddr_storage storage;
	socklen_t length;
};

/* 0, -EFAULT, or -EINVAL for a length that no address has. */
int read_address(struct trap *t, uint64_t address, uint64_t length, struct address *a);

/* An option of SOL_SOCKET that is an int; negative errno on failure (none of those asked for can be
 * negative). */
int socket_option(int fd, int option);

/* Whether a call on fd waits when it cannot go on at once. */
bool socket_blocks(int fd);

/* The errno of a waiting socket call that was interrupted, as signal(7): restarted unless there is
 * a time limit. */
int socket_interrupted(int fd, int limit_option);

/*
 * Makes a call with an address on an AF_UNIX socket, once more if its path turns out to lead
 * through a synthesized tree (with NAME_* flags). Without NAME_CREATE the address is a peer's: it
 * must be one that guests may reach (unix_bound.h). The op's result.
 */
typedef int64_t address_op(struct worker *w, int fd, const struct address *a, void *arg);
int64_t unix_address_call(struct worker *w, int fd, const struct address *a, unsigned name_flags,
			  address_op *op, void *arg);

/* socket(2) of AF_NETLINK, granted; bind(2) and connect(2) of such a socket. */
int64_t netlink_socket(struct worker *w, struct trap *t, int type, int flags, int protocol);
int64_t netlink_address_call(struct trap *t, int fd,
			     int (*call)(int, const struct sockaddr *, socklen_t));

/* Remembers who connected fd, for the peer's SO_PEERCRED: the kernel saw the sentry do it. */
void unix_peer_remember(struct worker *w, int fd);

/* Whether a unix socket of this inode number is open in the network of fd, a guest's; true when in
 * doubt. */
bool unix_socket_lives(struct worker *w, int fd, uint32_t ino);

/* Who is at the other end of a socket. */
struct unix_peer {
	struct ucred shown; /* SO_PEERCRED, as guests see it */
	struct cred *cred;  /* owned; NULL: nobody, or somebody outside of the container */
	bool is_known;	    /* to the kernel: the sentry did not make the connection */
	uint64_t since;	    /* of a connection that it made: CLOCK_BOOTTIME, nanoseconds */
};

/* 0 (unix_peer_release) or a negative errno. */
int unix_peer_find(struct worker *w, int fd, struct unix_peer *out);
void unix_peer_release(struct unix_peer *p);

/* A pidfd of the peer, the caller's; -ENODATA: it has none, -ESRCH: it is gone. */
int unix_peer_pidfd(struct worker *w, int fd, const struct unix_peer *peer);

#endif
