/* posix_spawn, system and popen: actions, attributes, errors. */
#include "facts.h"
#include <spawn.h>

static char *const environment[] = {"PATH=/bin", "A=b", NULL};

static void spawn(const char *label, const char *path, char *const argv[],
		  const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes)
{
	pid_t pid = 0;
	int error = posix_spawn(&pid, path, actions, attributes, argv, environment);

	if (error)
		say("%s: %s", label, errno_name(error));
	else
		say_end(label, pid);
}

static void errors(void)
{
	char *argv[] = {"x", NULL};

	spawn("missing", "missing", argv, NULL, NULL);
	spawn("a directory", "dir", argv, NULL, NULL);
	spawn("not executable", "plain", argv, NULL, NULL);
	spawn("a text", "text", argv, NULL, NULL);
	FACT("no child is left", waitpid(-1, NULL, WNOHANG));
	pid_t pid;
	FACT("posix_spawnp without such a program",
	     posix_spawnp(&pid, "no-such-program", NULL, NULL, argv, environment));
}

static void actions(void)
{
	char *echo[] = {"echo", "spawned", NULL}, *sh[] = {"sh", "-c", "cat; ls; exit 5", NULL};
	char text[100];
	posix_spawn_file_actions_t a;

	posix_spawn_file_actions_init(&a);
	posix_spawn_file_actions_addopen(&a, 1, "output", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	spawn("output to a file", "/bin/echo", echo, &a, NULL);
	posix_spawn_file_actions_destroy(&a);
	get_file("output", text, sizeof(text));
	say("it holds: %.*s", (int)strcspn(text, "\n"), text);

	posix_spawn_file_actions_init(&a);
	posix_spawn_file_actions_addopen(&a, 0, "input", O_RDONLY, 0);
	posix_spawn_file_actions_addchdir_np(&a, "dir");
	spawn("input and another directory", "/bin/sh", sh, &a, NULL);
	posix_spawn_file_actions_destroy(&a);

	posix_spawn_file_actions_init(&a);
	posix_spawn_file_actions_addopen(&a, 0, "missing", O_RDONLY, 0);
	spawn("an action fails", "/bin/echo", echo, &a, NULL);
	posix_spawn_file_actions_destroy(&a);

	posix_spawn_file_actions_init(&a);
	posix_spawn_file_actions_addclose(&a, 0);
	posix_spawn_file_actions_adddup2(&a, 1, 2);
	char *noisy[] = {"sh", "-c", "echo to stderr >&2", NULL};
	spawn("stderr to stdout", "/bin/sh", noisy, &a, NULL);
	posix_spawn_file_actions_destroy(&a);
}

static int report(void)
{
	sigset_t blocked;
	struct sigaction sa;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	sigaction(SIGUSR2, NULL, &sa);
	say("spawned: SIGUSR1 blocked %d, SIGUSR2 ignored %d, leader %d, session leader %d, uid %d",
	    sigismember(&blocked, SIGUSR1), sa.sa_handler == SIG_IGN, getpgrp() == getpid(),
	    getsid(0) == getpid(), geteuid());
	return 0;
}

static void attributes(char *self)
{
	char *argv[] = {self, "report", NULL};
	posix_spawnattr_t a;
	sigset_t set;

	signal(SIGUSR2, SIG_IGN);
	spawn("plain", self, argv, NULL, NULL);
	posix_spawnattr_init(&a);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	posix_spawnattr_setsigmask(&a, &set);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	posix_spawnattr_setsigdefault(&a, &set);
	posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
					 POSIX_SPAWN_SETPGROUP);
	spawn("signals and group", self, argv, NULL, &a);
	posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSID);
	spawn("session", self, argv, NULL, &a);
	posix_spawnattr_setflags(&a, POSIX_SPAWN_RESETIDS);
	MUST(setresuid(0, USER, 0));
	spawn("reset ids", self, argv, NULL, &a);
	spawn("effective user kept", self, argv, NULL, NULL);
	MUST(setresuid(0, 0, 0));
}

static void shells(void)
{
	char text[200] = "";

	say_status("system", system("exit 6"));
	say_status("system, missing command", system("no-such-command 2>/dev/null"));
	FACT("system(NULL)", system(NULL) != 0);
	FILE *f = popen("echo from popen; exit 4", "r");
	if (f && fgets(text, sizeof(text), f))
		say("popen: %.*s", (int)strcspn(text, "\n"), text);
	say_status("pclose", pclose(f));
	f = popen("cat", "w");
	fputs("to popen\n", f);
	say_status("pclose", pclose(f));
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report();
	start("spawn_calls");
	MUST(mkdir("dir", 0755));
	put_file("dir/only-file", "x", 0644);
	put_file("plain", "x", 0644);
	put_file("text", "echo a text", 0755);
	put_file("input", "the input\n", 0644);
	errors();
	actions();
	attributes(argv[0]);
	shells();
	return 0;
}
