/*
 * Errors that a person will read. A function that can fail for a reason worth telling takes a
 * `struct error *`, returns a negative errno, and leaves one line: what failed, on what, why, and
 * where it helps, what to do next. The first (innermost) cause is written by error_set(), callers
 * put their view in front with error_prefix().
 */
#ifndef CAPBOX_LIB_ERROR_H
#define CAPBOX_LIB_ERROR_H

struct error {
	char message[1024];
};

/* Writes the line; when errnum is not 0, ": " and its text follow. Returns -errnum, or -EINVAL for 0. */
int error_set(struct error *e, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "format: " in front of what is there. Returns code, so that `return error_prefix(e, r, ...)` reads well. */
int error_prefix(struct error *e, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
