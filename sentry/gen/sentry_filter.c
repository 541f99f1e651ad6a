/*
 * A tool of the build: makes the sentry's own filter (sentry/filter.h) from what its sources
 * declare, as a C header. What is declared is allowed. A declared value is one that the call's
 * decisive argument may have; calls that could do much more than the sentry ever asks of them must
 * be declared with values, or have the limits that stand here.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "lib/cleanup.h"
#include "lib/kernel.h"
#include "platform/gen/write_program.h"
#include "platform/policy.h"
#include "syscalls/table.h"

#define API_LEVEL 6 /* of libseccomp; asking the kernel at hand would tie the build to it */
#define WORD	  0xffffffffu
#define TESTS	  3

/* What pthread_create(3) asks for, and nothing else. */
#define THREAD                                                                                     \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SIGHAND | CLONE_THREAD |        \
	 CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

/* argument & mask shall be one of the values. Without values there is no test. */
struct test {
	unsigned argument;
	uint64_t mask;
	unsigned count;
	uint64_t values[12];
};

struct declaration {
	const char *call;
	const char *name; /* of the value; NULL: none was given */
	uint64_t value;
};

static const struct declaration declarations[] = {
#define CALL(call)	  {#call, NULL, 0},
#define VALUE(call, name) {#call, #name, (uint64_t)name},
#include "sentry_calls.h" /* made by sentry/gen/calls.awk */
};

/* Calls that must be declared with values, and which argument these are of. */
static const struct {
	const char *call;
	unsigned argument;
	uint64_t mask; /* 0: the value itself */
} by_value[] = {
    {"ioctl", 1, WORD},	     {"fcntl", 1, WORD},	 {"ptrace", 0, UINT64_MAX},
    {"socket", 0, WORD},     {"unshare", 0, UINT64_MAX}, {"setns", 1, WORD},
    {"socketpair", 0, WORD}, {"execveat", 4, 0},	 {"prctl", 0, WORD},
    {"seccomp", 0, WORD},
};

/* What more is asked of a call, or of a call with this value. */
static const struct {
	const char *call;
	const char *value;
	struct test tests[TESTS - 1];
} limits[] = {
    {"mmap", NULL, {{2, PROT_EXEC, 1, {0}}}},
    {"mprotect", NULL, {{2, PROT_EXEC, 1, {0}}}},
    {"clone", NULL, {{0, WORD, 1, {THREAD}}}},
    /* Not SIGSYS, which the filter raises. Those of crashes, libc's own (32 to 34), the workers'.
     */
    {"rt_sigaction",
     NULL,
     {{0, WORD, 11, {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGVTALRM, 32, 33, 34, 63, 64}}}},
    {"socket",
     "AF_INET",
     {{1, 0xf, 2, {SOCK_STREAM, SOCK_DGRAM}},
      {2, WORD, 4, {0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP}}}},
    {"socket",
     "AF_INET6",
     {{1, 0xf, 2, {SOCK_STREAM, SOCK_DGRAM}},
      {2, WORD, 4, {0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6}}}},
    {"socket", "AF_NETLINK", {{2, WORD, 2, {NETLINK_ROUTE, NETLINK_SOCK_DIAG}}}},
};

static void release_context(scmp_filter_ctx *c)
{
	if (*c)
		seccomp_release(*c);
}

/* Allows every combination of the tests' values. */
static int allow(scmp_filter_ctx c, int number, const struct test *tests, unsigned done,
		 struct scmp_arg_cmp *compare)
{
	if (done == TESTS || !tests[done].count)
		return seccomp_rule_add_array(c, SCMP_ACT_ALLOW, number, done, compare);
	int r = 0;
	for (unsigned i = 0; r == 0 && i < tests[done].count; i++) {
		compare[done] = (struct scmp_arg_cmp){.arg = tests[done].argument,
						      .op = SCMP_CMP_MASKED_EQ,
						      .datum_a = tests[done].mask,
						      .datum_b = tests[done].values[i]};
		r = allow(c, number, tests, done + 1, compare);
	}
	return r;
}

/* The test of the value itself: 1, 0 when the call has none, negative for a wrong declaration. */
static int value_test(const struct declaration *d, struct test *test)
{
	for (size_t i = 0; i < ARRAY_SIZE(by_value); i++) {
		if (strcmp(by_value[i].call, d->call))
			continue;
		uint64_t mask = by_value[i].mask ? by_value[i].mask : d->value;
		*test = (struct test){by_value[i].argument, mask, 1, {d->value & mask}};
		return d->name ? 1 : -EINVAL;
	}
	return d->name ? -EINVAL : 0;
}

static int add(scmp_filter_ctx c, const struct declaration *d)
{
	const struct syscall_info *info = syscall_by_name(d->call);
	struct test tests[TESTS] = {0};
	struct scmp_arg_cmp compare[TESTS];
	int n = value_test(d, tests);
	if (!info || n < 0)
		return info ? n : -ENOSYS;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (!strcmp(limits[i].call, d->call) &&
		    (!limits[i].value || (d->name && !strcmp(limits[i].value, d->name))))
			memcpy(tests + n, limits[i].tests, sizeof limits[i].tests);
	return allow(c, info->number, tests, 0, compare);
}

static int make(struct sock_fprog *program)
{
	int r = seccomp_api_set(API_LEVEL);
	_cleanup_(release_context) scmp_filter_ctx c = seccomp_init(SCMP_ACT_TRAP);
	if (!c)
		return -ENOMEM;
	if (r == 0)
		r = seccomp_attr_set(c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* Its flags lie in memory; libc then takes clone(2), whose flags can be seen. */
	if (r == 0)
		r = seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), syscall_by_name("clone3")->number,
				     0);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(declarations); i++) {
		const struct declaration *d = &declarations[i];
		r = add(c, d);
		if (r < 0)
			fprintf(stderr, "#syscalls: %s%s%s\n", d->call, d->name ? ":" : "",
				d->name ? d->name : "");
	}
	return r < 0 ? r : policy_export(c, program);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s HEADER\n", argv[0]);
		return 2;
	}
	struct sock_fprog program;
	int r = make(&program);
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
	fputs("/* Made by sentry/gen/sentry_filter.c. */\n", f);
	write_program(f, "sentry_filter", &program);
	return fflush(f) == 0 && !ferror(f) ? 0 : 1;
}
