/* See policy_bpf.h. */
#include "tests/unit/policy_bpf.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <string.h>

static bool jump_taken(const struct sock_filter *i, uint32_t a)
{
	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return a == i->k;
	case BPF_JGT:
		return a > i->k;
	case BPF_JGE:
		return a >= i->k;
	case BPF_JSET:
		return a & i->k;
	default:
		cr_assert_fail("jump %#x", i->code);
	}
	return false;
}

/* Runs to the return; *arguments tells whether an argument was loaded on the way. */
static uint32_t run(const struct sock_fprog *program, const struct seccomp_data *data,
		    bool *arguments)
{
	uint32_t a = 0, scratch[BPF_MEMWORDS] = {0};
	*arguments = false;
	for (unsigned pc = 0; pc < program->len; pc++) {
		const struct sock_filter *i = &program->filter[pc];
		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			cr_assert(i->k % 4 == 0 && i->k < sizeof *data);
			memcpy(&a, (const char *)data + i->k, sizeof a);
			*arguments = *arguments || i->k > offsetof(struct seccomp_data, arch);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_ST:
			cr_assert_lt(i->k, BPF_MEMWORDS);
			scratch[i->k] = a;
			break;
		case BPF_LD | BPF_MEM:
			cr_assert_lt(i->k, BPF_MEMWORDS);
			a = scratch[i->k];
			break;
		case BPF_JMP | BPF_JA:
			pc += i->k;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			cr_assert_eq(i->code & ~0xf0, BPF_JMP | BPF_K, "instruction %#x", i->code);
			pc += jump_taken(i, a) ? i->jt : i->jf;
		}
	}
	cr_assert_fail("ran off the end");
	return 0;
}

uint32_t bpf_run(const struct sock_fprog *program, const struct seccomp_data *data)
{
	bool arguments;
	return run(program, data, &arguments);
}

bool bpf_is_constant(const struct sock_fprog *program, const struct seccomp_data *data)
{
	bool arguments;
	return run(program, data, &arguments) == SECCOMP_RET_ALLOW && !arguments;
}
