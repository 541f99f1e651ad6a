/* An interpreter of seccomp's dialect of classic BPF, for tests. */
#ifndef CAPBOX_TESTS_UNIT_POLICY_BPF_H
#define CAPBOX_TESTS_UNIT_POLICY_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

/* What the program returns. Fails the test when the program leaves the rails. */
uint32_t bpf_run(const struct sock_fprog *program, const struct seccomp_data *data);

/* Whether it gets there from number and architecture alone, by the operations that the kernel's
 * seccomp_is_const_allow() follows, and allows the call. */
bool bpf_is_constant(const struct sock_fprog *program, const struct seccomp_data *data);

#endif
