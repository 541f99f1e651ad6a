/* See pid_file.h: written aside and renamed. */
#include "runtime/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"

int pid_file_write(const char *path, pid_t pid, struct error *e)
{
	const char *slash = strrchr(path, '/');
	int length = slash ? (int)(slash - path + 1) : 0;
	_cleanup_free_ char *temporary = NULL;
	if (asprintf(&temporary, "%.*s.%s", length, path, path + length) < 0)
		return error_set(e, ENOMEM, "--pid-file %s", path);
	_cleanup_close_ int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	char text[16];
	int r = fd < 0 ? -errno
		       : write_all(fd, text, (size_t)snprintf(text, sizeof text, "%d", (int)pid));
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0 && fd >= 0)
		unlink(temporary);
	return r < 0 ? error_set(e, -r, "--pid-file %s", path) : 0;
}
