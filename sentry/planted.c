/*
 * Faults on demand: see planted.h. Each is a function of its own, whose name shall be in the
 * report.
 *
 * #syscalls: memfd_create mmap poll
 */
#include "sentry/planted.h"

#ifdef CAPBOX_PLANTED_FAULTS
#include "lib/cleanup.h"
#include "platform/platform.h"

#undef NDEBUG
#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* Keeps a call from being the last thing of its caller, which would then not be on the stack. */
#define STAY() __asm__ volatile("" ::: "memory")

static volatile int sink;

__attribute__((noinline)) static void planted_segv(void)
{
	volatile uintptr_t address = 8;
	*(volatile int *)address = 1;
}

__attribute__((noinline)) static void planted_bus(void)
{
	int fd = memfd_create("planted", MFD_CLOEXEC);
	sink = *(volatile int *)mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
}

__attribute__((noinline)) static void planted_ill(void)
{
	__builtin_trap();
}

__attribute__((noinline)) static void planted_fpe(void)
{
	volatile int zero = 0;
	sink = sink / zero;
}

__attribute__((noinline)) static void planted_abort(void)
{
	abort();
}

__attribute__((noinline)) static void planted_assertion(void)
{
	assert(sink == 1);
	STAY();
}

__attribute__((noinline)) static void planted_jump(void)
{
	void (*volatile nowhere)(void) = NULL;
	nowhere();
	STAY();
}

__attribute__((noinline)) static void planted_overflow(int depth)
{
	volatile char frame[4096];
	frame[depth % 4096] = 1;
	if (depth < 1 << 20)
		planted_overflow(depth + 1);
	sink = frame[0];
}

__attribute__((noinline)) static void planted_deep(void)
{
	planted_overflow(0);
	STAY();
}

__attribute__((noinline)) static void planted_stall(void)
{
	poll(NULL, 0, 6000);
	STAY();
}

static const struct {
	const char *name;
	void (*fault)(void);
} faults[] = {
    {"segv", planted_segv},
    {"bus", planted_bus},
    {"ill", planted_ill},
    {"fpe", planted_fpe},
    {"abort", planted_abort},
    {"jump", planted_jump},
    {"assertion", planted_assertion},
    {"deep", planted_deep},
    {"stall", planted_stall},
};

void planted_fault(const struct trap *t)
{
	/* Before the program runs, or when it makes a directory. */
	bool starts = t->nr == SYS_execve;
	const char *wanted = starts || t->nr == SYS_mkdir ? getenv("CAPBOX_FAULT") : NULL;
	if (wanted && starts)
		wanted = strcmp(wanted, "start") ? NULL : "segv";
	for (size_t i = 0; wanted && i < ARRAY_SIZE(faults); i++)
		if (!strcmp(faults[i].name, wanted))
			faults[i].fault();
	STAY();
}

unsigned planted_patience_s(void)
{
	const char *text = getenv("CAPBOX_PATIENCE_S");
	return text ? (unsigned)atoi(text) : 0;
}
#endif
