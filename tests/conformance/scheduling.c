/* Priorities, policies and affinity, of itself and of others. */
#include "facts.h"

static void priorities(void)
{
	errno = 0;
	FACT("getpriority", getpriority(PRIO_PROCESS, 0));
	FACT("the raw call", syscall(SYS_getpriority, PRIO_PROCESS, 0));
	FACT("setpriority 5", setpriority(PRIO_PROCESS, 0, 5));
	FACT("getpriority", getpriority(PRIO_PROCESS, 0));
	FACT("setpriority 100", setpriority(PRIO_PROCESS, 0, 100));
	FACT("getpriority", getpriority(PRIO_PROCESS, 0));
	FACT("of its own pid", getpriority(PRIO_PROCESS, (id_t)getpid()));
	FACT("of its group", getpriority(PRIO_PGRP, 0));
	FACT("of root", getpriority(PRIO_USER, 0) <= 19);
	FACT("bad which", getpriority(7, 0));
	FACT("a missing process", getpriority(PRIO_PROCESS, 999999999));
	FACT("set of a missing process", setpriority(PRIO_PROCESS, 999999999, 0));
	FACT("set of a missing user", setpriority(PRIO_USER, 54321, 0));
	FACT("raise: nice -5", setpriority(PRIO_PROCESS, 0, -5));
}

static void policies(void)
{
	struct sched_param p = {0};
	struct timespec t;

	FACT("policy", sched_getscheduler(0));
	FACT("getparam", sched_getparam(0, &p));
	FACT("  priority", p.sched_priority);
	FACT("batch", sched_setscheduler(0, SCHED_BATCH, &p));
	FACT("policy", sched_getscheduler(0));
	FACT("idle", sched_setscheduler(0, SCHED_IDLE, &p));
	FACT("real time or back from idle", sched_setscheduler(0, SCHED_OTHER, &p));
	FACT("other with a priority", sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){5}));
	FACT("unknown policy", sched_setscheduler(0, 77, &p));
	FACT("real time: fifo", sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){1}));
	sched_setscheduler(0, SCHED_OTHER, &p);
	FACT("a missing process", sched_getscheduler(999999999));
	FACT("a negative pid", sched_getscheduler(-1));
	FACT("setparam", sched_setparam(0, &p));
	FACT("setparam, bad pointer", sched_setparam(0, BAD));
	FACT("largest priority of fifo", sched_get_priority_max(SCHED_FIFO));
	FACT("smallest priority of other", sched_get_priority_min(SCHED_OTHER));
	FACT("largest priority of unknown", sched_get_priority_max(77));
	FACT("interval", sched_rr_get_interval(0, &t));
	FACT("yield", sched_yield());
}

static void affinity(void)
{
	cpu_set_t set, one;

	FACT("getaffinity", sched_getaffinity(0, sizeof(set), &set));
	FACT("some processors", CPU_COUNT(&set) > 0);
	FACT("getaffinity, 1 byte", sched_getaffinity(0, 1, &set));
	FACT("of its own pid", sched_getaffinity(getpid(), sizeof(set), &set));
	FACT("of a missing process", sched_getaffinity(999999999, sizeof(set), &set));
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set)) {
			CPU_SET(i, &one);
			break;
		}
	FACT("setaffinity to one", sched_setaffinity(0, sizeof(one), &one));
	sched_getaffinity(0, sizeof(set), &set);
	FACT("one is left", CPU_COUNT(&set));
	FACT("some calls later", access("/", F_OK));
	sched_getaffinity(0, sizeof(set), &set);
	FACT("still one", CPU_COUNT(&set));
	CPU_ZERO(&one);
	FACT("setaffinity to none", sched_setaffinity(0, sizeof(one), &one));
}

static void others(void)
{
	pid_t pid = child();
	cpu_set_t set;

	if (pid == 0)
		for (;;)
			pause();
	FACT("set a child's priority", setpriority(PRIO_PROCESS, (id_t)pid, 7));
	FACT("get it", getpriority(PRIO_PROCESS, (id_t)pid));
	FACT("its policy", sched_getscheduler(pid));
	FACT("set its policy", sched_setscheduler(pid, SCHED_BATCH, &(struct sched_param){0}));
	FACT("its affinity", sched_getaffinity(pid, sizeof(set), &set) == 0);
	FACT("set its affinity", sched_setaffinity(pid, sizeof(set), &set));
	pid_t user = child();
	if (user == 0) {
		become(USER);
		FACT("user: a foreign priority", getpriority(PRIO_PROCESS, (id_t)pid));
		FACT("user: set a foreign priority", setpriority(PRIO_PROCESS, (id_t)pid, 10));
		FACT("user: set a foreign policy",
		     sched_setscheduler(pid, SCHED_BATCH, &(struct sched_param){0}));
		FACT("user: set a foreign affinity", sched_setaffinity(pid, sizeof(set), &set));
		FACT("user: lower its own", setpriority(PRIO_PROCESS, 0, 10));
		FACT("user: raise it again", setpriority(PRIO_PROCESS, 0, 5));
		FACT("user: real time",
		     sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){1}));
		_exit(0);
	}
	say_end("user", user);
	kill(pid, SIGKILL);
	say_end("child", pid);
}

int main(void)
{
	start("scheduling");
	in_child("priorities", priorities);
	in_child("policies", policies);
	in_child("affinity", affinity);
	in_child("others", others);
	return 0;
}
