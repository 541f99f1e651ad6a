/*
 * Process numbers of the two pid namespaces. Linux 6.11 translates them in one ioctl on the
 * namespace (ioctl_nsfs(2)); before that, a guest's numbers stand in its status file, and the way
 * back is a search through the container's processes.
 *
 * #syscalls: ioctl:NS_GET_PID_IN_PIDNS,NS_GET_PID_FROM_PIDNS,NS_GET_TGID_IN_PIDNS
 * #syscalls: openat fstat fcntl:F_GETFL,F_SETFD getdents64 close
 */
#include "sentry/sentry.h"

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/kernel.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

/* The number in a line of /proc/PID/status: the first one, or the last. 0 when there is none. */
static pid_t status_number(struct sentry *s, pid_t pid, const char *field, bool last)
{
	char path[32], status[4096];
	snprintf(path, sizeof path, "%d/status", (int)pid);
	if (read_file_at(s->proc_fd, path, status, sizeof status) < 0)
		return 0;
	char *line = strstr(status, field);
	if (!line)
		return 0;
	line += strlen(field);
	line[strcspn(line, "\n")] = '\0';
	const char *number = last ? strrchr(line, '\t') : line;
	return number ? (pid_t)atoi(number) : 0;
}

static pid_t search_guest(struct sentry *s, pid_t guest_pid)
{
	int fd = openat(s->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		if (pid > 1 && status_number(s, pid, "\nNSpid:", true) == guest_pid)
			return pid;
	}
	return 0;
}

pid_t pid_to_guest(struct sentry *s, pid_t sentry_pid)
{
	int r = ioctl(s->guest_pidns, NS_GET_PID_IN_PIDNS, sentry_pid);
	if (r < 0 && errno == ENOTTY)
		r = status_number(s, sentry_pid, "\nNSpid:", true);
	return r < 0 ? 0 : r;
}

pid_t pid_to_sentry(struct sentry *s, pid_t guest_pid)
{
	if (guest_pid <= 0)
		return 0;
	int r = ioctl(s->guest_pidns, NS_GET_PID_FROM_PIDNS, guest_pid);
	if (r < 0 && errno == ENOTTY)
		r = search_guest(s, guest_pid);
	return r < 0 ? 0 : r;
}

pid_t pid_group(struct sentry *s, pid_t tid)
{
	int r = ioctl(s->own_pidns, NS_GET_TGID_IN_PIDNS, tid);
	if (r < 0 && errno == ENOTTY)
		r = status_number(s, tid, "\nTgid:", false);
	return r < 0 ? 0 : r;
}
