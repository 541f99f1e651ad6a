/*
 * Mounts with an id mapping of their own (mount_setattr(2), MOUNT_ATTR_IDMAP): an id on the disk is
 * taken as the mapping's container id, and shows as its host id. The kernel wants the mapping as a
 * user namespace, which takes a process to make.
 */
#include "runtime/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"

static int write_map(pid_t pid, const char *file, const struct spec_id_maps *maps)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	char path[40];
	FILE *f = open_memstream(&text, &size);
	if (!f)
		return -ENOMEM;
	for (size_t i = 0; i < maps->count; i++)
		fprintf(f, "%u %u %u\n", maps->maps[i].container_id, maps->maps[i].host_id,
			maps->maps[i].size);
	if (fclose(f))
		return -ENOMEM;
	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	return write_file_at(AT_FDCWD, path, text);
}

/* A user namespace with the mappings; its descriptor or a negative errno. */
static int make_namespace(const struct spec_id_maps *uids, const struct spec_id_maps *gids)
{
	struct clone_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	if (pid == 0) {
		/* All signals are blocked here, but this one never is. */
		for (;;)
			pause();
	}
	if (pid < 0)
		return -errno;
	char path[40];
	snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
	int r = write_map(pid, "uid_map", uids);
	if (r == 0)
		r = write_map(pid, "gid_map", gids);
	if (r == 0) {
		r = open(path, O_RDONLY | O_CLOEXEC);
		r = r < 0 ? -errno : r;
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

bool mount_has_idmap(const struct spec_mount *m)
{
	return m->extensions & (SPEC_MOUNT_IDMAP | SPEC_MOUNT_RIDMAP) || m->uid_maps.count;
}

int mount_idmap(int mount, const struct spec_mount *m, const struct spec *spec, struct error *e)
{
	const struct spec_id_maps *uids = m->uid_maps.count ? &m->uid_maps : &spec->uid_maps;
	const struct spec_id_maps *gids = m->uid_maps.count ? &m->gid_maps : &spec->gid_maps;
	/* The container's own mapping is the identity when it has none. */
	if (!uids->count)
		return 0;
	_cleanup_close_ int namespace = make_namespace(uids, gids);
	if (namespace < 0)
		return error_set(e, -namespace, "its id mappings");
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (unsigned)namespace};
	unsigned flags = AT_EMPTY_PATH | (m->extensions & SPEC_MOUNT_RIDMAP ? AT_RECURSIVE : 0);
	if (mount_setattr(mount, "", flags, &attr, sizeof attr) < 0)
		return error_set(e, errno, "map its ids (not every filesystem can)");
	return 0;
}
