/*
 * Requests of the runtime's commands: see control.h.
 *
 * #syscalls: accept4 getsockopt kill fstat pread64 close
 */
#include "sentry/control.h"

#include "lib/clear.h"
#include "lib/io.h"
#include "lib/log.h"
#include "sentry/debug_state.h"
#ifdef CAPBOX_HOSTILE
#include "sentry/hostile/hostile.h"
#endif

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define REQUEST_MAX (256 * 1024)
#define FDS_MAX	    16

/* Answers, with a descriptor unless it is negative. */
static void reply_with(struct client *client, json_t *answer, int fd)
{
	_cleanup_free_ char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	json_decref(answer);
	/* A client that does not read is no reason to wait. */
	if (!text || send_message(client->fd, text, strlen(text), &fd, fd < 0 ? 0 : 1) < 0)
		client_close(client);
}

static void reply(struct client *client, json_t *answer)
{
	reply_with(client, answer, -1);
}

static void reply_error(struct client *client, int error, const char *message)
{
	reply(client,
	      json_pack("{s:s, s:i}", "error", message, "errno", error < 0 ? -error : error));
}

static void reply_ok(struct client *client)
{
	reply(client, json_pack("{s:b}", "ok", 1));
}

void client_close(struct client *client)
{
	if (client->traces)
		trace_close(client->traces);
	/* The supervisor of an exec has died, and stands for the process outside. */
	if (client->waits_end)
		kill(client->waits_end->pid, SIGKILL);
	close_fd(&client->fd);
	close_fd(&client->master);
	spec_free(client->process);
	*client = (struct client){.fd = -1, .master = -1};
}

void control_accept(struct control *c)
{
	_cleanup_close_ int fd = accept4(c->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred peer;
	socklen_t size = sizeof peer;
	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return;
	/* pid 0: from outside of the sentry's pid namespace, where no guest is. */
	if (peer.pid != 0) {
		log_warning("control: refused a client from inside the container");
		return;
	}
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i].fd < 0) {
			c->clients[i] = (struct client){.fd = steal_fd(&fd), .master = -1};
			return;
		}
}

static void serve_start(struct control *c, struct client *client)
{
	struct error e;
	if (c->started) {
		reply_error(client, EINVAL, "cannot start a container that has started already");
		return;
	}
	struct entry *init = c->sentry->entries;
	int r = entry_go(c->sentry, init, &c->sentry->spec->process, &e);
	if (r < 0) {
		reply_error(client, r, e.message);
		return;
	}
	c->started = true;
	client->waits_start = init;
}

static void serve_kill(struct control *c, struct client *client, json_t *request)
{
	int number = 0, all = 0;
	if (json_unpack(request, "{s:i, s?b}", "signal", &number, "all", &all) < 0 || number < 0 ||
	    number > SIGRTMAX) {
		reply_error(client, EINVAL, "kill: not a signal");
		return;
	}
	/* -1 from the first process of a pid namespace: everyone else in it, the guests and the
	 * nursery. */
	if (kill(all ? -1 : c->sentry->init, number) < 0) {
		reply_error(client, errno, strerror(errno));
		return;
	}
	/* The nursery was meant by none of them; it blocks those that can be. */
	if (all && number == SIGSTOP)
		kill(c->sentry->nursery.pid, SIGCONT);
	reply_ok(client);
}

static void serve_state(struct control *c, struct client *client)
{
	reply(client,
	      json_pack("{s:b, s:s}", "ok", 1, "status", c->started ? "running" : "created"));
}

/*
 * The process of an exec request, as a spec of the client's: in the request, or when it is too
 * large for one, in a file (-1: none). 0 or a negative errno.
 */
static int take_process(struct client *client, json_t *request, int file, struct error *e)
{
	json_t *process = json_object_get(request, "process");
	_cleanup_clear_ char *text = process ? json_dumps(process, JSON_COMPACT) : NULL;
	if (!process && file >= 0) {
		struct stat st;
		text = fstat(file, &st) == 0 && st.st_size <= SPEC_SIZE_MAX
			   ? calloc(1, (size_t)st.st_size + 1)
			   : NULL;
		if (text && pread(file, text, (size_t)st.st_size, 0) != st.st_size)
			return error_set(e, EIO, "exec: read the process");
	}
	if (!text)
		return error_set(e, EINVAL, "exec: no process");
	return spec_process_parse("process", text, strlen(text), &client->process, e);
}

static int start_exec(struct control *c, struct client *client, json_t *request, int *fds,
		      size_t nfds, struct error *e)
{
	json_int_t preserve = json_integer_value(json_object_get(request, "preserve_fds"));
	bool has_file = !json_object_get(request, "process");
	if (client->process || preserve < 0 || preserve > FDS_MAX ||
	    nfds != 3 + (size_t)preserve + has_file)
		return error_set(e, EINVAL, "exec: wrong number of descriptors");
	nfds -= has_file;
	int r = take_process(client, request, has_file ? fds[nfds] : -1, e);
	if (r < 0)
		return r;
	const struct spec_process *p = &client->process->process;
	struct entry *entry = NULL;
	r = entry_exec(c->sentry, client->process, fds, (int)nfds, &client->master, &entry, e);
	if (r == 0)
		r = entry_go(c->sentry, entry, p, e);
	if (r < 0 && entry)
		kill(entry->pid, SIGKILL); /* the loop collects it */
	if (r == 0)
		client->waits_start = client->waits_end = entry;
	return r;
}

static void serve_exec(struct control *c, struct client *client, json_t *request, int *fds,
		       size_t nfds)
{
	struct error e = {0};
	int r = start_exec(c, client, request, fds, nfds, &e);
	if (r < 0)
		reply_error(client, r, e.message);
}

