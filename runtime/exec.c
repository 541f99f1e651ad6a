/*
 * `capbox exec` after its command line: asks the sentry for the process over a connection that
 * lasts as long as the process, and stands for it meanwhile (exec.h).
 *
 *	exec				sentry
 *	{"op":"exec", "process", ...}	--->	with descriptors 0, 1, 2 and those preserved
 *		<---	{"ok":true, ...}	the program runs; with the master of its terminal
 *	{"op":"signal", "signal":N}	--->
 *		<---	{"ok":true, "exited":N}
 *
 * With --detach a fork goes on as the supervisor, on nothing but that connection, and the caller
 * gets its pid.
 */
#include "runtime/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/log.h"
#include "runtime/console.h"
#include "runtime/control.h"
#include "runtime/pid_file.h"
#include "runtime/terminal_relay.h"

/* A process that takes more than this as JSON travels in a file: a message has its limits. */
#define MESSAGE_PROCESS_MAX 32768u
#define STATUS_OF_KILLED    (128 + SIGKILL)

struct exec {
	const struct exec_options *o;
	bool terminal;
	int sock;	    /* to the sentry */
	int console;	    /* connected --console-socket, or -1 */
	int signals;	    /* signalfd of everything that is blocked */
	struct relay relay; /* of the terminal in the foreground */
};

/* --- asking --------------------------------------------------------------------------------- */

