/*
 * The log of one process: lines of text or of JSON (runc's form: level, msg, time) to a descriptor.
 * Safe from any thread; nothing here is called on the path of a trap that succeeds.
 */
#ifndef CAPBOX_LIB_LOG_H
#define CAPBOX_LIB_LOG_H

#include <stdbool.h>

enum log_format { LOG_TEXT, LOG_JSON };

/* Sends the log to fd (borrowed, open for the life of the process). Before this it goes to stderr as text. */
void log_open(int fd, enum log_format format, bool debug);

/* The descriptor and settings in force, for a child that must open the same log. */
int log_fd(void);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* An error, from the handler of a fatal signal: allocates nothing. With LOG_JSON it takes the lock of the
 * C library's time zone, which only a crash in there can hold. */
void log_crash(const char *message);

#endif
