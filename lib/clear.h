/*
 * Memory that nobody shall find anything in once it is free: what clients and guests have sent.
 */
#ifndef CAPBOX_LIB_CLEAR_H
#define CAPBOX_LIB_CLEAR_H

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

/* free(3) for memory with such content; NULL is nothing. */
static inline void clear_free(void *p)
{
	/* The allocator's size may be more than was asked for, and what the compiler knows of. */
	__asm__("" : "+r"(p));
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static inline void clear_pointer(void *p)
{
	clear_free(*(void **)p);
}

#define _cleanup_clear_ _cleanup_(clear_pointer)

#endif