/* The text as an anonymous file; its descriptor or a negative errno. */
static int text_file(const char *text)
{
	_cleanup_close_ int fd = memfd_create("process", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : write_all(fd, text, strlen(text));
	return r < 0 ? r : steal_fd(&fd);
}

/* Sends the request; takes the process. */
static int ask(struct exec *x, json_t *process, struct error *e)
{
	int fds[3 + EXEC_PRESERVE_MAX + 1];
	size_t count = 3 + x->o->preserve_fds;
	for (size_t i = 0; i < count; i++)
		fds[i] = (int)i;
	json_t *request =
	    json_pack("{s:s, s:i}", "op", "exec", "preserve_fds", (int)x->o->preserve_fds);
	_cleanup_free_ char *text = json_dumps(process, JSON_COMPACT);
	_cleanup_close_ int file = -1;
	if (text && strlen(text) > MESSAGE_PROCESS_MAX) {
		json_decref(process);
		file = text_file(text);
		if (file < 0) {
			json_decref(request);
			return error_set(e, -file, "memfd");
		}
		fds[count++] = file;
	} else {
		json_object_set_new(request, "process", process);
	}
	return control_send(x->sock, request, fds, count, e);
}

/* Waits until the program runs, and hands its terminal on. */
static int wait_for_start(struct exec *x, struct error *e)
{
	_cleanup_close_ int master = -1;
	int r = control_receive(x->sock, NULL, &master, e);
	if (r < 0)
		return error_prefix(e, r, "unable to start container process");
	if (!x->terminal)
		return 0;
	if (master < 0)
		return error_set(e, EPROTO, "the sentry has made no terminal");
	if (x->console >= 0)
		return console_send(x->console, master, e);
	return relay_begin(&x->relay, steal_fd(&master), e);
}

/* --- standing for the process --------------------------------------------------------------- */

static void forward(struct exec *x, int number)
{
	struct error e;
	json_t *request = json_pack("{s:s, s:i}", "op", "signal", "signal", number);
	if (control_send(x->sock, request, NULL, 0, &e) < 0)
		log_debug("signal %d: %s", number, e.message);
}

static void handle_signal(struct exec *x)
{
	struct signalfd_siginfo info;
	if (read(x->signals, &info, sizeof info) != sizeof info)
		return;
	switch (info.ssi_signo) {
	case SIGCHLD:
	case SIGPIPE:
	case SIGURG:
		return;
	case SIGWINCH:
		if (x->relay.master >= 0) {
			relay_resize(&x->relay);
			return;
		}
	}
	forward(x, (int)info.ssi_signo);
}

/* What the sentry says: the exit status, or -1 when it is something else. */
static int read_end(struct exec *x)
{
	struct error e;
	json_t *reply = NULL;
	int r = control_receive(x->sock, &reply, NULL, &e);
	const json_t *exited = json_object_get(reply, "exited");
	int status = json_is_integer(exited) ? (int)json_integer_value(exited) : -1;
	json_decref(reply);
	/* With the sentry every process of the container has been killed. */
	return r == -EPIPE ? STATUS_OF_KILLED : status;
}

static int supervise(struct exec *x)
{
	struct pollfd polls[2 + RELAY_FDS] = {{.fd = x->sock, .events = POLLIN},
					      {.fd = x->signals, .events = POLLIN}};
	int status = -1;
	while (status < 0) {
		relay_watch(&x->relay, polls + 2);
		if (poll(polls, ARRAY_SIZE(polls), -1) < 0)
			continue;
		relay_serve(&x->relay, polls + 2);
		if (polls[1].revents)
			handle_signal(x);
		if (polls[0].revents)
			status = read_end(x);
	}
	return status;
}

/* The supervisor keeps nothing of the caller's: not its files, directory, session or log. */
static void leave_caller(struct exec *x)
{
	prctl(PR_SET_NAME, "capbox-exec");
	setsid();
	if (chdir("/") < 0)
		log_debug("chdir /: %m");
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	log_open(STDERR_FILENO, LOG_TEXT, false);
	x->sock = dup2(x->sock, 3);
	x->signals = dup2(x->signals, 4);
	close_range(5, ~0u, 0);
}

/* Forks the supervisor. */
static int detach(struct exec *x, struct error *e)
{
	pid_t pid = fork();
	if (pid == 0) {
		leave_caller(x);
		_exit(supervise(x));
	}
	if (pid < 0)
		return error_set(e, errno, "fork the supervisor");
	int r = x->o->pid_file ? pid_file_write(x->o->pid_file, pid, e) : 0;
	if (r < 0)
		kill(pid, SIGKILL); /* and so the process */
	return r;
}

static int run(struct exec *x, json_t *process, struct error *e)
{
	int r = ask(x, process, e);
	if (r == 0)
		r = wait_for_start(x, e);
	if (r < 0)
		return r;
	if (x->o->detach)
		return detach(x, e);
	if (x->o->pid_file)
		r = pid_file_write(x->o->pid_file, getpid(), e);
	return r < 0 ? r : supervise(x);
}

/* --- beginning ------------------------------------------------------------------------------ */

static int check_status(const struct state *s, const struct exec_options *o, struct error *e)
{
	switch (state_status(s)) {
	case STATUS_CREATING:
		return error_set(e, 0, "cannot exec in a container that is still being created");
	case STATUS_STOPPED:
		return error_set(e, 0, "cannot exec in a stopped container");
	case STATUS_PAUSED:
		if (!o->ignore_paused)
			return error_set(e, 0,
					 "cannot exec in a paused container (use --ignore-paused "
					 "to override)");
		return 0;
	default:
		return 0;
	}
}

static int check_terminal(const struct exec_options *o, bool terminal, struct error *e)
{
	if (o->detach && terminal && !o->console_socket)
		return error_set(e, 0,
				 "cannot allocate tty if capbox will detach without setting "
				 "console socket");
	if ((!o->detach || !terminal) && o->console_socket)
		return error_set(e, 0,
				 "cannot use console socket if capbox will not detach or allocate "
				 "tty");
	return 0;
}

/* Signals are the process's from now on. */
static int hold_signals(sigset_t *old, struct error *e)
{
	sigset_t all;
	sigfillset(&all);
	/* These would be about the supervisor itself. */
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		sigdelset(&all, own[i]);
	sigprocmask(SIG_SETMASK, &all, old);
	int fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? error_set(e, errno, "signalfd") : fd;
}

static void exec_release(struct exec *x)
{
	relay_end(&x->relay);
	close_fd(&x->sock);
	close_fd(&x->console);
	close_fd(&x->signals);
}

int exec_run(const struct state *s, const struct exec_options *o, struct error *e)
{
	_cleanup_(exec_release) struct exec x = {
	    .o = o, .sock = -1, .console = -1, .signals = -1, .relay = RELAY_EMPTY};
	json_t *process = NULL;
	int r = check_status(s, o, e);
	if (r == 0)
		r = exec_process_make(s, &o->process, &process, &x.terminal, e);
	if (r < 0)
		return r;
	r = check_terminal(o, x.terminal, e);
	if (r == 0 && o->console_socket)
		r = x.console = console_connect(o->console_socket, e);
	else if (r == 0 && x.terminal)
		r = relay_open(&x.relay, e);
	if (r >= 0)
		r = x.sock = control_connect(s->dirfd, 0, e);
	if (r < 0) {
		json_decref(process);
		return r;
	}
	sigset_t old;
	x.signals = hold_signals(&old, e);
	r = x.signals < 0 ? x.signals : run(&x, json_incref(process), e);
	json_decref(process);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
