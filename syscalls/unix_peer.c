/*
 * Who is at the other end of a unix socket (unix(7): SO_PEERCRED, SO_PEERGROUPS, SO_PEERPIDFD).
 *
 * The kernel remembers who connected, listened or made the pair. Listening and pairs are native, so
 * there it knows the guest's process, and its context says who that is. Connections are made by the
 * sentry: it keeps a table of the sockets it connected (by inode number) and for whom, and asks
 * sock_diag(7) in the guests' network namespace which socket the peer is. The table is small; an
 * old entry gives way to a new one, and a peer that is not known any more is nobody.
 *
 * #syscalls: socket:AF_NETLINK sendto recvfrom getsockopt ioctl:SIOCGSKNS
 * #syscalls: setns:CLONE_NEWNET openat fstat getpid pidfd_open clock_gettime close
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/kernel.h"
#include "sentry/sentry.h"
#include "syscalls/sockaddr.h"

#define PEERS  4096
#define NOBODY 65534

struct peer {
	uint32_t ino;
	pid_t pid;	/* as guests number it */
	uint64_t since; /* CLOCK_BOOTTIME, nanoseconds */
	struct cred *cred;
};

struct unix_peers {
	pthread_mutex_t lock;
	int diag; /* NETLINK_SOCK_DIAG socket in the guests' network namespace, or -1 */
	struct peer peers[PEERS];
};

/* Made by whoever needs it first. NULL without memory. */
static struct unix_peers *unix_peers_of(struct sentry *s)
{
	struct unix_peers *p = __atomic_load_n(&s->unix_peers, __ATOMIC_ACQUIRE), *none = NULL;
	if (p)
		return p;
	p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	p->diag = -1;
	if (__atomic_compare_exchange_n(&s->unix_peers, &none, p, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return p;
	free(p);
	return none;
}

void unix_peer_remember(struct worker *w, int fd)
{
	struct unix_peers *p = unix_peers_of(w->sentry);
	struct stat st;
	if (!p || fstat(fd, &st) < 0)
		return;
	struct timespec now;
	clock_gettime(CLOCK_BOOTTIME, &now);
	struct peer new = {.ino = (uint32_t)st.st_ino,
			   .pid = pid_to_guest(w->sentry, pid_group(w->sentry, w->trap.tid)),
			   .since = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
			   .cred = cred_get(w->ctx->cred)};
	pthread_mutex_lock(&p->lock);
	struct cred *old = p->peers[new.ino % PEERS].cred;
	p->peers[new.ino % PEERS] = new;
	pthread_mutex_unlock(&p->lock);
	if (old)
		cred_put(old);
}

/* A socket in the network namespace that fd belongs to; the thread is back in its own afterwards.
 */
static int open_diag(struct worker *w, int fd)
{
	_cleanup_close_ int theirs = ioctl(fd, SIOCGSKNS);
	_cleanup_close_ int ours =
	    openat(w->sentry->proc_fd, "thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (theirs < 0 || ours < 0 || setns(theirs, CLONE_NEWNET) < 0)
		return -errno;
	int diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int error = errno;
	if (setns(ours, CLONE_NEWNET) < 0)
		abort(); /* a worker in the wrong network must not go on */
	return diag < 0 ? -error : diag;
}

static int ask_diag(int diag, uint32_t ino)
{
	struct {
		struct nlmsghdr header;
		struct unix_diag_req request;
	} query = {.header = {.nlmsg_len = sizeof query,
			      .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			      .nlmsg_flags = NLM_F_REQUEST},
		   .request = {.sdiag_family = AF_UNIX,
			       .udiag_ino = ino,
			       .udiag_show = UDIAG_SHOW_PEER,
			       .udiag_cookie = {UINT32_MAX, UINT32_MAX}}};
	return send(diag, &query, sizeof query, 0) < 0 ? -errno : 0;
}

union answer {
	struct nlmsghdr header;
	char space[1024];
};

#define ANSWER_FIXED NLMSG_LENGTH(sizeof(struct unix_diag_msg))

/* The kernel answers before send() returns. The answer's size, or a negative errno: -ENOENT when
 * the socket is unknown. */
static ssize_t diag_socket(int diag, uint32_t ino, union answer *answer)
{
	int r = ask_diag(diag, ino);
	if (r < 0)
		return r;
	ssize_t size = recv(diag, answer, sizeof *answer, MSG_DONTWAIT);
	if (size < 0)
		return -errno;
	if (answer->header.nlmsg_type == NLMSG_ERROR &&
	    size >= (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)))
		return ((struct nlmsgerr *)NLMSG_DATA(&answer->header))->error;
	return answer->header.nlmsg_type == SOCK_DIAG_BY_FAMILY && size >= (ssize_t)ANSWER_FIXED
		   ? size
		   : -EPROTO;
}

/* 0 when the socket is unknown or has no peer. */
static uint32_t peer_inode(int diag, uint32_t ino)
{
	union answer answer;
	ssize_t size = diag_socket(diag, ino, &answer);
	if (size <= 0)
		return 0;
	struct rtattr *a = (struct rtattr *)(answer.space + NLMSG_ALIGN(ANSWER_FIXED));
	for (int left = (int)size - (int)NLMSG_ALIGN(ANSWER_FIXED); RTA_OK(a, left);
	     a = RTA_NEXT(a, left)) {
		if (a->rta_type == UNIX_DIAG_PEER && RTA_PAYLOAD(a) >= sizeof(uint32_t))
			return *(uint32_t *)RTA_DATA(a);
	}
	return 0;
}

/* With the lock: p->diag is there, if it can be. fd is a socket of the guests. */
static bool ready(struct worker *w, struct unix_peers *p, int fd)
{
	if (p->diag < 0) {
		worker_as_sentry(w);
		p->diag = open_diag(w, fd);
		worker_dress_again(w);
	}
	return p->diag >= 0;
}

bool unix_socket_lives(struct worker *w, int fd, uint32_t ino)
{
	struct unix_peers *p = unix_peers_of(w->sentry);
	union answer answer;
	if (!p)
		return true;
	pthread_mutex_lock(&p->lock);
	bool lives = !ready(w, p, fd) || diag_socket(p->diag, ino, &answer) != -ENOENT;
	pthread_mutex_unlock(&p->lock);
	return lives;
}

/* A connection that the sentry made for somebody. */
static void look_up(struct worker *w, int fd, struct unix_peer *out)
{
	struct unix_peers *p = unix_peers_of(w->sentry);
	struct stat st;
	if (!p || fstat(fd, &st) < 0)
		return;
	pthread_mutex_lock(&p->lock);
	uint32_t ino = ready(w, p, fd) ? peer_inode(p->diag, (uint32_t)st.st_ino) : 0;
	const struct peer *peer = &p->peers[ino % PEERS];
	if (ino && peer->ino == ino) {
		out->shown.pid = peer->pid;
		out->since = peer->since;
		out->cred = cred_get(peer->cred);
	}
	pthread_mutex_unlock(&p->lock);
}

static struct cred *cred_of(struct worker *w, pid_t pid)
{
	struct context *c = context_of(w->sentry, pid);
	struct cred *cred = c ? cred_get(c->cred) : NULL;
	context_put(c);
	return cred;
}

int unix_peer_find(struct worker *w, int fd, struct unix_peer *out)
{
	socklen_t length = sizeof out->shown;
	*out = (struct unix_peer){0};
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &out->shown, &length) < 0)
		return -errno;
	pid_t pid = out->shown.pid;
	if (pid == 0)
		return 0; /* no peer, or one outside of the container */
	out->shown = (struct ucred){.uid = NOBODY, .gid = NOBODY};
	if (pid == getpid()) {
		look_up(w, fd, out);
	} else {
		out->is_known = true;
		out->cred = cred_of(w, pid);
		out->shown.pid = pid_to_guest(w->sentry, pid);
	}
	if (out->cred) {
		out->shown.uid = out->cred->euid;
		out->shown.gid = out->cred->egid;
	}
	return 0;
}

