/* Who becomes the parent of orphans; PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, zombies. */
#include "facts.h"

/* A grandchild whose parent ends at once; says through the pipe who its parent is then. */
static pid_t orphan(void)
{
	int pipes[2];
	pid_t parent = 0;

	MUST(pipe(pipes));
	pid_t middle = child();
	if (middle == 0) {
		pid_t old = getpid();
		if (child() == 0) {
			while (getppid() == old)
				sleep_ms(5);
			parent = getppid();
			write(pipes[1], &parent, sizeof(parent));
			_exit(7);
		}
		_exit(0);
	}
	say_end("middle", middle);
	read(pipes[0], &parent, sizeof(parent));
	close(pipes[0]);
	close(pipes[1]);
	return parent;
}

static void reaper(void)
{
	int flag = -1, status;

	prctl(PR_GET_CHILD_SUBREAPER, &flag);
	FACT("by default", flag);
	FACT("an orphan's parent is process 1", orphan() == 1);
	FACT("become a subreaper", prctl(PR_SET_CHILD_SUBREAPER, 1));
	prctl(PR_GET_CHILD_SUBREAPER, &flag);
	FACT("it is", flag);
	FACT("an orphan's parent is it", orphan() == getpid());
	FACT("wait for the orphan", waitpid(-1, &status, 0) > 0);
	say_status("orphan", status);
	pid_t pid = child();
	if (pid == 0) {
		prctl(PR_GET_CHILD_SUBREAPER, &flag);
		FACT("a child is none", flag);
		pid_t reaper = getppid();
		FACT("its orphans go further", orphan() == reaper);
		_exit(0);
	}
	say_end("child", pid);
	FACT("wait for them", waitpid(-1, &status, 0) > 0);
	FACT("no more", waitpid(-1, &status, 0));
}

static void death_signal(void)
{
	int got = -1, pipes[2];
	char b;

	FACT("set", prctl(PR_SET_PDEATHSIG, SIGUSR1));
	prctl(PR_GET_PDEATHSIG, &got);
	FACT("get", got);
	FACT("a bad one", prctl(PR_SET_PDEATHSIG, 1000));
	pid_t pid = child();
	if (pid == 0) {
		prctl(PR_GET_PDEATHSIG, &got);
		FACT("not inherited", got);
		_exit(0);
	}
	say_end("child", pid);

	MUST(pipe(pipes));
	pid = child();
	if (pid == 0) {
		pid_t parent = getpid();
		if (child() == 0) {
			close(pipes[0]);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			write(pipes[1], "x", 1);
			while (getppid() == parent)
				sleep_ms(5);
			sleep_ms(10000);
			_exit(0);
		}
		read(pipes[0], &b, 1);
		_exit(0);
	}
	close(pipes[1]);
	say_end("parent", pid);
	FACT("the grandchild has ended", read(pipes[0], &b, 1));
}

static void after_setuid(void)
{
	int got = -1;

	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	MUST(setresuid(USER, USER, USER));
	prctl(PR_GET_PDEATHSIG, &got);
	FACT("after a change of user", got);
}

static void zombies(void)
{
	char path[64], b[512];
	struct stat st;
	siginfo_t info;

	pid_t pid = child();
	if (pid == 0)
		_exit(3);
	FACT("a zombie", wait_state(pid, 'Z'));
	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	FACT("its arguments", get_file(path, b, sizeof(b)));
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	FACT("its program", readlink(path, b, sizeof(b)));
	snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
	FACT("its directory", readlink(path, b, sizeof(b)));
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	FACT("its memory", get_file(path, b, sizeof(b)));
	snprintf(path, sizeof(path), "/proc/%d", pid);
	FACT("it is there", stat(path, &st));
	FACT("signals reach it", kill(pid, SIGTERM));
	FACT("waitid, kept", waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	say("  code %d status %d", info.si_code, info.si_status);
	say_end("zombie", pid);
	FACT("it is gone", stat(path, &st));
	signal(SIGCHLD, SIG_IGN);
	pid = child();
	if (pid == 0)
		_exit(3);
	FACT("children that nobody waits for", waitpid(pid, NULL, 0));
}

int main(void)
{
	start("subreapers");
	in_child("reaper", reaper);
	in_child("death signal", death_signal);
	in_child("after setuid", after_setuid);
	in_child("zombies", zombies);
	return 0;
}
