/* See entries.c. */
#ifndef CAPBOX_TESTS_FUZZ_ENTRIES_H
#define CAPBOX_TESTS_FUZZ_ENTRIES_H

#include "sentry/entry.h"

#define FUZZ_ENTRIES 16

extern struct entry fuzz_entries[FUZZ_ENTRIES];
void fuzz_entries_reset(void);

#endif
