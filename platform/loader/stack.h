/*
 * The block that the kernel leaves at the top of a new program's stack:
 *
 *	argc | argv, NULL | envp, NULL | auxv | AT_RANDOM, AT_PLATFORM, padding | argv strings |
 *	envp strings | AT_EXECFN string
 *
 * The kernel wrote it for the loader; stack_rebuild() makes it what it would have written for the
 * program. Free of system calls and of libc, so that it can be tested anywhere.
 */
#ifndef CAPBOX_PLATFORM_LOADER_STACK_H
#define CAPBOX_PLATFORM_LOADER_STACK_H

/* How far below its old place the block may begin afterwards: two paths and the `#!` lines. */
#define STACK_GROWTH_MAX 16384

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/loader/protocol.h"

struct stack {
	uint64_t *sp; /* at argc, aligned to 16 bytes */
	uint64_t *auxv;
	size_t auxv_size;				 /* bytes, with AT_NULL */
	uint64_t arg_start, arg_end, env_start, env_end; /* the strings, as procfs shows them */
};

/* Addresses of the program and its interpreter, for the auxiliary vector. */
struct stack_image {
	uint64_t phdr, phnum, entry, base;
};

/* sp: where the block begins now. False when it would need more than STACK_GROWTH_MAX. */
bool stack_rebuild(uint64_t *sp, const struct loader_info *info, const struct stack_image *image,
		   struct stack *stack);

#endif
#endif
