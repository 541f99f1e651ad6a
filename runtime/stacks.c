/* A process and its threads: see stacks.h. */
#include "runtime/stacks.h"

#include "lib/cleanup.h"
#include "lib/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

void stacks_release(struct stacks *s)
{
	for (size_t i = 0; i < s->thread_count; i++)
		free(s->threads[i].bytes);
	for (size_t i = 0; i < s->file_count; i++)
		close(s->files[i].fd);
	free(s->threads);
	free(s->maps);
	free(s->maps_text);
	*s = (struct stacks){0};
}

/* The innermost of a thread's numbers, its name and its state. */
static int describe(int proc_dir, struct stack_thread *t)
{
	char path[64], text[8192];
	snprintf(path, sizeof path, "task/%d/status", (int)t->tid);
	ssize_t n = read_file_at(proc_dir, path, text, sizeof text);
	if (n < 0)
		return -ESRCH;
	const char *numbers = strstr(text, "\nNSpid:"), *state = strstr(text, "\nState:\t");
	sscanf(text, "Name:\t%15[^\n]", t->name);
	t->state = state ? state[8] : '?';
	t->inner = t->tid;
	if (numbers) {
		numbers += 7;
		numbers += strcspn(numbers, "0123456789");
		const char *last = numbers + strcspn(numbers, "\n");
		while (last > numbers && last[-1] != '\t')
			last--;
		t->inner = atoi(last);
	}
	return 0;
}

static int list_threads(struct stacks *s, int proc_dir, struct error *e)
{
	int fd = openat(proc_dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -ESRCH;
	s->threads = calloc(STACK_THREADS_MAX, sizeof *s->threads);
	if (!s->threads)
		return error_set(e, ENOMEM, "process %d", (int)s->pid);
	struct dirent *entry;
	while (s->thread_count < STACK_THREADS_MAX && (entry = readdir(dir))) {
		struct stack_thread *t = &s->threads[s->thread_count];
		t->tid = atoi(entry->d_name);
		s->thread_count += t->tid > 0 && describe(proc_dir, t) == 0;
	}
	return s->thread_count ? 0 : -ESRCH;
}

int stacks_collect(pid_t pid, int proc_dir, int root, struct stacks *s, struct error *e)
{
	*s = (struct stacks){.pid = pid};
	int r = stacks_take_maps(s, proc_dir, root, e);
	if (r == 0)
		r = list_threads(s, proc_dir, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < s->thread_count; i++) {
		struct stack_thread *t = &s->threads[i];
		if (t->tid == pid)
			s->inner = t->inner;
		stacks_take_thread(s, proc_dir, t, STACK_TOTAL_MAX - s->total);
		s->total += t->copied;
	}
	/* While the directory is there, the number has meant this process. */
	return faccessat(proc_dir, "status", F_OK, 0) == 0 ? 0 : -ESRCH;
}
