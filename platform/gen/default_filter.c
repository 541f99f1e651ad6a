/*
 * A tool of the build: writes the seccomp program of the default policy as a C header, so that no
 * container waits for libseccomp to make it again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "platform/policy.h"

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s HEADER\n", argv[0]);
		return 2;
	}
	struct policy policy;
	struct sock_fprog program;
	policy_default(&policy);
	int r = policy_compile(&policy, &program);
	if (r < 0) {
		fprintf(stderr, "%s: cannot make the filter: %s\n", argv[0], strerror(-r));
		return 1;
	}
	_cleanup_free_ struct sock_filter *filter = program.filter;
	_cleanup_file_ FILE *f = fopen(argv[1], "w");
	if (!f) {
		perror(argv[1]);
		return 1;
	}
	fputs("/* Made by platform/gen/default_filter.c. */\n"
	      "static const struct sock_filter default_filter[] = {\n",
	      f);
	for (unsigned i = 0; i < program.len; i++)
		fprintf(f, "\t{%#x, %u, %u, %#x},\n", filter[i].code, filter[i].jt, filter[i].jf,
			filter[i].k);
	fputs("};\n", f);
	return fflush(f) == 0 && !ferror(f) ? 0 : 1;
}
