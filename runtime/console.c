#include "runtime/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/cleanup.h"
#include "lib/io.h"

int console_connect(const char *path, struct error *e)
{
	/* Through its descriptor a socket is reached whatever the length of its path. */
	_cleanup_close_ int place = open(path, O_PATH | O_CLOEXEC);
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", place);
	if (place < 0 || fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return error_set(e, errno, "--console-socket %s", path);
	return steal_fd(&fd);
}

int console_send(int sock, int master, struct error *e)
{
	/* The data is the terminal's name, which receivers show at most. */
	static const char name[] = "/dev/ptmx";
	int r = send_message(sock, name, strlen(name), &master, 1);
	return r < 0 ? error_set(e, -r, "send the terminal to --console-socket") : 0;
}
