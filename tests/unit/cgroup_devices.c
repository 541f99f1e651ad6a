/* The program for devices: run by a small interpreter here, and by the kernel where it lets us. */
#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/cgroup_limits.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNIFIED "/sys/fs/cgroup/unified" /* beside version 1 hierarchies */
#define ANY                                                                                        \
	{                                                                                          \
		false, 0                                                                           \
	}
#define NUMBER(n)                                                                                  \
	{                                                                                          \
		true, n                                                                            \
	}
#define READ  BPF_DEVCG_ACC_READ
#define WRITE BPF_DEVCG_ACC_WRITE
#define MAKE  BPF_DEVCG_ACC_MKNOD

struct program {
	struct bpf_insn *insns;
	size_t length;
};

static void drop_program(struct program *p)
{
	free(p->insns);
}

#define _cleanup_program_ _cleanup_(drop_program)

static struct program compile(const struct spec_device_rule *rules, size_t count)
{
	struct program p;
	cr_assert_eq(cgroup_device_program(rules, count, &p.insns, &p.length), 0);
	return p;
}

/* What the program answers. */
static bool allows(const struct program *p, char type, uint32_t access, uint32_t major,
		   uint32_t minor)
{
	struct bpf_cgroup_dev_ctx context = {
	    access << 16 | (type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK), major, minor};
	uint64_t registers[11] = {0};
	for (size_t pc = 0; pc < p->length; pc++) {
		const struct bpf_insn *i = &p->insns[pc];
		uint64_t *to = &registers[i->dst_reg];
		uint32_t word;
		switch (i->code) {
		case BPF_LDX | BPF_MEM | BPF_W:
			memcpy(&word, (const char *)&context + i->off, sizeof word);
			*to = word;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			*to = registers[i->src_reg];
			break;
		case BPF_ALU | BPF_MOV | BPF_K:
			*to = (uint32_t)i->imm;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			*to = (uint32_t)*to & (uint32_t)i->imm;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			*to = (uint32_t)*to >> i->imm;
			break;
		case BPF_JMP | BPF_JNE | BPF_K:
			pc += *to != (uint64_t)(int64_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += *to == (uint64_t)(int64_t)i->imm ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return registers[0];
		default:
			cr_assert_fail("instruction %#x", i->code);
		}
	}
	cr_assert_fail("the program has no end");
	return false;
}

Test(cgroup_devices, nothing_is_allowed_by_no_rule)
{
	_cleanup_program_ struct program p = compile(NULL, 0);
	cr_expect_not(allows(&p, 'c', READ, 1, 3));
}

Test(cgroup_devices, numbers_types_and_access)
{
	static const struct spec_device_rule rules[] = {
	    {true, 'c', NUMBER(10), NUMBER(229), true, true, false},
	    {true, 'b', NUMBER(8), ANY, true, false, false},
	};
	_cleanup_program_ struct program p = compile(rules, ARRAY_SIZE(rules));
	cr_expect(allows(&p, 'c', READ, 10, 229));
	cr_expect(allows(&p, 'c', READ | WRITE, 10, 229));
	cr_expect_not(allows(&p, 'c', READ | MAKE, 10, 229));
	cr_expect_not(allows(&p, 'c', READ, 10, 228));
	cr_expect_not(allows(&p, 'c', READ, 11, 229));
	cr_expect_not(allows(&p, 'b', READ, 10, 229));
	cr_expect(allows(&p, 'b', READ, 8, 77));
	cr_expect_not(allows(&p, 'b', WRITE, 8, 77));
	cr_expect_not(allows(&p, 'c', READ, 8, 77));
}

Test(cgroup_devices, later_rules_win)
{
	static const struct spec_device_rule rules[] = {
	    {false, 'a', ANY, ANY, true, true, true},
	    {true, 'c', NUMBER(10), ANY, true, true, false},
	    {false, 'c', NUMBER(10), NUMBER(3), false, true, false},
	};
	_cleanup_program_ struct program p = compile(rules, ARRAY_SIZE(rules));
	cr_expect(allows(&p, 'c', READ | WRITE, 10, 4));
	cr_expect(allows(&p, 'c', READ, 10, 3));
	cr_expect_not(allows(&p, 'c', WRITE, 10, 3));
	cr_expect_not(allows(&p, 'c', READ | WRITE, 10, 3));
	cr_expect_not(allows(&p, 'b', READ, 1, 1));
}

Test(cgroup_devices, a_rule_for_everything_ends_the_program)
{
	static const struct spec_device_rule rules[] = {
	    {false, 'c', NUMBER(10), ANY, true, true, true},
	    {true, 'a', ANY, ANY, true, true, true},
	};
	_cleanup_program_ struct program p = compile(rules, ARRAY_SIZE(rules));
	cr_expect(allows(&p, 'c', READ | WRITE | MAKE, 10, 4));
	cr_expect_eq(p.length, 8);
}

Test(cgroup_devices, defaults)
{
	struct spec_resources none = {0};
	_cleanup_free_ struct spec_device_rule *rules = NULL;
	size_t count;
	cr_assert_eq(cgroup_device_rules(&none, &rules, &count), 0);
	_cleanup_program_ struct program p = compile(rules, count);
	cr_expect(allows(&p, 'c', READ | WRITE, 1, 3));
	cr_expect(allows(&p, 'c', READ | WRITE, 136, 77));
	cr_expect(allows(&p, 'b', MAKE, 8, 0));
	cr_expect_not(allows(&p, 'b', READ, 8, 0));
	cr_expect_not(allows(&p, 'c', READ, 1, 1));
}

/* In a group with the program, whether /dev/NAME can be opened for reading. */
static bool can_open(int group, const char *path)
{
	pid_t pid = fork();
	if (pid == 0) {
		if (write_file_at(group, "cgroup.procs", "0") < 0)
			_exit(2);
		_exit(open(path, O_RDONLY | O_NONBLOCK) < 0);
	}
	int status;
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

Test(cgroup_devices, the_kernel_runs_it)
{
	struct statfs fs;
	char path[64];
	snprintf(path, sizeof path, UNIFIED "/capbox-unit-%d", (int)getpid());
	if (statfs(UNIFIED, &fs) < 0 || mkdir(path, 0755) < 0)
		cr_skip_test("no version 2 hierarchy at " UNIFIED ", or not root");
	static const struct spec_device_rule rules[] = {
	    {true, 'c', NUMBER(1), NUMBER(3), true, true, false},
	    {true, 'c', NUMBER(1), NUMBER(5), false, true, false},
	};
	struct error e = {0};
	_cleanup_program_ struct program p = compile(rules, ARRAY_SIZE(rules));
	_cleanup_close_ int group = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = cgroup_device_attach(group, p.insns, p.length, &e);
	bool null = r == 0 && can_open(group, "/dev/null");
	bool zero = r == 0 && can_open(group, "/dev/zero");
	rmdir(path);
	cr_assert_eq(r, 0, "%s", e.message);
	cr_expect(null);
	cr_expect_not(zero);
}
