/*
 * Copies of what went between a trap and its caller's memory, for a trace: the bytes as the handler
 * got or gave them, each piece with the address that it was at. What does not fit is left out.
 */
#ifndef CAPBOX_PLATFORM_COPIES_H
#define CAPBOX_PLATFORM_COPIES_H

#include <stddef.h>
#include <stdint.h>

#define COPIES_MAX     6
#define COPIES_PIECE   304 /* bytes of one */
#define COPIES_SIZE    768 /* bytes of all */
#define COPIES_WRITTEN 1   /* by the handler, not read */
#define COPIES_MORE    2   /* the vector goes on */

/* Of a vector of strings: each with its NUL, one behind the other; a longer one is cut. */
#define COPIES_STRINGS 32
#define COPIES_STRING  33 /* bytes of one, without a NUL */

struct copies {
	uint32_t count, used;
	struct copy {
		uint64_t address;
		uint32_t size; /* of what was read or written; more than `length` when it is cut */
		uint16_t offset, length; /* in bytes */
		uint32_t flags;
	} pieces[COPIES_MAX];
	char bytes[COPIES_SIZE];
};

void copies_add(struct copies *c, uint64_t address, const void *data, size_t size, uint32_t flags);

/* The piece at an address, the first of several; NULL. */
const struct copy *copies_at(const struct copies *c, uint64_t address);

#endif
