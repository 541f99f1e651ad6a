/* membarrier, rseq, getcpu, arch_prctl, I/O priorities, protection keys: small calls of threads. */
#include "facts.h"
#include <asm/prctl.h>
#include <linux/ioprio.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/times.h>

static void barriers(void)
{
	long all = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	say("the commands: %lx", all);
	FACT("unregistered", syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	FACT("register", syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
	FACT("expedited", syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
	FACT("global", syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0));
	FACT("an unknown one", syscall(SYS_membarrier, 1 << 20, 0, 0));
	FACT("bad flags", syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 1, 0));
}

static void restartable(void)
{
	static char area[64] __attribute__((aligned(32)));

	FACT("another area", syscall(SYS_rseq, area, 32, 0, 0x53053053));
	FACT("an odd one", syscall(SYS_rseq, area + 1, 32, 0, 0x53053053));
	FACT("unregister nothing", syscall(SYS_rseq, area, 32, 1, 0x53053053));
	FACT("bad flags", syscall(SYS_rseq, area, 32, 2, 0x53053053));
}

static void processors(void)
{
	unsigned cpu = 999, node = 999;

	FACT("getcpu", syscall(SYS_getcpu, &cpu, &node, NULL));
	say("  a processor %d, a node %d", cpu < 4096, node < 64);
	FACT("  nowhere", syscall(SYS_getcpu, BAD, NULL, NULL));
	FACT("  of nothing", syscall(SYS_getcpu, NULL, NULL, NULL));
	FACT("sched_getcpu", sched_getcpu() >= 0);
	cpu_set_t set;
	FACT("affinity of itself", sched_getaffinity(0, sizeof(set), &set));
	say("  as many as get_nprocs %d", CPU_COUNT(&set) == sysconf(_SC_NPROCESSORS_ONLN));
	FACT("its own processor is among them", (cpu = (unsigned)sched_getcpu(), 1));
	CPU_ZERO(&set);
	FACT("no processor", sched_setaffinity(0, sizeof(set), &set));
	CPU_SET(1000, &set);
	FACT("none that there is", sched_setaffinity(0, sizeof(set), &set));
	FACT("a small buffer", syscall(SYS_sched_getaffinity, 0, 4, &set));
	FACT("an odd size", syscall(SYS_sched_getaffinity, 0, 9, &set));
	FACT("of nobody", sched_getaffinity(999999, sizeof(set), &set));
}

static void registers(void)
{
	unsigned long value = 0;

	FACT("ARCH_GET_FS", syscall(SYS_arch_prctl, ARCH_GET_FS, &value));
	say("  there is one %d", value != 0);
	FACT("ARCH_SET_GS", syscall(SYS_arch_prctl, ARCH_SET_GS, 0x1234560));
	FACT("ARCH_GET_GS", syscall(SYS_arch_prctl, ARCH_GET_GS, &value));
	say("  %lx", value);
	FACT("beyond user space", syscall(SYS_arch_prctl, ARCH_SET_GS, 0xffff800000000000));
	FACT("nowhere", syscall(SYS_arch_prctl, ARCH_GET_FS, BAD));
	FACT("ARCH_GET_CPUID", syscall(SYS_arch_prctl, ARCH_GET_CPUID, 0));
	FACT("an unknown one", syscall(SYS_arch_prctl, 0x9999, &value));
	FACT("set_tid_address", syscall(SYS_set_tid_address, NULL) == gettid());
}

static void priorities(void)
{
	FACT("ioprio_get", syscall(SYS_ioprio_get, 1, 0));
	FACT("ioprio_set, best effort 5", syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 5));
	FACT("ioprio_get", syscall(SYS_ioprio_get, 1, 0));
	FACT("ioprio_set, idle", syscall(SYS_ioprio_set, 1, 0, 3 << 13));
	FACT("  of itself by pid", syscall(SYS_ioprio_get, 1, getpid()));
	FACT("a level too high", syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 8));
	FACT("a bad class", syscall(SYS_ioprio_set, 1, 0, 7 << 13));
	FACT("bad who", syscall(SYS_ioprio_set, 9, 0, 0));
	FACT("nobody", syscall(SYS_ioprio_get, 1, 999999));
	pid_t pid = child();
	if (pid == 0) {
		FACT("a child inherits it", syscall(SYS_ioprio_get, 1, 0));
		execl("/bin/true", "true", NULL);
	}
	say_end("child", pid);
}

static void *a_thread(void *arg)
{
	struct rusage u;
	struct timespec t;
	clockid_t clock;

	FACT("RUSAGE_THREAD", getrusage(RUSAGE_THREAD, &u));
	say("  little time %d", u.ru_utime.tv_sec == 0);
	FACT("its clock", pthread_getcpuclockid(pthread_self(), &clock));
	FACT("  time", clock_gettime(clock, &t));
	FACT("another's clock", pthread_getcpuclockid(*(pthread_t *)arg, &clock));
	FACT("  time", clock_gettime(clock, &t));
	FACT("  resolution", clock_getres(clock, &t));
	FACT("  cannot be set", clock_settime(clock, &t));
	return NULL;
}

static void usage(void)
{
	pthread_t thread, self = pthread_self();
	struct rusage u;
	struct tms t;
	clockid_t clock;
	struct timespec s;

	pthread_create(&thread, NULL, a_thread, &self);
	pthread_join(thread, NULL);
	FACT("a bad who", getrusage(7, &u));
	FACT("nowhere", syscall(SYS_getrusage, RUSAGE_SELF, BAD));
	FACT("children", getrusage(RUSAGE_CHILDREN, &u));
	FACT("times", times(&t) > 0);
	FACT("clock of itself by pid", clock_getcpuclockid(getpid(), &clock));
	FACT("  time", clock_gettime(clock, &s));
	FACT("clock of the parent", clock_getcpuclockid(getppid(), &clock));
	FACT("  time", clock_gettime(clock, &s));
	FACT("clock of nobody", clock_getcpuclockid(999999, &clock));
	FACT("a clock that does not exist", clock_gettime(99, &s));
}

static void keys(void)
{
	int key = (int)syscall(SYS_pkey_alloc, 0, 0);

	say("pkey_alloc: %s", key < 0 ? errno_name(errno) : "ok");
	FACT("bad flags", syscall(SYS_pkey_alloc, 1, 0));
	FACT("bad rights", syscall(SYS_pkey_alloc, 0, 8));
	FACT("free of none", syscall(SYS_pkey_free, 15));
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FACT("pkey_mprotect with none", syscall(SYS_pkey_mprotect, p, 4096, PROT_READ, -1));
	FACT("pkey_mprotect with another", syscall(SYS_pkey_mprotect, p, 4096, PROT_READ, 14));
	FACT("mseal", syscall(462, p, 4096, 0));
	FACT("  munmap then", munmap(p, 4096));
	FACT("AT_PAGESZ", getauxval(AT_PAGESZ));
	FACT("AT_CLKTCK", getauxval(AT_CLKTCK));
	FACT("AT_MINSIGSTKSZ", getauxval(AT_MINSIGSTKSZ) > 0);
}

int main(void)
{
	start("scheduler_bits");
	barriers();
	restartable();
	processors();
	in_child("registers", registers);
	in_child("priorities", priorities);
	usage();
	in_child("keys", keys);
	return 0;
}
