/*
 * The native stacks of a process that may be hostile, in two steps.
 *
 * stacks_collect() has the caller's rights and understands nothing of what it takes: it stops each
 * thread for as long as copying its registers and its stack takes, lets it go on, and opens the
 * files that the process has mapped. stacks_print() understands it, in a process that has no
 * rights: stacks_jail.c.
 */
#ifndef CAPBOX_RUNTIME_STACKS_H
#define CAPBOX_RUNTIME_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/user.h>

#include "lib/error.h"

#define STACK_MAPS_MAX	  65536
#define STACK_FILES_MAX	  256
#define STACK_THREADS_MAX 4096
#define STACK_BYTES_MAX	  (256u << 10) /* of a thread: what is copied from its stack pointer on */
#define STACK_TOTAL_MAX	  (64u << 20)  /* of a process */
#define STACK_FRAMES_MAX  256

/* A part of the address space, as proc_pid_maps(5) tells it. */
struct stack_map {
	uint64_t start, end, offset;
	bool executable;
	const char *name; /* in stacks.maps_text; "" for anonymous memory */
	int file;	  /* index; -1: none that could be opened */
};

struct stack_file {
	char identity[64]; /* device and inode, as in maps */
	int fd;		   /* for reading; the vdso is a copy in a memfd */
};

/* How registers were come by. */
enum stack_source {
	STACK_NONE,    /* not at all: problem says why */
	STACK_PARTIAL, /* sp, pc and the call of a thread that could not be stopped */
	STACK_WHOLE,
};

struct stack_thread {
	pid_t tid, inner; /* on the host; as the container counts */
	char name[16], state;
	enum stack_source source;
	struct user_regs_struct registers;
	long call; /* the system call that it is in; -1: none */
	uint64_t copied_from;
	size_t copied;
	unsigned char *bytes;
	char problem[128]; /* "": none */
};

struct stacks {
	pid_t pid, inner;
	char *maps_text;
	struct stack_map *maps;
	size_t map_count;
	struct stack_file files[STACK_FILES_MAX];
	size_t file_count;
	struct stack_thread *threads;
	size_t thread_count;
	size_t total; /* bytes of stacks */
};

/*
 * Takes what there is of the process, whose directory of /proc is open as proc_dir, so that its
 * number cannot come to mean another. root: the container's tree, in which files are looked for
 * when the kernel does not hand them out (-1: none). -ESRCH when it has ended. Free with
 * stacks_release in any case.
 */
int stacks_collect(pid_t pid, int proc_dir, int root, struct stacks *s, struct error *e);
void stacks_release(struct stacks *s);

/* stacks_thread.c: fills t but for its names; how many bytes of stack may still be copied is *room.
 */
void stacks_take_thread(const struct stacks *s, int proc_dir, struct stack_thread *t, size_t room);

/* stacks_files.c: reads maps and opens their files. */
int stacks_take_maps(struct stacks *s, int proc_dir, int root, struct error *e);
const struct stack_map *stacks_find_map(const struct stacks *s, uint64_t address);

/* What is known of a thread from elsewhere, for its heading: a text, or "". */
typedef void stacks_remark(void *arg, const struct stack_thread *t, char *text, size_t size);

/*
 * Prints all threads to out, from a child without rights. Should that fail or take too long, a line
 * of the output says so.
 */
void stacks_print(const struct stacks *s, FILE *out, stacks_remark *remark, void *arg);

/* Prints what a guest has chosen: printable ASCII, and '?' for all else. */
void stacks_print_name(const char *name, FILE *out);

/* stacks_unwind.c: the frames of one thread. */
struct unwinder;
struct unwinder *unwinder_new(const struct stacks *s);
void unwinder_print(struct unwinder *u, const struct stack_thread *t, FILE *out);

#endif
