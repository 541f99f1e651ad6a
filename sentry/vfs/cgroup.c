/*
 * See cgroup.h. The directories are the sentry's from boot; what they are called inside the
 * container does not matter here.
 */
#include "sentry/vfs/cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"

/* Whether list ("cpu,cpuacct") has the controller. */
static bool has_controller(const char *list, const char *controller)
{
	size_t n = strlen(controller);
	if (!n)
		return !*list;
	for (const char *p = list; *p; p += *p == ',') {
		size_t word = strcspn(p, ",");
		if (word == n && !strncmp(p, controller, n))
			return true;
		p += word;
	}
	return false;
}

ssize_t vfs_cgroup_text(struct sentry *s, const char *controller, const char *file, char *buffer,
			size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->cgroup_fds) && s->cgroup_fds[i] >= 0; i++)
		if (has_controller(s->cgroup_names[i], controller))
			return read_file_at(s->cgroup_fds[i], file, buffer, size);
	return -ENOENT;
}

static int parse(const char *text, uint64_t *value)
{
	if (!strncmp(text, "max", 3))
		return -ERANGE;
	return sscanf(text, "%" SCNu64, value) == 1 ? 0 : -ENOENT;
}

int vfs_cgroup_number(struct sentry *s, const char *controller, const char *file, uint64_t *value)
{
	char text[64];
	ssize_t n = vfs_cgroup_text(s, controller, file, text, sizeof text);
	return n < 0 ? (int)n : parse(text, value);
}

int vfs_cgroup_find(const char *text, const char *key, uint64_t *value)
{
	size_t n = strlen(key);
	for (const char *p = text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
		if (!strncmp(p, key, n) && p[n] == ' ')
			return parse(p + n + 1, value);
	return -ENOENT;
}

int vfs_cgroup_value(struct sentry *s, const char *controller, const char *file, const char *key,
		     uint64_t *value)
{
	char text[8192];
	ssize_t n = vfs_cgroup_text(s, controller, file, text, sizeof text);
	return n < 0 ? (int)n : vfs_cgroup_find(text, key, value);
}
