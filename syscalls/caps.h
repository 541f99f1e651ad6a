/* A worker's capabilities for the length of one host call, where they would change its meaning. */
#ifndef CAPBOX_SYSCALLS_CAPS_H
#define CAPBOX_SYSCALLS_CAPS_H

#include <linux/capability.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPS_ALL      UINT64_MAX
#define CAPS_BIT(cap) (UINT64_C(1) << (cap))

struct caps {
	struct __user_cap_data_struct data[2];
};

static inline int caps_set(const struct caps *caps)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	return syscall(SYS_capset, &header, caps->data) < 0 ? -1 : 0;
}

/* Raises and lowers effective capabilities of the calling thread; caps_set(old) undoes it. */
static inline int caps_change(uint64_t raise, uint64_t lower, struct caps *old)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	if (syscall(SYS_capget, &header, old->data) < 0)
		return -1;
	struct caps new = *old;
	for (int i = 0; i < 2; i++) {
		uint32_t down = (uint32_t)(lower >> 32 * i), up = (uint32_t)(raise >> 32 * i);
		new.data[i].effective = (new.data[i].effective & ~down) | up;
	}
	return caps_set(&new);
}

#endif
