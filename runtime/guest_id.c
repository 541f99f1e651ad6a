#include "runtime/guest_id.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/cleanup.h"

/* Whether the claim is for the directory (or, for NULL, for one that is gone). */
static bool claim_is_for(int dirfd, const char *name, const char *state_directory)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, name, target, sizeof target - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	if (state_directory)
		return !strcmp(target, state_directory);
	return access(target, F_OK) < 0 && errno == ENOENT;
}

/* Where to begin looking: spread out, so that a claim is mostly found free at once. */
static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

int guest_id_claim(const char *state_directory, uid_t *id, struct error *e)
{
	if (mkdir(GUEST_ID_DIRECTORY, 0711) < 0 && errno != EEXIST)
		return error_set(e, errno, GUEST_ID_DIRECTORY);
	_cleanup_close_ int dirfd =
	    open(GUEST_ID_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* The lock is for taking over a dead claim, which is two steps. */
	if (dirfd < 0 || flock(dirfd, LOCK_EX) < 0)
		return error_set(e, errno, GUEST_ID_DIRECTORY);
	uint32_t start = hash(state_directory);
	for (uint32_t i = 0; i < GUEST_ID_COUNT; i++) {
		uid_t candidate = GUEST_ID_FIRST + (start + i) % GUEST_ID_COUNT;
		char name[16];
		snprintf(name, sizeof name, "%u", candidate);
		int r = symlinkat(state_directory, dirfd, name);
		if (r < 0 && errno == EEXIST && claim_is_for(dirfd, name, NULL)) {
			unlinkat(dirfd, name, 0);
			r = symlinkat(state_directory, dirfd, name);
		}
		if (r == 0) {
			*id = candidate;
			return 0;
		}
		if (errno != EEXIST)
			return error_set(e, errno, GUEST_ID_DIRECTORY "/%s", name);
	}
	return error_set(e, EUSERS, GUEST_ID_DIRECTORY ": all %u ids are taken", GUEST_ID_COUNT);
}

static void release(int dirfd, const char *state_directory, const char *name)
{
	if (claim_is_for(dirfd, name, state_directory))
		unlinkat(dirfd, name, 0);
}

void guest_id_release(const char *state_directory, uid_t id)
{
	_cleanup_close_ int dirfd =
	    open(GUEST_ID_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char name[16];
	snprintf(name, sizeof name, "%u", id);
	if (dirfd >= 0)
		release(dirfd, state_directory, name);
}

void guest_id_release_all(const char *state_directory)
{
	_cleanup_dir_ DIR *dir = opendir(GUEST_ID_DIRECTORY);
	struct dirent *entry;
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			release(dirfd(dir), state_directory, entry->d_name);
}
