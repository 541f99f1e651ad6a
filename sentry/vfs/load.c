/*
 * The container's load: how many of its threads ran at once, averaged over 1, 5 and 15 minutes as
 * the kernel does it. The kernel counts every five seconds; here nothing counts. The time that the
 * container's cgroup has used since the last question says how many ran on average in between.
 */
#include "sentry/vfs/load.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/vfs/cpu.h"
#include "sentry/vfs/tree.h"

#define LEAST_NS 100000000 /* what is asked more often is not worth a new average */

struct load {
	pthread_mutex_t lock;
	uint64_t asked, used; /* nanoseconds */
	double average[3];
};

struct load *load_new(void)
{
	struct load *l = calloc(1, sizeof *l);
	if (l)
		pthread_mutex_init(&l->lock, NULL);
	return l;
}

/* e to the power of -x: (1 - x/n)^n with n = 1024. */
static double decay(double x)
{
	double y = x < 1024 ? 1 - x / 1024 : 0;
	for (int i = 0; i < 10; i++)
		y *= y;
	return y;
}

void load_add(double average[3], double seconds, double running)
{
	static const double period[3] = {60, 300, 900};
	for (int i = 0; i < 3; i++) {
		double old = decay(seconds / period[i]);
		average[i] = average[i] * old + running * (1 - old);
	}
}

void load_average(struct sentry *s, double average[3])
{
	struct load *l = s->vfs->load;
	struct cpu_usage u;
	cpu_usage(s, &u);
	pthread_mutex_lock(&l->lock);
	uint64_t used = u.user + u.system;
	/* What had been used before the first question cannot be told from the host's times. */
	if (l->asked && u.known && u.uptime > l->asked + LEAST_NS && used >= l->used) {
		double ns = (double)(u.uptime - l->asked);
		load_add(l->average, ns / 1e9, (double)(used - l->used) / ns);
	}
	if (!l->asked || u.uptime > l->asked + LEAST_NS) {
		l->asked = u.uptime;
		l->used = used;
	}
	for (int i = 0; i < 3; i++)
		average[i] = l->average[i];
	pthread_mutex_unlock(&l->lock);
}

int load_count_tasks(struct sentry *s, struct task_count *count)
{
	struct vfs_keys keys = {};
	*count = (struct task_count){};
	int r = keys_of_directory(s->guest_proc_fd, ".", &keys);
	for (size_t i = 0; r == 0 && i < keys.count; i++) {
		char path[32], stat[1024], state = 0;
		unsigned n = 0;
		count->last = (unsigned)keys.key[i];
		snprintf(path, sizeof path, "%u/stat", count->last);
		if (read_file_at(s->guest_proc_fd, path, stat, sizeof stat) <= 0)
			continue;
		const char *p = strrchr(stat, ')');
		if (p && sscanf(p,
				") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d"
				" %*d %*d %u",
				&state, &n) == 2) {
			count->running += state == 'R';
			count->threads += n;
		}
	}
	free(keys.key);
	/* The caller itself seems to sleep while its call is served. */
	count->running = MAX(count->running, 1);
	return r;
}
