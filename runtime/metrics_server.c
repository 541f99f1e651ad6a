/*
 * Metrics over HTTP/1.0 (metrics.h). One thread, one poll loop. A client gets a slot, sends its
 * request, gets one answer and is closed; one that is slow is closed when its time is up, and
 * clients beyond the slots wait in the kernel's queue. Answers that are asked for within a moment
 * of each other are the same text.
 */
#include "runtime/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"

#define REQUEST_MAX 4096
#define SAME_MS	    100 /* for so long an answer is given again */

struct body {
	int refs;
	uint64_t made; /* ms */
	char *text;
	size_t size;
};

struct client {
	int fd; /* -1: free */
	uint64_t deadline;
	size_t received, sent;
	struct body *body; /* NULL: the request is not complete */
	char request[REQUEST_MAX];
};

struct server {
	const char *root;
	int listening, signals;
	struct body *latest;
	struct client *clients;
	struct pollfd *polls;
};

static uint64_t now_ms(void)
{
	return counters_now() / 1000000;
}

static void body_put(struct body *b)
{
	if (!b || --b->refs > 0)
		return;
	free(b->text);
	free(b);
}

static struct body *body_new(const char *status, const char *content, size_t size)
{
	struct body *b = calloc(1, sizeof *b);
	FILE *f = b ? open_memstream(&b->text, &b->size) : NULL;
	if (!f) {
		free(b);
		return NULL;
	}
	fprintf(f,
		"HTTP/1.0 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
		"Content-Length: %zu\r\nConnection: close\r\n\r\n",
		status, size);
	fwrite(content, 1, size, f);
	b->refs = 1;
	b->made = now_ms();
	if (fclose(f) != 0) {
		body_put(b);
		return NULL;
	}
	return b;
}

static struct body *render(const char *root)
{
	_cleanup_(metrics_release) struct metrics_list list = {0};
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	struct error e;
	if (metrics_collect(root, &list, &e) < 0) {
		return body_new("500 Internal Server Error", e.message, strlen(e.message));
	}
	FILE *f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	metrics_print(&list, f);
	return fclose(f) == 0 ? body_new("200 OK", text, size) : NULL;
}

static struct body *body_message(const char *status)
{
	return body_new(status, "", 0);
}

static struct body *answer(struct server *s, const char *request)
{
	if (strncmp(request, "GET ", 4) != 0)
		return body_message("405 Method Not Allowed");
	size_t length = strcspn(request + 4, " ?\r\n");
	if (strncmp(request + 4, "/metrics", length) != 0 || (length != 8 && length != 1))
		return body_message("404 Not Found");
	if (!s->latest || now_ms() - s->latest->made > SAME_MS) {
		body_put(s->latest);
		s->latest = render(s->root);
	}
	if (s->latest)
		s->latest->refs++;
	return s->latest;
}

static void client_close(struct client *c)
{
	close_fd(&c->fd);
	body_put(c->body);
	c->body = NULL;
}

static void client_read(struct server *s, struct client *c)
{
	ssize_t n = recv(c->fd, c->request + c->received, REQUEST_MAX - 1 - c->received, 0);
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			client_close(c);
		return;
	}
	c->received += (size_t)n;
	c->request[c->received] = '\0';
	bool whole = strstr(c->request, "\r\n\r\n") || strstr(c->request, "\n\n");
	if (whole)
		c->body = answer(s, c->request);
	else if (c->received == REQUEST_MAX - 1)
		c->body = body_message("431 Request Header Fields Too Large");
	else
		return;
	if (!c->body)
		client_close(c);
}

static void client_write(struct client *c)
{
	ssize_t n = send(c->fd, c->body->text + c->sent, c->body->size - c->sent, MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->sent += n < 0 ? 0 : (size_t)n;
	if (n < 0 || c->sent == c->body->size)
		client_close(c);
}

static void accept_client(struct server *s)
{
	for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++) {
		struct client *c = &s->clients[i];
		if (c->fd >= 0)
			continue;
		c->fd = accept4(s->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		c->received = c->sent = 0;
		c->deadline = now_ms() + METRICS_TIMEOUT_S * 1000;
		return;
	}
}

/* What to wait for; true when a slot is free. */
static bool prepare(struct server *s)
{
	bool free_slot = false;
	uint64_t now = now_ms();
	for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++) {
		struct client *c = &s->clients[i];
		if (c->fd >= 0 && c->deadline < now)
			client_close(c);
		free_slot |= c->fd < 0;
		s->polls[i] = (struct pollfd){.fd = c->fd, .events = c->body ? POLLOUT : POLLIN};
	}
	s->polls[METRICS_CLIENTS_MAX] = (struct pollfd){.fd = s->signals, .events = POLLIN};
	s->polls[METRICS_CLIENTS_MAX + 1] =
	    (struct pollfd){.fd = free_slot ? s->listening : -1, .events = POLLIN};
	return free_slot;
}

