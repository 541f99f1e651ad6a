#include "lib/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One line, whatever names a caller has put in. */
static void keep_one_line(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

int error_set(struct error *e, int errnum, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(e->message, sizeof e->message, format, args);
	va_end(args);
	if (errnum && n >= 0 && (size_t)n < sizeof e->message)
		snprintf(e->message + n, sizeof e->message - (size_t)n, ": %s", strerror(errnum));
	keep_one_line(e->message);
	return errnum ? -errnum : -EINVAL;
}

int error_prefix(struct error *e, int code, const char *format, ...)
{
	struct error inner = *e;
	va_list args;
	va_start(args, format);
	int n = vsnprintf(e->message, sizeof e->message, format, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof e->message)
		snprintf(e->message + n, sizeof e->message - (size_t)n, ": %.*s",
			 (int)sizeof e->message - n, inner.message);
	keep_one_line(e->message);
	return code;
}
