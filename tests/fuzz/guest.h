/*
 * A guest of nothing but an input: the platform of the traps target. It stands in the place of
 * platform/notify: its memory is a part of the input, its descriptors a small table, and its
 * process one that sleeps.
 */
#ifndef CAPBOX_TESTS_FUZZ_GUEST_H
#define CAPBOX_TESTS_FUZZ_GUEST_H

#include "platform/platform.h"
#include "tests/fuzz/fuzz.h"

#define GUEST_MEMORY UINT64_C(0x10000) /* where the memory begins in the guest */
#define GUEST_FDS    32

struct guest {
	uint8_t *memory;
	size_t size;
	bool shaky;	    /* what is read a second time in a call has changed meanwhile */
	int fds[GUEST_FDS]; /* -1: free */
	int answers;	    /* to the call that is served */
	uint8_t read[1 << 16];
};

extern struct guest guest;

/* The next call of the input: its number and arguments. */
void guest_call(struct input *in, struct trap *t);

void guest_close_all(void);

#endif