/* To the process that this connection has started. */
static void serve_signal(struct client *client, json_t *request)
{
	int number = (int)json_integer_value(json_object_get(request, "signal"));
	if (!client->waits_end)
		reply_error(client, ESRCH, "signal: no process runs on this connection");
	else if (number < 1 || number > SIGRTMAX || kill(client->waits_end->pid, number) < 0)
		reply_error(client, EINVAL, "signal: not a signal");
}

static void serve_workers(struct control *c, struct client *client)
{
	json_t *list = debug_workers(c->sentry);
	reply(client, list ? json_pack("{s:b, s:o}", "ok", 1, "workers", list) : NULL);
}

/* A policy comes as a file, since it may be larger than a request. */
static void serve_egress(struct control *c, struct client *client, const int *fds, size_t nfds)
{
	struct stat st;
	struct error e = {0};
	if (nfds != 1 || fstat(fds[0], &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > EGRESS_TEXT_MAX) {
		reply_error(client, EINVAL, "egress: no policy");
		return;
	}
	size_t size = (size_t)st.st_size;
	_cleanup_free_ char *text = malloc(size + 1);
	int r = text && pread(fds[0], text, size, 0) == st.st_size
		    ? network_reload(&c->sentry->network, text, size, &e)
		    : error_set(&e, EIO, "egress: read the policy");
	if (r < 0)
		reply_error(client, r, e.message);
	else
		reply_ok(client);
}

static void serve_debug(struct control *c, struct client *client)
{
	_cleanup_close_ int fd = debug_state(c->sentry);
	if (fd < 0)
		reply_error(client, fd, "cannot describe the sentry's state");
	else
		reply_with(client, json_pack("{s:b}", "ok", 1), fd);
}

/* The connection itself is what keeps the tracing on. */
static void serve_trace(struct control *c, struct client *client)
{
	int ring = client->traces ? -EALREADY : trace_open(c->sentry);
	if (ring < 0) {
		reply_error(client, ring, "cannot trace");
		return;
	}
	client->traces = c->sentry;
	reply_with(client, json_pack("{s:b}", "ok", 1), ring);
}

#ifdef CAPBOX_HOSTILE
static void serve_hostile(struct control *c, struct client *client, json_t *request)
{
	const char *call = json_string_value(json_object_get(request, "call"));
	long r = call ? hostile_call(c->sentry, call) : -EINVAL;
	if (r < 0)
		reply_error(client, (int)r, strerror((int)-r));
	else
		reply_ok(client);
}
#endif

static void serve_request(struct control *c, struct client *client, const char *text, size_t size,
			  int *fds, size_t nfds)
{
	json_error_t parse_error;
	json_t *request = json_loadb(text, size, 0, &parse_error);
	const char *op = json_string_value(json_object_get(request, "op"));
	if (!op)
		reply_error(client, EINVAL, "not a request");
	else if (!strcmp(op, "start"))
		serve_start(c, client);
	else if (!strcmp(op, "kill"))
		serve_kill(c, client, request);
	else if (!strcmp(op, "exec"))
		serve_exec(c, client, request, fds, nfds);
	else if (!strcmp(op, "signal"))
		serve_signal(client, request);
	else if (!strcmp(op, "egress"))
		serve_egress(c, client, fds, nfds);
	else if (!strcmp(op, "state"))
		serve_state(c, client);
	else if (!strcmp(op, "workers"))
		serve_workers(c, client);
	else if (!strcmp(op, "debug"))
		serve_debug(c, client);
	else if (!strcmp(op, "trace"))
		serve_trace(c, client);
#ifdef CAPBOX_HOSTILE
	else if (!strcmp(op, "hostile"))
		serve_hostile(c, client, request);
#endif
	else
		reply_error(client, ENOSYS, "this sentry does not know the request");
	json_decref(request);
}

void control_serve(struct control *c, struct client *client)
{
	_cleanup_clear_ char *buffer = malloc(REQUEST_MAX);
	int fds[FDS_MAX];
	size_t nfds = FDS_MAX;
	ssize_t n = buffer ? receive_message(client->fd, buffer, REQUEST_MAX, fds, &nfds) : -ENOMEM;
	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		client_close(client);
		return;
	}
	serve_request(c, client, buffer, (size_t)n, fds, nfds);
	for (size_t i = 0; i < nfds; i++)
		close_fd(&fds[i]);
}

static void reply_started(struct control *c, struct client *client, struct entry *entry)
{
	json_t *answer =
	    json_pack("{s:b, s:i}", "ok", 1, "pid", pid_to_guest(c->sentry, entry->pid));
	reply_with(client, answer, client->master);
	close_fd(&client->master);
}

void control_entry_started(struct control *c, struct entry *entry)
{
	struct error e = {0};
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &c->clients[i];
		if (client->fd < 0 || client->waits_start != entry)
			continue;
		const struct spec_process *process =
		    client->process ? &client->process->process : &c->sentry->spec->process;
		int r = entry_result(c->sentry, entry, process, &e);
		client->waits_start = NULL;
		if (r < 0)
			reply_error(client, r, e.message);
		else
			reply_started(c, client, entry);
		return;
	}
	/* Whoever let it go has left. */
	entry_result(c->sentry, entry, &c->sentry->spec->process, &e);
}

void control_entry_ended(struct control *c, struct entry *entry, int status)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &c->clients[i];
		if (client->fd < 0)
			continue;
		bool waits_start = client->waits_start == entry;
		bool waits_end = client->waits_end == entry;
		if (waits_start)
			client->waits_start = NULL;
		if (waits_end)
			client->waits_end = NULL;
		if (waits_start)
			reply_error(client, EPIPE, "the process ended before its program ran");
		else if (waits_end)
			reply(client, json_pack("{s:b, s:i}", "ok", 1, "exited", status));
	}
}