static void serve(struct server *s)
{
	for (;;) {
		prepare(s);
		if (poll(s->polls, METRICS_CLIENTS_MAX + 2, 1000) < 0)
			continue;
		for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++) {
			struct client *c = &s->clients[i];
			if (c->fd < 0 || !s->polls[i].revents)
				continue;
			if (c->body)
				client_write(c);
			else
				client_read(s, c);
		}
		if (s->polls[METRICS_CLIENTS_MAX].revents)
			return;
		if (s->polls[METRICS_CLIENTS_MAX + 1].revents)
			accept_client(s);
	}
}

/* --- addresses ------------------------------------------------------------------------------- */

static int listen_at(int fd, const struct sockaddr *address, socklen_t size, const char *text,
		     struct error *e)
{
	if (bind(fd, address, size) < 0 || listen(fd, SOMAXCONN) < 0)
		return error_set(e, errno, "--serve %s", text);
	return 0;
}

/* A socket that nobody serves any more is in the way of nobody. */
static int listen_unix(const char *path, const char *text, struct error *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	if (!*path || strlen(path) >= sizeof address.sun_path)
		return error_set(e, 0, "--serve %s: a path of 1 to %zu bytes is expected", text,
				 sizeof address.sun_path - 1);
	strcpy(address.sun_path, path);
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	_cleanup_close_ int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || probe < 0)
		return error_set(e, errno, "--serve %s", text);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(probe, (struct sockaddr *)&address, sizeof address) < 0 &&
	    errno == ECONNREFUSED)
		unlink(path);
	mode_t old = umask(0117);
	int r = listen_at(fd, (struct sockaddr *)&address, sizeof address, text, e);
	umask(old);
	return r < 0 ? r : steal_fd(&fd);
}

/* Others than this machine's own programs are a proxy's business, which asks who they are. */
static int listen_inet(const char *host, const char *port, const char *text, struct error *e)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	char *end;
	unsigned long number = strtoul(port, &end, 10);
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1 ||
	    ntohl(address.sin_addr.s_addr) >> 24 != 127)
		return error_set(e, 0, "--serve %s: expected unix:PATH or 127.0.0.1:PORT", text);
	if (*port < '0' || *port > '9' || *end || number > 65535)
		return error_set(e, 0, "--serve %s: '%s' is no port", text, port);
	address.sin_port = htons((uint16_t)number);
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0)
		return error_set(e, errno, "--serve %s", text);
	int r = listen_at(fd, (struct sockaddr *)&address, sizeof address, text, e);
	return r < 0 ? r : steal_fd(&fd);
}

static int server_listen(const char *text, struct error *e)
{
	if (!strncmp(text, "unix:", 5))
		return listen_unix(text + 5, text, e);
	const char *colon = strrchr(text, ':');
	_cleanup_free_ char *host = colon ? strndup(text, (size_t)(colon - text)) : strdup("");
	if (!host)
		return error_set(e, ENOMEM, "--serve");
	return listen_inet(host, colon ? colon + 1 : "", text, e);
}

/* --- the whole -------------------------------------------------------------------------------- */

static int watch_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void allow_descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void server_release(struct server *s)
{
	for (size_t i = 0; s->clients && i < METRICS_CLIENTS_MAX; i++)
		client_close(&s->clients[i]);
	body_put(s->latest);
	free(s->clients);
	free(s->polls);
	close_fd(&s->listening);
	close_fd(&s->signals);
}

int metrics_serve(const char *root, const char *address, struct error *e)
{
	_cleanup_(server_release) struct server s = {
	    .root = root,
	    .listening = -1,
	    .signals = watch_signals(),
	    .clients = calloc(METRICS_CLIENTS_MAX, sizeof *s.clients),
	    .polls = calloc(METRICS_CLIENTS_MAX + 2, sizeof *s.polls),
	};
	if (!s.clients || !s.polls || s.signals < 0)
		return error_set(e, ENOMEM, "--serve");
	for (size_t i = 0; i < METRICS_CLIENTS_MAX; i++)
		s.clients[i].fd = -1;
	allow_descriptors();
	s.listening = server_listen(address, e);
	if (s.listening < 0)
		return s.listening;
	serve(&s);
	if (!strncmp(address, "unix:", 5))
		unlink(address + 5);
	return 0;
}
