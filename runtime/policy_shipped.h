/* The policies that are built in, as texts of the form of capbox-policy(5). */
#ifndef CAPBOX_RUNTIME_POLICY_SHIPPED_H
#define CAPBOX_RUNTIME_POLICY_SHIPPED_H

/* Ended by one without a name. */
struct policy_shipped {
	const char *name, *text;
};

extern const struct policy_shipped policy_shipped[];

#endif
