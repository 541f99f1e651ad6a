/*
 * An unprivileged user tries to get hold of a set-user-ID program while it is executed: by its own
 * file in the place of the sentry's, by a filter that comes in between, by asking for the program
 * as the loader does, by the death of a parent. /setid is this very program, set-user-ID root.
 *
 *	setid SECONDS
 */
#include "attack.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/resource.h>

#define LOADER_SYSCALL 1000
#define FIRST_FD       3
#define LAST_FD	       12

static int attacker = -1; /* a program of the user's own: /evil */

/* As root, by the set-user-ID bit: is anything not as it should be? */
static int privileged(void)
{
	if (geteuid() != 0 || getuid() == 0)
		return 3; /* without privilege: no find */
	int death = -1;
	prctl(PR_GET_PDEATHSIG, &death);
	if (death)
		got("a privileged program dies of its parent: %d", death);
	errno = 0;
	if (getpriority(PRIO_PROCESS, 0) == -1 && errno == EXDEV)
		got("a filter of the user's in a privileged program");
	char info[4096];
	if (syscall(LOADER_SYSCALL, info, sizeof info) >= 0)
		got("the loader's call was answered twice");
	return got_something ? 1 : 0;
}

static void *swap_descriptors(void *arg)
{
	for (;;)
		for (int fd = FIRST_FD; fd <= LAST_FD; fd++)
			if (fd != attacker)
				dup2(attacker, fd);
	return NULL;
}

static void *ask_for_the_program(void *arg)
{
	static char info[8192];
	for (;;)
		for (size_t size = 0; size < 6000; size += 8)
			if (syscall(LOADER_SYSCALL, info, size) >= 0)
				got("the loader's call");
	return NULL;
}

static void *install_filter(void *arg)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof code[0], code};
	usleep((useconds_t)(uintptr_t)arg);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
	for (;;)
		pause();
	return NULL;
}

_Noreturn static void execute(void)
{
	execl("/setid", "setid", "privileged", NULL);
	_exit(3);
}

/* A thread beside the one that executes. */
static void beside(void *(*run)(void *), void *arg)
{
	pthread_t thread;
	need(pthread_create(&thread, NULL, run, arg) == 0, "pthread_create");
	usleep((useconds_t)(random() % 300));
	execute();
}

/* A process that shares descriptors (and nothing else) with the one that executes. */
static void shared_descriptors(void)
{
	long pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		swap_descriptors(NULL);
	}
	usleep((useconds_t)(random() % 300));
	execute();
}

static void one(int kind)
{
	pid_t pid = fork();
	if (pid == 0) {
		srandom((unsigned)getpid() * 7919u + (unsigned)(seconds() * 1e6));
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		switch (kind) {
		case 0:
			shared_descriptors();
			break;
		case 1:
			beside(swap_descriptors, NULL);
			break;
		case 2:
			beside(ask_for_the_program, NULL);
			break;
		case 3:
			beside(install_filter, (void *)(uintptr_t)(random() % 600));
			break;
		default:
			execute();
		}
	}
	int status = end_of(pid);
	if (status == 1)
		got("the attack of kind %d", kind);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "privileged"))
		return privileged();
	need(argc == 2 && setgid(1000) == 0 && setuid(1000) == 0, "arguments or user");
	attacker = open("/evil", O_RDONLY);
	need(attacker >= 0 && dup2(attacker, 100) == 100, "/evil");
	close(attacker);
	attacker = 100;
	fcntl(attacker, F_SETFD, 0);
	int works = fork();
	if (works == 0)
		execute();
	need(end_of(works) == 0, "the set-user-ID program itself");
	double end = seconds() + atof(argv[1]);
	for (int kind = 0; seconds() < end; kind++)
		one(kind % 5);
	return got_something ? 1 : 0;
}
