/* Configurations that the tests of the parser start from. */
#ifndef CAPBOX_TESTS_UNIT_SPEC_CONFIG_H
#define CAPBOX_TESTS_UNIT_SPEC_CONFIG_H

#include <jansson.h>

/* Every property that the parser knows, and some that it does not. */
extern const char full_config[];

/* As Docker writes it for a container with a volume, a limit of memory and its default seccomp
 * profile (shortened). */
extern const char docker_config[];

/* What is required, and no more. */
extern const char small_config[];

/* The text as a tree that can be changed; integers beyond jansson's, which the parser takes, are
 * cut to 18 digits. */
json_t *load_config(const char *text);

/*
 * Sets the value at a path such as "process.args[0]" to `value` (stolen), or removes it when that
 * is NULL. Objects and arrays on the way must be there.
 */
void set_at(json_t *root, const char *path, json_t *value);

#endif
