/* capbox features: the features document of the runtime specification. */
#include <errno.h>
#include <stdio.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/spec.h"

int command_features(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {
	    NULL, NULL, "", "Prints what this runtime supports, as JSON.", NULL, NULL, NULL};
	int r = command_parse(&argp, argc, argv, NULL, e);
	if (r < 0)
		return r;
	_cleanup_free_ char *text = features_json();
	if (!text)
		return error_set(e, ENOMEM, "features");
	return puts(text) < 0 || fflush(stdout) ? error_set(e, EIO, "write to stdout") : 0;
}
