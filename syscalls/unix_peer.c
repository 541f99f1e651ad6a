/*
 * Who is at the other end of a unix socket (unix(7), SO_PEERCRED).
 *
 * The kernel remembers who connected, listened or made the pair. Listening and pairs are native, so
 * there it knows the guest's process, and its context says who that is. Connections are made by the
 * sentry: it keeps a table of the sockets it connected (by inode number) and for whom, and asks
 * sock_diag(7) in the guests' network namespace which socket the peer is. The table is small; an
 * old entry gives way to a new one, and a peer that is not known any more is nobody.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/unix_diag.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/sentry.h"
#include "syscalls/sockaddr.h"

#define PEERS  4096
#define NOBODY 65534

#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif

struct peer {
	uint32_t ino;
	struct ucred cred;
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
	const struct cred *c = w->ctx->cred;
	pid_t pid = pid_to_guest(w->sentry, pid_group(w->sentry, w->trap.tid));
	struct peer new = {(uint32_t)st.st_ino, {.pid = pid, .uid = c->euid, .gid = c->egid}};
	pthread_mutex_lock(&p->lock);
	p->peers[new.ino % PEERS] = new;
	pthread_mutex_unlock(&p->lock);
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
static struct ucred look_up(struct worker *w, int fd)
{
	struct ucred cred = {.pid = 0, .uid = NOBODY, .gid = NOBODY};
	struct unix_peers *p = unix_peers_of(w->sentry);
	struct stat st;
	if (!p || fstat(fd, &st) < 0)
		return cred;
	pthread_mutex_lock(&p->lock);
	uint32_t ino = ready(w, p, fd) ? peer_inode(p->diag, (uint32_t)st.st_ino) : 0;
	if (ino && p->peers[ino % PEERS].ino == ino)
		cred = p->peers[ino % PEERS].cred;
	pthread_mutex_unlock(&p->lock);
	return cred;
}

int unix_peer_cred(struct worker *w, int fd, struct ucred *cred)
{
	socklen_t length = sizeof *cred;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, cred, &length) < 0)
		return -errno;
	if (cred->pid == getpid()) {
		*cred = look_up(w, fd);
		return 0;
	}
	if (cred->pid == 0)
		return 0; /* no peer, or one outside of the container */
	struct context *c = context_of(w->sentry, cred->pid);
	cred->uid = c ? c->cred->euid : NOBODY;
	cred->gid = c ? c->cred->egid : NOBODY;
	cred->pid = pid_to_guest(w->sentry, cred->pid);
	context_put(c);
	return 0;
}
