/*
 * A tool of the build: writes the seccomp programs of the usual policies as a C header, so that no
 * container waits for libseccomp to make it again.
 */
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "platform/gen/write_program.h"
#include "platform/policy.h"

static int write_filter(FILE *f, const char *name, const struct policy *policy)
{
	struct sock_fprog program;
	int r = policy_compile(policy, &program);
	if (r < 0)
		return r;
	_cleanup_free_ struct sock_filter *filter = program.filter;
	write_program(f, name, &program);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s HEADER\n", argv[0]);
		return 2;
	}
	_cleanup_file_ FILE *f = fopen(argv[1], "w");
	if (!f) {
		perror(argv[1]);
		return 1;
	}
	struct policy policy;
	fputs("/* Made by platform/gen/default_filter.c. */\n", f);
	policy_default(&policy);
	int r = write_filter(f, "default_filter", &policy);
	policy_addressed(&policy);
	if (r == 0)
		r = write_filter(f, "addressed_filter", &policy);
	if (r < 0) {
		fprintf(stderr, "%s: cannot make the filter: %s\n", argv[0], strerror(-r));
		return 1;
	}
	return fflush(f) == 0 && !ferror(f) ? 0 : 1;
}
