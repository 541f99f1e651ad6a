/*
 * See unix_bound.h. Both tables are files, of BUCKETS rows that are read and written as a whole:
 * the own one a memfd, the shared one the runtime's. Of the shared one nothing is believed but what
 * it says about files that are not the container's own, so who spoils it (a sentry that is not one
 * any more) keeps containers from sharing sockets, or opens sockets to containers that volumes
 * expose to them.
 *
 * #syscalls: memfd_create openat getrandom pread64 pwrite64 statx fstat ioctl:SIOCUNIXFILE
 * #syscalls: fcntl:F_OFD_SETLK,F_OFD_GETLK clock_nanosleep close
 */
#include "syscalls/unix_bound.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/kernel.h"
#include "lib/log.h"
#include "sentry/sentry.h"
#include "syscalls/sockaddr.h"

#define BUCKETS 1024u
#define SLOTS	64u
#define OWNERS	(INT64_C(1) << 40)
#define WAITS	40 /* for binds under way, of half a millisecond */

struct file_key {
	uint64_t dev, ino, born; /* born: nanoseconds; 0 where the file system does not know */
};

struct entry {
	struct file_key key; /* ino 0: a free one */
	uint32_t socket;     /* its own inode number; meaningless to other containers */
	uint32_t owner;	     /* the container: unix_bound.owner */
};

struct bucket {
	struct entry entries[SLOTS];
};

struct unix_bound {
	pthread_mutex_t lock; /* of changes */
	_Atomic unsigned binding;
	/* A number of the container's own, where it looks for free slots first, and whose byte of
	 * the shared table (OWNERS + owner) it locks as long as it lives. */
	uint32_t owner;
	int own, shared;
	int files; /* unix_bound_files() */
};

/* --- making it ------------------------------------------------------------------------------ */

static void release(struct unix_bound *b)
{
	close_fd(&b->own);
	close_fd(&b->files);
	free(b);
}

static struct flock owner_lock(uint32_t owner)
{
	return (struct flock){
	    .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = OWNERS + owner, .l_len = 1};
}

static struct unix_bound *make(struct sentry *s)
{
	struct unix_bound *b = calloc(1, sizeof *b);
	if (!b)
		return NULL;
	pthread_mutex_init(&b->lock, NULL);
	b->shared = s->network.sockets;
	b->own = memfd_create("sockets", MFD_CLOEXEC);
	b->files = openat(s->proc_fd, "self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (getrandom(&b->owner, sizeof b->owner, GRND_NONBLOCK) < 0 || b->own < 0 ||
	    b->files < 0) {
		release(b);
		return NULL;
	}
	struct flock lock = owner_lock(b->owner);
	if (b->shared >= 0)
		fcntl(b->shared, F_OFD_SETLK, &lock);
	return b;
}

/* Made by whoever needs it first. NULL when that is not possible. */
static struct unix_bound *bound_of(struct worker *w)
{
	struct unix_bound **place = &w->sentry->unix_bound, *none = NULL;
	struct unix_bound *b = __atomic_load_n(place, __ATOMIC_ACQUIRE);
	if (b)
		return b;
	worker_as_sentry(w);
	b = make(w->sentry);
	worker_dress_again(w);
	if (!b ||
	    __atomic_compare_exchange_n(place, &none, b, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return b;
	release(b);
	return none;
}

int unix_bound_files(struct worker *w)
{
	struct unix_bound *b = bound_of(w);
	return b ? b->files : -ENOBUFS;
}

/* --- tables --------------------------------------------------------------------------------- */

static bool same(const struct file_key *a, const struct file_key *b)
{
	return a->ino == b->ino && a->dev == b->dev && a->born == b->born;
}

static off_t bucket_offset(const struct file_key *key)
{
	uint64_t h = (key->ino ^ key->dev << 32 ^ key->born) * 0x9e3779b97f4a7c15u;
	return (off_t)((h >> 32) % BUCKETS * sizeof(struct bucket));
}

/* False also for what has not been written yet, or is not there. */
static bool read_bucket(int table, const struct file_key *key, struct bucket *out)
{
	return table >= 0 &&
	       pread(table, out, sizeof *out, bucket_offset(key)) == (ssize_t)sizeof *out;
}

static int find(const struct bucket *bucket, const struct file_key *key)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (same(&bucket->entries[i].key, key))
			return (int)i;
	return -1;
}

static bool has(int table, const struct file_key *key)
{
	struct bucket bucket;
	return read_bucket(table, key, &bucket) && find(&bucket, key) >= 0;
}

static int find_free(const struct unix_bound *b, const struct bucket *bucket)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (!bucket->entries[(b->owner + i) % SLOTS].key.ino)
			return (int)((b->owner + i) % SLOTS);
	return -1;
}

