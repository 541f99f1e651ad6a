/* The program of a policy, without libseccomp's 10 ms for the two that nearly everyone has. */
#include "platform/policy.h"

#include <stdlib.h>
#include <string.h>

#include "default_filter.h" /* made by platform/gen/default_filter.c */
#include "lib/cleanup.h"

/* The kernel copies the program; nobody writes to it. */
#define PROGRAM(array)                                                                             \
	((struct sock_fprog){.len = ARRAY_SIZE(array), .filter = (struct sock_filter *)(array)})

int policy_build(const struct policy *policy, struct sock_fprog *out)
{
	struct policy usual, addressed;
	policy_default(&usual);
	policy_default(&addressed);
	policy_addressed(&addressed);
	if (!memcmp(&usual, policy, sizeof usual))
		*out = PROGRAM(default_filter);
	else if (!memcmp(&addressed, policy, sizeof addressed))
		*out = PROGRAM(addressed_filter);
	else
		return policy_compile(policy, out);
	return 0;
}

void policy_release(struct sock_fprog *program)
{
	if (program->filter != default_filter && program->filter != addressed_filter)
		free(program->filter);
	*program = (struct sock_fprog){0};
}
