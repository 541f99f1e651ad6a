/*
 * The load averages of the container, over 1, 5 and 15 minutes: how many of its threads ran.
 */
#ifndef CAPBOX_SENTRY_VFS_LOAD_H
#define CAPBOX_SENTRY_VFS_LOAD_H

struct load;
struct sentry;

/* NULL when there is no memory. */
struct load *load_new(void);

/* The averages now; 0 when there is no cgroup to tell. */
void load_average(struct sentry *s, double average[3]);

/* Moves averages on by some seconds in which so many threads ran. */
void load_add(double average[3], double seconds, double running);

/* How many tasks the container has. */
struct task_count {
	unsigned running, threads, last; /* last: the highest pid */
};
int load_count_tasks(struct sentry *s, struct task_count *count);

#endif
