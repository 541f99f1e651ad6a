#include "lib/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *e, int errnum, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(e->message, sizeof e->message, format, args);
	va_end(args);
	if (errnum && n >= 0 && (size_t)n < sizeof e->message)
		snprintf(e->message + n, sizeof e->message - (size_t)n, ": %s", strerror(errnum));
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
	return code;
}
