/*
 * Files that stay fresh: top, free and vmstat open /proc/stat and its like once, and read them
 * again from the start every few seconds. Reading is native, so nobody asks the sentry. All who
 * open such a file share one, and while it is open anywhere its text is rewritten four times a
 * second. Of a process only what everyone may read is kept so, and only as long as it lives.
 *
 * Whether anybody has it open the kernel tells: it grants a write lease (fcntl(2), F_SETLEASE) only
 * when nobody else has. When nobody has any, the thread that rewrites sleeps until the next open.
 *
 * #syscalls: fcntl:F_SETLEASE fstat ftruncate openat pwrite64 unshare:CLONE_FS rt_sigprocmask
 * #syscalls: clock_nanosleep
 */
#include "sentry/vfs/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/sentry.h"

#define FILES	    32
#define INTERVAL_NS 250000000
#define STACK_SIZE  (256u << 10)

struct file {
	struct vfs_node node;
	unsigned long long start; /* of the process; 0: none */
	struct text_file file;	  /* ro is O_PATH, which does not count as open */
	off_t size;
	bool used, open;
};

struct fresh {
	pthread_mutex_t lock;
	pthread_cond_t opened;
	struct sentry *sentry;
	bool running;
	struct file files[FILES];
};

struct fresh *fresh_new(struct sentry *s)
{
	struct fresh *f = calloc(1, sizeof *f);
	if (!f)
		return NULL;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->opened, NULL);
	f->sentry = s;
	return f;
}

/* Rewrites in place: who reads it sees the new text, or the old one, or the joint of the two. */
static int rewrite(struct file *file, struct vfs_view *v)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int r = vfs_print(v, &data, &size);
	if (r < 0)
		return r;
	if (pwrite(file->file.rw, data, size, 0) != (ssize_t)size)
		return -ENOMEM;
	if ((off_t)size < file->size && ftruncate(file->file.rw, (off_t)size) < 0)
		return -errno;
	file->size = (off_t)size;
	return 0;
}

/* By nobody's order, so nobody's view. What is gone keeps its last text. */
static void rewrite_again(struct fresh *f, struct file *file)
{
	struct vfs_view v;
	if (view_of(f->sentry, &file->node, &v) == 0 && vfs_start_time(&v) == file->start)
		rewrite(file, &v);
	view_release(&v);
}

static bool is_open(const struct file *file)
{
	if (fcntl(file->file.rw, F_SETLEASE, F_WRLCK) < 0)
		return true;
	fcntl(file->file.rw, F_SETLEASE, F_UNLCK);
	return false;
}

/* Rewrites what is open. Whether anything is. */
static bool refresh(struct fresh *f)
{
	bool any = false;
	for (size_t i = 0; i < FILES; i++) {
		struct file *file = &f->files[i];
		if (file->open)
			file->open = is_open(file);
		if (file->open)
			rewrite_again(f, file);
		any |= file->open;
	}
	return any;
}

static void *run(void *arg)
{
	struct fresh *f = arg;
	const struct timespec interval = {.tv_nsec = INTERVAL_NS};
	unshare(CLONE_FS); /* the worker that made this thread goes on changing its own */
	for (;;) {
		nanosleep(&interval, NULL);
		pthread_mutex_lock(&f->lock);
		while (!refresh(f))
			pthread_cond_wait(&f->opened, &f->lock);
		pthread_mutex_unlock(&f->lock);
	}
	return NULL;
}

/* The thread has the credentials of who starts it, which is the sentry's. */
static int start(struct fresh *f)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	if (f->running)
		return 0;
	sigfillset(&all);
	sigdelset(&all, SIGSYS); /* the filter's: filter.h */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int r = pthread_create(&thread, &attr, run, f);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	f->running = r == 0;
	return -r;
}

static bool same_node(const struct vfs_node *a, const struct vfs_node *b)
{
	for (int i = 0; i <= a->depth; i++)
		if (a->level[i].row != b->level[i].row || a->level[i].key != b->level[i].key)
			return false;
	return a->tree == b->tree && a->depth == b->depth;
}

/* A place for one more: never used, or of a process and open no more. NULL: there is none. */
static struct file *find_place(struct fresh *f)
{
	for (size_t i = 0; i < FILES; i++)
		if (!f->files[i].used)
			return &f->files[i];
	for (size_t i = 0; i < FILES; i++) {
		struct file *file = &f->files[i];
		if (!file->start || is_open(file))
			continue;
		text_file_close(&file->file);
		*file = (struct file){};
		return file;
	}
	return NULL;
}

/* The file of the node, made when it is asked for the first time. -ENFILE: too many. */
static int get(struct fresh *f, struct vfs_view *v, struct file **out)
{
	unsigned long long start = vfs_start_time(v);
	for (size_t i = 0; i < FILES; i++) {
		*out = &f->files[i];
		if ((*out)->used && (*out)->start == start && same_node(&(*out)->node, v->node))
			return 0;
	}
	struct file *file = *out = find_place(f);
	if (!file)
		return -ENFILE;
	int r = text_file_make(v, O_PATH, &file->file);
	if (r < 0)
		return r;
	file->used = true;
	file->start = start;
	file->node = *v->node;
	return text_file_own(v, &file->file);
}

int fresh_open(struct vfs_view *v)
{
	struct fresh *f = v->s->vfs->fresh;
	struct file *file;
	char path[40];

	pthread_mutex_lock(&f->lock);
	int r = get(f, v, &file);
	if (r == 0)
		r = rewrite(file, v);
	if (r == 0)
		r = start(f);
	if (r == 0) {
		snprintf(path, sizeof path, "thread-self/fd/%d", file->file.ro);
		r = openat(v->s->proc_fd, path, O_RDONLY | O_CLOEXEC);
		r = r < 0 ? -errno : r;
		file->open = true;
		pthread_cond_signal(&f->opened);
	}
	pthread_mutex_unlock(&f->lock);
	return r;
}

int fresh_stat(struct vfs_view *v, struct stat *st)
{
	struct fresh *f = v->s->vfs->fresh;
	struct file *file;
	pthread_mutex_lock(&f->lock);
	int r = get(f, v, &file);
	if (r == 0 && fstat(file->file.rw, st) < 0)
		r = -errno;
	pthread_mutex_unlock(&f->lock);
	return r;
}
