/*
 * How the argument words of syscalls/table.def are printed: the way strace does, from the registers
 * of a record and the bytes that were copied for it.
 */
#ifndef CAPBOX_RUNTIME_TRACE_WORDS_H
#define CAPBOX_RUNTIME_TRACE_WORDS_H

#include <stddef.h>
#include <stdio.h>

#include "sentry/trace.h"

/* Prints the arguments, with ", " between them. */
void trace_print_arguments(const struct trace_record *r, FILE *f);

/* Bytes as a C string in double quotes, with "..." behind what was cut. Safe for terminals. */
void trace_print_bytes(FILE *f, const char *bytes, size_t length, bool cut);

#endif
