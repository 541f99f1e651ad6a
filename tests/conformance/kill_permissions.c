/* Who may signal whom: kill, tkill, tgkill, sigqueue, pidfd_send_signal; groups, -1, the dead. */
#include "facts.h"

static void set_ids(int real, int effective, int saved)
{
	MUST(setgroups(0, NULL));
	MUST(setresgid(5, 5, 5));
	MUST(setresuid((uid_t)real, (uid_t)effective, (uid_t)saved));
}

/* A directory of /proc serves as a pidfd. */
static void by_directory(const char *who, pid_t target)
{
	char path[32];
	snprintf(path, sizeof path, "/proc/%d", target);
	int process = open(path, O_RDONLY | O_DIRECTORY);
	int other = open("/proc", O_RDONLY | O_DIRECTORY);
	FACT(who, syscall(SYS_pidfd_send_signal, process, 0, NULL, 0));
	FACT(who, syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0));
	FACT(who, syscall(SYS_pidfd_send_signal, other, 0, NULL, 0));
	close(process);
	close(other);
}

/* A sleeping process with the given real, effective and saved user ids. */
static pid_t sleeper(int real, int effective, int saved)
{
	int pipes[2];
	char b;

	MUST(pipe(pipes));
	pid_t pid = child();
	if (pid == 0) {
		set_ids(real, effective, saved);
		close(pipes[0]);
		write(pipes[1], "x", 1);
		close(pipes[1]);
		for (;;)
			pause();
	}
	close(pipes[1]);
	read(pipes[0], &b, 1);
	close(pipes[0]);
	return pid;
}

static void matrix(void)
{
	static const int targets[][3] = {{0, 0, 0},	     {1000, 1000, 1000}, {1001, 1001, 1001},
					 {1000, 0, 0},	     {0, 1000, 0},	 {0, 0, 1000},
					 {1001, 1000, 1001}, {1001, 1001, 1000}};
	static const int senders[][3] = {{0, 0, 0},	     {1000, 1000, 1000}, {1000, 1001, 1001},
					 {1001, 1000, 1001}, {1001, 1001, 1000}, {0, 1000, 1000}};
	pid_t pids[8];

	for (int t = 0; t < 8; t++)
		pids[t] = sleeper(targets[t][0], targets[t][1], targets[t][2]);
	for (int s = 0; s < 6; s++) {
		pid_t pid = child();
		if (pid == 0) {
			char text[200] = "";
			set_ids(senders[s][0], senders[s][1], senders[s][2]);
			for (int t = 0; t < 8; t++) {
				strcat(text, " ");
				strcat(text, kill(pids[t], 0) == 0 ? "ok" : errno_name(errno));
			}
			say("%d/%d/%d may kill:%s", senders[s][0], senders[s][1], senders[s][2],
			    text);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	for (int t = 0; t < 8; t++) {
		kill(pids[t], SIGKILL);
		waitpid(pids[t], NULL, 0);
	}
}

static void calls_as_user(pid_t target)
{
	siginfo_t si = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};

	become(USER);
	FACT("user: kill", kill(target, SIGUSR1));
	FACT("user: tkill", syscall(SYS_tkill, target, SIGUSR1));
	FACT("user: tgkill", syscall(SYS_tgkill, target, target, SIGUSR1));
	FACT("user: sigqueue", syscall(SYS_rt_sigqueueinfo, target, SIGUSR1, &si));
	FACT("user: tgsigqueue", syscall(SYS_rt_tgsigqueueinfo, target, target, SIGUSR1, &si));
	int fd = (int)syscall(SYS_pidfd_open, target, 0);
	FACT("user: pidfd_open", fd >= 0);
	FACT("user: pidfd_send_signal", syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0));
	by_directory("user: a directory of /proc", target);
	FACT("user: kill init", kill(1, 0));
	FACT("user: kill init for good", kill(1, SIGKILL));
	FACT("user: SIGCONT to another session", kill(target, SIGCONT));
}

static void continued(pid_t target)
{
	set_ids(USER, USER, USER);
	FACT("same session: SIGCONT", kill(target, SIGCONT));
	FACT("same session: SIGTERM", kill(target, SIGTERM));
}

