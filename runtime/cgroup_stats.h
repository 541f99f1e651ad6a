/*
 * What a container has used, in the form of `runc events`: an object with cpu, cpuset, memory,
 * pids, blkio, hugetlb, intel_rdt and network_interfaces. Numbers that are 0 are mostly left out
 * there, and so they are here.
 */
#ifndef CAPBOX_RUNTIME_CGROUP_STATS_H
#define CAPBOX_RUNTIME_CGROUP_STATS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "runtime/cgroup.h"

/* The data of one event, for json_decref; NULL with *e filled. */
json_t *cgroup_stats(const struct cgroup *c, struct error *e);

/* --- shared by cgroup_stats*.c --------------------------------------------------------------- */

/* A file of a controller; *text is "" when there is none. The caller frees it; NULL: no memory. */
char *stats_read(const struct cgroup *c, const char *controller, const char *file);

/* A file with one number; "max" is UINT64_MAX, no file is 0. */
uint64_t stats_number(const struct cgroup *c, const char *controller, const char *file);

/* The number of a line "key number"; 0 when there is none. */
uint64_t stats_value(const char *text, const char *key);

/* "key number" lines as an object. */
json_t *stats_object(const char *text);

/* A list such as 0-3,7 as an array. */
json_t *stats_list(const char *text);

/* Sets a number that is not 0. */
void stats_set(json_t *object, const char *key, uint64_t value);

/* A number beyond INT64_MAX, which only "no limit" is, becomes what fits. */
json_t *stats_integer(uint64_t value);

/* The limit, usage and failure count of one kind of memory. */
json_t *stats_memory_entry(uint64_t limit, uint64_t usage, uint64_t max, uint64_t failures);

/* Adds what both versions have in common; takes the parts. */
json_t *stats_assemble(json_t *cpu, json_t *cpuset, json_t *memory, json_t *pids, json_t *blkio,
		       json_t *hugetlb);

json_t *cgroup_stats_v1(const struct cgroup *c);
json_t *cgroup_stats_v2(const struct cgroup *c);

#endif
