#include "runtime/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "lib/cleanup.h"
#include "lib/io.h"

/* A socket's address holds 107 bytes; through the directory's descriptor any path fits. */
static void control_address(int dirfd, struct sockaddr_un *address)
{
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof address->sun_path, "/proc/self/fd/%d/" CONTROL_NAME,
		 dirfd);
}

int control_listen(int dirfd, struct error *e)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(e, errno, "control socket");
	struct sockaddr_un address;
	control_address(dirfd, &address);
	/* The directory lets nobody else in before the mode is set. */
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
	    fchmodat(dirfd, CONTROL_NAME, 0600, 0) < 0 || listen(fd, 64) < 0)
		return error_set(e, errno, "control socket");
	return steal_fd(&fd);
}

int control_receive(int sock, json_t **reply, int *fd, struct error *e)
{
	_cleanup_free_ char *text = malloc(CONTROL_SIZE_MAX);
	if (!text)
		return error_set(e, ENOMEM, "sentry");
	_cleanup_close_ int got = -1;
	size_t nfds = 1;
	ssize_t n = receive_message(sock, text, CONTROL_SIZE_MAX, &got, &nfds);
	if (n == -EAGAIN)
		return error_set(e, ETIMEDOUT, "the sentry does not answer");
	if (n == 0 || n == -ECONNRESET)
		return error_set(e, EPIPE, "the sentry has died");
	if (n < 0)
		return error_set(e, (int)-n, "sentry");
	json_t *object = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(object)) {
		json_decref(object);
		return error_set(e, EPROTO, "the sentry's answer");
	}
	int r = 0;
	if (!json_is_true(json_object_get(object, "ok"))) {
		const char *message = json_string_value(json_object_get(object, "error"));
		int number = (int)json_integer_value(json_object_get(object, "errno"));
		error_set(e, 0, "%s", message ? message : "the sentry refuses");
		r = number > 0 && number < 4096 ? -number : -EIO;
	}
	if (r == 0 && fd)
		*fd = steal_fd(&got);
	if (r == 0 && reply)
		*reply = object;
	else
		json_decref(object);
	return r;
}

int control_connect(int dirfd, int timeout_s, struct error *e)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(e, errno, "control socket");
	struct timeval limit = {.tv_sec = timeout_s};
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	struct sockaddr_un address;
	control_address(dirfd, &address);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return error_set(e, errno == EAGAIN ? ETIMEDOUT : errno, "connect to the sentry");
	return steal_fd(&fd);
}

int control_send(int sock, json_t *request, const int *fds, size_t nfds, struct error *e)
{
	_cleanup_free_ char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	json_decref(request);
	if (!text)
		return error_set(e, ENOMEM, "sentry");
	int r = send_message(sock, text, strlen(text), fds, nfds);
	return r < 0 ? error_set(e, r == -EAGAIN ? ETIMEDOUT : -r, "ask the sentry") : 0;
}

int control_call(int dirfd, json_t *request, const int *fds, size_t nfds, int timeout_s,
		 json_t **reply, struct error *e)
{
	_cleanup_close_ int fd = control_connect(dirfd, timeout_s, e);
	if (fd < 0) {
		json_decref(request);
		return fd;
	}
	int r = control_send(fd, request, fds, nfds, e);
	return r < 0 ? r : control_receive(fd, reply, NULL, e);
}

int control_answered(int r, const char *id, struct error *e)
{
	bool nobody = r == -EPIPE || r == -ECONNRESET || r == -ECONNREFUSED || r == -ENOENT;
	return nobody ? error_set(e, 0, "container %s has ended", id) : r;
}

void control_send_error(int sock, int error, const char *message)
{
	json_t *object = json_pack("{s:s, s:i}", "error", message, "errno", error);
	_cleanup_free_ char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	/* Without memory the end of file tells that it failed. */
	if (text)
		send_message(sock, text, strlen(text), NULL, 0);
}