void unix_peer_release(struct unix_peer *p)
{
	if (p->cred)
		cred_put(p->cred);
	p->cred = NULL;
}

/* --- its pidfd ------------------------------------------------------------------------------ */

/* When a process began, on CLOCK_BOOTTIME; UINT64_MAX when it is gone. */
static uint64_t start_time(struct worker *w, pid_t pid)
{
	char path[32], text[1024];
	unsigned long long ticks;
	snprintf(path, sizeof path, "%d/stat", (int)pid);
	if (read_file_at(w->sentry->proc_fd, path, text, sizeof text) <= 0)
		return UINT64_MAX;
	const char *rest = strrchr(text, ')'); /* the name may hold anything */
	if (!rest || sscanf(rest + 1,
			    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
			    "%*d %*d %llu",
			    &ticks) != 1)
		return UINT64_MAX;
	return ticks * (1000000000u / (unsigned)sysconf(_SC_CLK_TCK));
}

int unix_peer_pidfd(struct worker *w, int fd, const struct unix_peer *peer)
{
	int pidfd = -1;
	socklen_t length = sizeof pidfd;
	if (peer->is_known)
		return getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) < 0 ? -errno
										     : pidfd;
	if (!peer->cred)
		return -ENODATA;
	/* The number may be another process's by now: one that began after the connection. */
	pid_t pid = pid_to_sentry(w->sentry, peer->shown.pid);
	pidfd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	if (pidfd >= 0 && start_time(w, pid) > peer->since)
		close_fd(&pidfd);
	return pidfd < 0 ? -ESRCH : pidfd;
}
