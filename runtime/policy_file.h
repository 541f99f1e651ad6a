/*
 * Policies as operators write them (capbox-policy(5)): JSON files, the ones that are built in, and
 * annotations of a container.
 */
#ifndef CAPBOX_RUNTIME_POLICY_FILE_H
#define CAPBOX_RUNTIME_POLICY_FILE_H

#include "lib/error.h"
#include "platform/policy.h"
#include "runtime/spec.h"

/*
 * The policy of that name: built in (default, strict), an absolute path, or NAME.json in
 * /etc/capbox/policies.
 */
int policy_load(const char *name, struct policy *policy, struct error *e);

/* From the text of a policy file; `document` is its name in errors. */
int policy_parse(const char *document, const char *text, size_t size, struct policy *policy,
		 struct error *e);

/* What a container's annotations ask for: dev.capbox.policy, then dev.capbox.class.NAME. */
int policy_of_spec(const struct spec *spec, struct policy *policy, struct error *e);

#endif
