/*
 * Which devices a container may use. Version 1 has lists that rules are written to, in order.
 * Version 2 asks a BPF program, which is made here: it looks at the rules from the last to the
 * first, and the first that speaks about the access decides, with the same outcome.
 *
 * A rule that allows speaks about an access that lies wholly in it, one that denies about an access
 * of which any part lies in it; so it is in version 1.
 */
#include "runtime/cgroup_limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"

#define ANY                                                                                        \
	{                                                                                          \
		false, 0                                                                           \
	}
#define NUMBER(n)                                                                                  \
	{                                                                                          \
		true, n                                                                            \
	}
#define ALL	   true, true, true
#define INSNS_MAX  8 /* of one rule */
#define ACCESS_ALL (BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)

/* What every container may use, whatever its configuration denies: its nodes of /dev, terminals,
 * and the making of nodes that it could not open. */
static const struct spec_device_rule defaults[] = {
    {true, 'c', ANY, ANY, false, false, true}, {true, 'b', ANY, ANY, false, false, true},
    {true, 'c', NUMBER(1), NUMBER(3), ALL}, /* null */
    {true, 'c', NUMBER(1), NUMBER(5), ALL}, /* zero */
    {true, 'c', NUMBER(1), NUMBER(7), ALL}, /* full */
    {true, 'c', NUMBER(1), NUMBER(8), ALL}, /* random */
    {true, 'c', NUMBER(1), NUMBER(9), ALL}, /* urandom */
    {true, 'c', NUMBER(5), NUMBER(0), ALL}, /* tty */
    {true, 'c', NUMBER(5), NUMBER(2), ALL}, /* ptmx */
    {true, 'c', NUMBER(136), ANY, ALL},	    /* pts */
};

int cgroup_device_rules(const struct spec_resources *r, struct spec_device_rule **out,
			size_t *count)
{
	size_t configured = r->device_rule_count;
	*count = configured + ARRAY_SIZE(defaults);
	*out = calloc(*count, sizeof **out);
	if (!*out)
		return -ENOMEM;
	if (configured)
		memcpy(*out, r->device_rules, configured * sizeof **out);
	memcpy(*out + configured, defaults, sizeof defaults);
	return 0;
}

/* --- version 1 ------------------------------------------------------------------------------ */

static bool is_total(const struct spec_device_rule *r)
{
	return r->type == 'a' && !r->major.set && !r->minor.set && r->read && r->write && r->make;
}

static bool numbers_meet(const struct spec_i64 *a, const struct spec_i64 *b)
{
	return !a->set || !b->set || a->value == b->value;
}

static bool same_number(const struct spec_i64 *a, const struct spec_i64 *b)
{
	return a->set == b->set && (!a->set || a->value == b->value);
}

/*
 * Whether the kernel would take no notice of `later`, since it takes back some of what `earlier`
 * says: it finds only rules for the same devices, by their numbers as they are written.
 */
static bool is_lost(const struct spec_device_rule *later, const struct spec_device_rule *earlier)
{
	bool types_meet =
	    later->type == earlier->type || later->type == 'a' || earlier->type == 'a';
	bool access_meets = (later->read && earlier->read) || (later->write && earlier->write) ||
			    (later->make && earlier->make);
	return later->allow != earlier->allow && types_meet && access_meets &&
	       numbers_meet(&later->major, &earlier->major) &&
	       numbers_meet(&later->minor, &earlier->minor) &&
	       !(same_number(&later->major, &earlier->major) &&
		 same_number(&later->minor, &earlier->minor));
}

static void number_text(const struct spec_i64 *number, char text[24])
{
	if (number->set)
		snprintf(text, 24, "%" PRId64, number->value);
	else
		strcpy(text, "*");
}

static void add_line(struct cgroup_plan *p, const struct spec_device_rule *rule, char type)
{
	char major[24], minor[24];
	number_text(&rule->major, major);
	number_text(&rule->minor, minor);
	cgroup_plan_add(p, 0, "devices", "devices", rule->allow ? "devices.allow" : "devices.deny",
			"%c %s:%s %s%s%s", type, major, minor, rule->read ? "r" : "",
			rule->write ? "w" : "", rule->make ? "m" : "");
}

int cgroup_plan_devices(struct cgroup_plan *p, const struct spec_device_rule *rules, size_t count,
			struct error *e)
{
	size_t base = 0; /* the first rule that is an exception to the last total one */
	bool allow = false;
	cgroup_plan_add(p, 0, "devices", "devices", "devices.deny", "a *:* rwm");
	for (size_t i = 0; i < count; i++) {
		const struct spec_device_rule *rule = &rules[i];
		if (is_total(rule)) {
			base = i + 1;
			allow = rule->allow;
			add_line(p, rule, 'a');
			continue;
		}
		for (size_t j = base; j < i && rule->allow == allow; j++)
			if (is_lost(rule, &rules[j]))
				return error_set(e, 0,
						 "linux.resources.devices[%zu]: version 1 control "
						 "groups cannot make an exception to rule %zu",
						 i, j);
		/* "a" would be everything, whatever follows. */
		if (rule->type != 'b')
			add_line(p, rule, 'c');
		if (rule->type != 'c')
			add_line(p, rule, 'b');
	}
	return 0;
}

