/*
 * The log: see log.h.
 *
 * #syscalls: write clock_gettime
 */
#include "lib/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Set once by the main file of a process, before it has threads. */
static struct {
	int fd;
	enum log_format format;
	bool debug;
} target = {.fd = STDERR_FILENO};

void log_open(int fd, enum log_format format, bool debug)
{
	target.fd = fd;
	target.format = format;
	target.debug = debug;
}

int log_fd(void)
{
	return target.fd;
}

/* Appends s to the line as the inside of a JSON string. */
static size_t append_escaped(char *line, size_t used, size_t size, const char *s)
{
	for (; *s && used + 8 < size; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			used += (size_t)snprintf(line + used, size - used, "\\%c", c);
		else if (c < 0x20)
			used += (size_t)snprintf(line + used, size - used, "\\u%04x", c);
		else
			line[used++] = (char)c;
	}
	return used;
}

static void write_line(const char *level, const char *message)
{
	char line[4096], stamp[40];
	size_t used;
	if (target.format == LOG_JSON) {
		time_t now = time(NULL);
		struct tm tm;
		gmtime_r(&now, &tm);
		strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &tm);
		used = (size_t)snprintf(line, sizeof line, "{\"level\":\"%s\",\"msg\":\"", level);
		used = append_escaped(line, used, sizeof line - 64, message);
		used += (size_t)snprintf(line + used, sizeof line - used, "\",\"time\":\"%s\"}\n", stamp);
	} else {
		used = (size_t)snprintf(line, sizeof line, "capbox: %s%s%s\n",
					strcmp(level, "error") ? level : "",
					strcmp(level, "error") ? ": " : "", message);
	}
	/* A log that cannot be written has nobody to be told. */
	ssize_t ignored = write(target.fd, line, used);
	(void)ignored;
}

static void log_line(const char *level, const char *format, va_list args)
{
	char message[2048];
	vsnprintf(message, sizeof message, format, args);
	write_line(level, message);
}

void log_crash(const char *message)
{
	write_line("error", message);
}

#define LOG_FUNCTION(name, level, condition)                                                       \
	void name(const char *format, ...)                                                         \
	{                                                                                          \
		if (!(condition))                                                                  \
			return;                                                                    \
		va_list args;                                                                      \
		va_start(args, format);                                                            \
		log_line(level, format, args);                                                     \
		va_end(args);                                                                      \
	}

LOG_FUNCTION(log_error, "error", true)
LOG_FUNCTION(log_warning, "warning", true)
LOG_FUNCTION(log_info, "info", target.debug)
LOG_FUNCTION(log_debug, "debug", target.debug)