static void errors(void)
{
	pid_t dead = child();

	if (dead == 0)
		_exit(0);
	wait_state(dead, 'Z');
	FACT("a zombie", kill(dead, SIGTERM));
	FACT("a zombie, 0", kill(dead, 0));
	waitpid(dead, NULL, 0);
	FACT("a dead process", kill(dead, 0));
	pid_t alive = sleeper(0, 0, 0);
	by_directory("a directory of /proc", alive);
	say_end("its process", alive);
	FACT("a dead group", kill(-dead, 0));
	FACT("tkill of the dead", syscall(SYS_tkill, dead, 0));
	FACT("tgkill of the dead", syscall(SYS_tgkill, dead, dead, 0));
	FACT("a bad signal to the dead", kill(dead, 99));
	FACT("the largest pid", kill(INT_MAX, 0));
	FACT("tkill 0", syscall(SYS_tkill, 0, 0));
	FACT("tkill -1", syscall(SYS_tkill, -1, 0));
	FACT("tgkill with another group", syscall(SYS_tgkill, getppid(), getpid(), 0));
	FACT("tgkill of itself", syscall(SYS_tgkill, getpid(), getpid(), 0));
	FACT("kill, high bits", syscall(SYS_kill, 0xff00000000000000UL | (unsigned)getpid(), 0));
	siginfo_t si = {.si_signo = SIGUSR1, .si_code = SI_USER};
	FACT("sigqueueinfo as kernel", syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &si));
	si.si_code = 1;
	FACT("sigqueueinfo as fault", syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &si));
	FACT("sigqueueinfo, bad pointer", syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, BAD));
}

static void groups(void)
{
	pid_t pids[3];

	for (int i = 0; i < 3; i++) {
		pids[i] = sleeper(0, 0, 0);
		MUST(setpgid(pids[i], pids[0]));
	}
	FACT("a group", kill(-pids[0], SIGTERM));
	for (int i = 0; i < 3; i++)
		say_end("its member", pids[i]);
	FACT("the group is gone", kill(-pids[0], 0));
	for (int i = 0; i < 3; i++) {
		pids[i] = sleeper(i == 1 ? 1001 : USER, i == 1 ? 1001 : USER, i == 1 ? 1001 : USER);
		MUST(setpgid(pids[i], pids[0]));
	}
	pid_t pid = child();
	if (pid == 0) {
		become(USER);
		FACT("user: a mixed group", kill(-pids[0], SIGTERM));
		_exit(0);
	}
	say_end("user", pid);
	say_end("its first", pids[0]);
	FACT("its second lives", waitpid(pids[1], NULL, WNOHANG));
	say_end("its third", pids[2]);
	pid = child();
	if (pid == 0) {
		become(USER);
		FACT("user: a foreign group", kill(-pids[0], SIGTERM));
		_exit(0);
	}
	say_end("user", pid);
	kill(pids[1], SIGKILL);
	say_end("its second", pids[1]);
}

/* kill(0) and kill(-1), in a session of their own or as a user of their own. */
static void own_group(void)
{
	setsid();
	signal(SIGTERM, SIG_IGN);
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGTERM, SIG_DFL);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, NULL, WUNTRACED);
	FACT("own group", kill(0, SIGTERM));
	kill(pid, SIGCONT);
	say_end("child in it", pid);
}

static void everyone(void)
{
	pid_t mine = sleeper(7777, 7777, 7777), other = sleeper(0, 0, 0);

	pid_t pid = child();
	if (pid == 0) {
		become(7777);
		signal(SIGTERM, SIG_IGN);
		FACT("user: everyone", kill(-1, SIGTERM));
		_exit(0);
	}
	say_end("user", pid);
	say_end("a process of that user", mine);
	FACT("another's lives", waitpid(other, NULL, WNOHANG));
	pid = child();
	if (pid == 0) {
		become(7778);
		FACT("user without other processes: everyone", kill(-1, SIGTERM));
		_exit(0);
	}
	say_end("user", pid);
	kill(other, SIGKILL);
	say_end("the other", other);
}

static void on_user1(int signal, siginfo_t *si, void *context)
{
	say("got it: code %d", si->si_code);
	say("si_uid %d", si->si_uid);
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = on_user1, .sa_flags = SA_SIGINFO};

	start("kill_permissions");
	sigaction(SIGUSR1, &sa, NULL);
	matrix();
	pid_t target = sleeper(0, 0, 0), pid = child();
	if (pid == 0) {
		setsid();
		calls_as_user(target);
		_exit(0);
	}
	say_end("calls as user", pid);
	pid = child();
	if (pid == 0) {
		continued(target);
		_exit(0);
	}
	say_end("continued", pid);
	pid_t parent = getpid();
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = child();
	if (pid == 0) {
		MUST(setresuid(USER, 0, 0));
		FACT("child: kill its parent", kill(parent, SIGUSR1));
		_exit(0);
	}
	say_end("child", pid);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	kill(target, SIGKILL);
	say_end("target", target);
	in_child("errors", errors);
	in_child("groups", groups);
	in_child("own group", own_group);
	in_child("everyone", everyone);
	return 0;
}