/* --- version 2 ------------------------------------------------------------------------------ */

enum { R_RESULT = 0, R_CONTEXT = 1, R_TYPE = 2, R_ACCESS = 3, R_MAJOR = 4, R_MINOR = 5, R_TMP = 6 };

static struct bpf_insn load(uint8_t reg, int16_t offset)
{
	return (struct bpf_insn){
	    .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = reg, .src_reg = R_CONTEXT, .off = offset};
}

static struct bpf_insn move(uint8_t reg, uint8_t from)
{
	return (struct bpf_insn){
	    .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = reg, .src_reg = from};
}

static struct bpf_insn operate(uint8_t operation, uint8_t reg, int32_t value)
{
	return (struct bpf_insn){.code = BPF_ALU | operation | BPF_K, .dst_reg = reg, .imm = value};
}

/* The distance is filled in when the end of the rule is known. */
static struct bpf_insn jump(uint8_t condition, uint8_t reg, int32_t value)
{
	return (struct bpf_insn){.code = BPF_JMP | condition | BPF_K, .dst_reg = reg, .imm = value};
}

static struct bpf_insn leave(void)
{
	return (struct bpf_insn){.code = BPF_JMP | BPF_EXIT};
}

static bool is_jump(const struct bpf_insn *i)
{
	return i->code == (BPF_JMP | BPF_JNE | BPF_K) || i->code == (BPF_JMP | BPF_JEQ | BPF_K);
}

/* Appends one rule; returns its length. One that speaks about everything has no jump. */
static size_t add_rule(struct bpf_insn *out, const struct spec_device_rule *rule)
{
	size_t n = 0;
	int access = (rule->read ? BPF_DEVCG_ACC_READ : 0) |
		     (rule->write ? BPF_DEVCG_ACC_WRITE : 0) |
		     (rule->make ? BPF_DEVCG_ACC_MKNOD : 0);
	if (rule->type != 'a')
		out[n++] = jump(BPF_JNE, R_TYPE,
				rule->type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK);
	if (rule->major.set)
		out[n++] = jump(BPF_JNE, R_MAJOR, (int32_t)rule->major.value);
	if (rule->minor.set)
		out[n++] = jump(BPF_JNE, R_MINOR, (int32_t)rule->minor.value);
	if (access != ACCESS_ALL) {
		out[n++] = move(R_TMP, R_ACCESS);
		out[n++] = operate(BPF_AND, R_TMP, rule->allow ? ACCESS_ALL & ~access : access);
		out[n++] = jump(rule->allow ? BPF_JNE : BPF_JEQ, R_TMP, 0);
	}
	size_t conditions = n;
	out[n++] = operate(BPF_MOV, R_RESULT, rule->allow);
	out[n++] = leave();
	for (size_t i = 0; i < conditions; i++)
		if (is_jump(&out[i]))
			out[i].off = (int16_t)(n - i - 1);
	return n;
}

int cgroup_device_program(const struct spec_device_rule *rules, size_t count, struct bpf_insn **out,
			  size_t *length)
{
	struct bpf_insn *program = calloc(count * INSNS_MAX + 8, sizeof *program);
	if (!program)
		return -ENOMEM;
	size_t n = 0;
	program[n++] = load(R_TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
	program[n++] = move(R_ACCESS, R_TYPE);
	program[n++] = operate(BPF_AND, R_TYPE, 0xffff);
	program[n++] = operate(BPF_RSH, R_ACCESS, 16);
	program[n++] = load(R_MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
	program[n++] = load(R_MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
	/* What can never be reached the kernel would not take. */
	bool decided = false;
	for (size_t i = count; i > 0 && !decided; i--) {
		size_t added = add_rule(program + n, &rules[i - 1]);
		decided = added == 2; /* a verdict without a condition */
		n += added;
	}
	if (!decided) {
		program[n++] = operate(BPF_MOV, R_RESULT, 0);
		program[n++] = leave();
	}
	*out = program;
	*length = n;
	return 0;
}

static int sys_bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof *attr);
}

int cgroup_device_attach(int dirfd, const struct bpf_insn *program, size_t length, struct error *e)
{
	union bpf_attr load_attr = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
				    .insns = (uint64_t)(uintptr_t)program,
				    .insn_cnt = (uint32_t)length,
				    .license = (uint64_t)(uintptr_t) "GPL"};
	_cleanup_close_ int fd = sys_bpf(BPF_PROG_LOAD, &load_attr);
	if (fd < 0)
		return error_set(e, errno, "linux.resources.devices: load the program");
	union bpf_attr attach_attr = {.target_fd = (uint32_t)dirfd,
				      .attach_bpf_fd = (uint32_t)fd,
				      .attach_type = BPF_CGROUP_DEVICE,
				      .attach_flags = BPF_F_ALLOW_MULTI};
	if (sys_bpf(BPF_PROG_ATTACH, &attach_attr) < 0)
		return error_set(e, errno, "linux.resources.devices: attach the program");
	return 0;
}
