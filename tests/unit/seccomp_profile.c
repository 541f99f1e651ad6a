/* linux.seccomp as a program: what it answers, and what is refused. */
#include "lib/cleanup.h"
#include "platform/loader/protocol.h"
#include "runtime/seccomp_profile.h"
#include "tests/unit/policy_bpf.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <string.h>
#include <sys/syscall.h>

static void drop_spec(struct spec **spec)
{
	spec_free(*spec);
}

#define _cleanup_spec_	  _cleanup_(drop_spec)
#define _cleanup_profile_ _cleanup_(seccomp_profile_release)

static int build(const char *seccomp, struct sock_fprog *out, struct error *e)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_spec_ struct spec *spec = NULL;
	cr_assert(asprintf(&text,
			   "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},"
			   "\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"a\"],\"cwd\":"
			   "\"/\"},\"linux\":{\"seccomp\":%s}}",
			   seccomp) > 0);
	cr_assert_eq(spec_parse(text, strlen(text), &spec, e), 0, "%s", e->message);
	return seccomp_profile_build(&spec->seccomp, out, e);
}

static struct sock_fprog built(const char *seccomp)
{
	struct sock_fprog p;
	struct error e = {0};
	cr_assert_eq(build(seccomp, &p, &e), 0, "%s", e.message);
	return p;
}

static void expect_refusal(const char *seccomp, const char *part)
{
	_cleanup_profile_ struct sock_fprog p = {0};
	struct error e = {0};
	cr_expect_lt(build(seccomp, &p, &e), 0);
	cr_expect_not_null(strstr(e.message, part), "%s", e.message);
}

static uint32_t answer(const struct sock_fprog *p, int number, uint64_t third, uint64_t fifth)
{
	struct seccomp_data data = {
	    .nr = number, .arch = AUDIT_ARCH_X86_64, .args = {0, 0, third, 0, fifth}};
	return bpf_run(p, &data);
}

#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))
#define NEEDED	 "\"mmap\",\"munmap\",\"close\",\"pread64\",\"lseek\""

Test(seccomp_profile, none)
{
	struct spec_seccomp none = {0};
	struct sock_fprog p;
	struct error e;
	cr_expect_eq(seccomp_profile_build(&none, &p, &e), 0);
	cr_expect_eq(p.len, 0);
}

Test(seccomp_profile, what_is_denied)
{
	_cleanup_profile_ struct sock_fprog p = built(
	    "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdir\",\"no_such\"]"
	    ","
	    "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":28},{\"names\":[\"openat\"],\"action\":"
	    "\"SCMP_ACT_KILL_PROCESS\",\"args\":[{\"index\":2,\"value\":64,\"valueTwo\":64,\"op\":"
	    "\"SCMP_CMP_MASKED_EQ\"}]}]}");
	cr_expect_eq(answer(&p, SYS_mkdir, 0, 0), ERRNO(28));
	cr_expect_eq(answer(&p, SYS_rmdir, 0, 0), SECCOMP_RET_ALLOW);
	cr_expect_eq(answer(&p, SYS_openat, 65, 0), SECCOMP_RET_KILL_PROCESS);
	cr_expect_eq(answer(&p, SYS_openat, 1, 0), SECCOMP_RET_ALLOW);
	cr_expect_eq(answer(&p, LOADER_SYSCALL, 0, 0), SECCOMP_RET_ALLOW);
}

Test(seccomp_profile, what_is_allowed)
{
	_cleanup_profile_ struct sock_fprog p =
	    built("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[" NEEDED
		  ",\"execve\",\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
	cr_expect_eq(answer(&p, SYS_read, 0, 0), SECCOMP_RET_ALLOW);
	cr_expect_eq(answer(&p, SYS_ptrace, 0, 0), ERRNO(ENOSYS), "newer than all that are named");
	cr_expect_eq(answer(&p, SYS_write, 0, 0), ERRNO(EPERM));
	cr_expect_eq(answer(&p, LOADER_SYSCALL, 0, 0), SECCOMP_RET_ALLOW);
	cr_expect_eq(answer(&p, SYS_execveat, 0, AT_EMPTY_PATH), SECCOMP_RET_ALLOW);
	cr_expect_eq(answer(&p, SYS_execveat, 0, 0), ERRNO(ENOSYS));
}

Test(seccomp_profile, a_default_errno_of_its_own)
{
	_cleanup_profile_ struct sock_fprog p =
	    built("{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"syscalls\":[{"
		  "\"names\":[" NEEDED ",\"execve\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
	cr_expect_eq(answer(&p, SYS_write, 0, 0), ERRNO(ENOSYS));
}

Test(seccomp_profile, execveat_follows_execve)
{
	_cleanup_profile_ struct sock_fprog p =
	    built("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"execveat\"],"
		  "\"action\":\"SCMP_ACT_ERRNO\"}]}");
	cr_expect_eq(answer(&p, SYS_execveat, 0, AT_EMPTY_PATH), SECCOMP_RET_ALLOW);
	cr_expect_eq(answer(&p, SYS_execveat, 0, 0), ERRNO(EPERM));
	_cleanup_profile_ struct sock_fprog both =
	    built("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"execve\","
		  "\"execveat\"],\"action\":\"SCMP_ACT_ERRNO\"}]}");
	cr_expect_eq(answer(&both, SYS_execveat, 0, AT_EMPTY_PATH), ERRNO(EPERM));
}

Test(seccomp_profile, conditions_on_one_argument)
{
	_cleanup_profile_ struct sock_fprog p =
	    built("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"openat\"],"
		  "\"action\":"
		  "\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":2,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},"
		  "{\"index\":2,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}]}]}");
	cr_expect_eq(answer(&p, SYS_openat, 1, 0), ERRNO(EPERM));
	cr_expect_eq(answer(&p, SYS_openat, 2, 0), ERRNO(EPERM));
	cr_expect_eq(answer(&p, SYS_openat, 3, 0), SECCOMP_RET_ALLOW);
}

Test(seccomp_profile, refusals)
{
	expect_refusal("{\"defaultAction\":\"SCMP_ACT_ERRNO\"}", "defaultAction refuses mmap");
	expect_refusal(
	    "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"ptrace\"],"
	    "\"action\":\"SCMP_ACT_ERRNO\"},{\"names\":[\"close\"],\"action\":"
	    "\"SCMP_ACT_KILL\"}]}",
	    "syscalls[1] refuses close");
	expect_refusal(
	    "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/x\",\"syscalls\":[{"
	    "\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
	    "SCMP_ACT_NOTIFY");
	expect_refusal("{\"defaultAction\":\"SCMP_ACT_TRACE\"}", "SCMP_ACT_TRACE");
}