/* Whether the socket of an entry is gone, or its container. */
static bool is_dead(struct worker *w, const struct unix_bound *b, const struct entry *e, int fd)
{
	struct flock lock = owner_lock(e->owner);
	if (e->owner == b->owner)
		return !unix_socket_lives(w, fd, e->socket);
	return fcntl(b->shared, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

/* One that is dead, or else any. */
static unsigned find_victim(struct worker *w, const struct unix_bound *b,
			    const struct bucket *bucket, int fd)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (is_dead(w, b, &bucket->entries[i], fd))
			return i;
	return (unsigned)bucket->entries[0].key.ino % SLOTS;
}

static bool write_slot(int table, const struct entry *e, unsigned slot)
{
	off_t at = bucket_offset(&e->key) + (off_t)(slot * sizeof *e);
	struct bucket whole;
	/* The first entry of a row makes the row. */
	if (!read_bucket(table, &e->key, &whole)) {
		whole = (struct bucket){0};
		if (pwrite(table, &whole, sizeof whole, bucket_offset(&e->key)) < 0)
			return false;
	}
	return pwrite(table, e, sizeof *e, at) == (ssize_t)sizeof *e;
}

/* Into the container's own, for the socket fd; what had to give way in *old (ino 0: nothing). */
static void add_own(struct worker *w, struct unix_bound *b, int fd, const struct entry *e,
		    struct file_key *old)
{
	struct bucket bucket = {0};
	read_bucket(b->own, &e->key, &bucket);
	int slot = find_free(b, &bucket);
	if (slot < 0)
		slot = (int)find_victim(w, b, &bucket, fd);
	*old = bucket.entries[slot].key;
	if (!write_slot(b->own, e, (unsigned)slot))
		log_warning("unix: a bound socket cannot be remembered: %m");
}

/* Into the shared one. Another sentry may take the same slot at the same time. */
static void add_shared(struct worker *w, struct unix_bound *b, int fd, const struct entry *e,
		       const struct file_key *old)
{
	struct bucket bucket = {0};
	for (int tries = 0; tries < 4 && b->shared >= 0; tries++) {
		read_bucket(b->shared, &e->key, &bucket);
		int slot = old->ino ? find(&bucket, old) : -1;
		if (slot < 0)
			slot = find_free(b, &bucket);
		if (slot < 0)
			slot = (int)find_victim(w, b, &bucket, fd);
		if (!write_slot(b->shared, e, (unsigned)slot) || has(b->shared, &e->key))
			return;
	}
}

/* --- what is asked -------------------------------------------------------------------------- */

static int read_key(int file, struct file_key *key, bool *is_socket)
{
	struct statx x;
	if (statx(file, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_BTIME, &x) < 0)
		return -errno;
	*is_socket = S_ISSOCK(x.stx_mode);
	*key =
	    (struct file_key){.dev = makedev(x.stx_dev_major, x.stx_dev_minor), .ino = x.stx_ino};
	if (x.stx_mask & STATX_BTIME)
		key->born = (uint64_t)x.stx_btime.tv_sec * 1000000000u + x.stx_btime.tv_nsec;
	return 0;
}

void unix_bound_begin(struct worker *w)
{
	struct unix_bound *b = bound_of(w);
	if (b)
		b->binding++;
}

static void remember(struct worker *w, struct unix_bound *b, int fd)
{
	struct entry e = {0};
	struct file_key old;
	struct stat st;
	bool is_socket;
	/* A socket that was made in another network is not told of: it is no guest's own. */
	_cleanup_close_ int file = ioctl(fd, SIOCUNIXFILE);
	if (file < 0 || read_key(file, &e.key, &is_socket) < 0 || fstat(fd, &st) < 0)
		return;
	e.socket = (uint32_t)st.st_ino;
	e.owner = b->owner;
	pthread_mutex_lock(&b->lock);
	add_own(w, b, fd, &e, &old);
	add_shared(w, b, fd, &e, &old);
	pthread_mutex_unlock(&b->lock);
}

void unix_bound_end(struct worker *w, int fd, bool bound)
{
	struct unix_bound *b = w->sentry->unix_bound;
	if (!b)
		return;
	if (bound)
		remember(w, b, fd);
	b->binding--;
}

int unix_bound_check(struct worker *w, int file)
{
	struct unix_bound *b = bound_of(w);
	struct file_key key;
	bool is_socket;
	int r = b ? read_key(file, &key, &is_socket) : -ENOBUFS;
	if (r < 0 || !is_socket)
		return r;
	for (int i = 0; i < WAITS; i++) {
		bool may_come = b->binding; /* first: what is bound now is found next time */
		if (has(b->own, &key) || has(b->shared, &key))
			return 0;
		if (!may_come)
			break;
		nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
	}
	log_info("unix: refused a socket that no container has bound (dev.capbox.host-uds=open "
		 "allows those)");
	return -ECONNREFUSED;
}
