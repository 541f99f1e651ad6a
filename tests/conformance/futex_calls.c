/* futex(2) itself: waiting, waking, requeueing, bit sets, several at once, between processes. */
#include "facts.h"
#include <linux/futex.h>
#include <pthread.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

static uint32_t *word; /* shared between processes */

static long futex(uint32_t *at, int op, uint32_t value, void *time, uint32_t *other,
		  uint32_t value3)
{
	return syscall(SYS_futex, at, op, value, time, other, value3);
}

static struct timespec soon(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += 10000000;
	if (t.tv_nsec >= 1000000000)
		t.tv_sec++, t.tv_nsec -= 1000000000;
	return t;
}

static void alone(void)
{
	struct timespec t = {0, 5000000};

	FACT("another value", futex(word, FUTEX_WAIT, 1, NULL, NULL, 0));
	FACT("a time", futex(word, FUTEX_WAIT, 0, &t, NULL, 0));
	t = soon(CLOCK_MONOTONIC);
	FACT("an absolute time", futex(word, FUTEX_WAIT_BITSET, 0, &t, NULL, 1));
	t = soon(CLOCK_REALTIME);
	FACT("of the real clock",
	     futex(word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &t, NULL, 1));
	FACT("no bits", futex(word, FUTEX_WAIT_BITSET, 0, &t, NULL, 0));
	t = (struct timespec){0, 1000000000};
	FACT("a bad time", futex(word, FUTEX_WAIT, 0, &t, NULL, 0));
	FACT("a time nowhere", futex(word, FUTEX_WAIT, 0, BAD, NULL, 0));
	FACT("an odd address", futex((uint32_t *)((char *)word + 1), FUTEX_WAIT, 0, NULL, NULL, 0));
	FACT("nowhere", futex((uint32_t *)0x10000, FUTEX_WAIT, 0, NULL, NULL, 0));
	FACT("nowhere, private", futex((uint32_t *)0x10000, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
	FACT("waking nobody", futex(word, FUTEX_WAKE, 10, NULL, NULL, 0));
	FACT("waking at an odd address",
	     futex((uint32_t *)((char *)word + 1), FUTEX_WAKE, 1, NULL, NULL, 0));
	FACT("requeue nobody", futex(word, FUTEX_REQUEUE, 1, (void *)1L, word + 1, 0));
	FACT("compare and requeue, another value",
	     futex(word, FUTEX_CMP_REQUEUE, 1, (void *)1L, word + 1, 9));
	FACT("a negative count", futex(word, FUTEX_REQUEUE, 1, (void *)-1L, word + 1, 0));
	FACT("a wake operation", futex(word, FUTEX_WAKE_OP, 1, (void *)1L, word + 1,
				       FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 0)));
	say("  it has added: %u", word[1]);
	word[1] = 0;
	FACT("an unknown operation", futex(word, 99, 0, NULL, NULL, 0));
	FACT("FUTEX_FD is gone", futex(word, 2, 0, NULL, NULL, 0));
}

static void woken(int op, uint32_t bits, const char *label)
{
	pid_t pid = child();

	if (pid == 0) {
		_exit((int)futex(word, op, 0, NULL, NULL, bits));
	}
	say("%s", label);
	wait_state(pid, 'S');
	sleep_ms(20);
	FACT("  other bits", bits ? futex(word, FUTEX_WAKE_BITSET, 1, NULL, NULL, ~bits) : 0);
	FACT("  woken", futex(word, FUTEX_WAKE, 1, NULL, NULL, 0));
	say_end("  child", pid);
}

static void requeued(void)
{
	pid_t pids[4];

	for (int i = 0; i < 4; i++) {
		pids[i] = child();
		if (pids[i] == 0)
			_exit((int)futex(word, FUTEX_WAIT, 0, NULL, NULL, 0));
		wait_state(pids[i], 'S');
	}
	sleep_ms(30);
	FACT("one is woken, two are moved",
	     futex(word, FUTEX_CMP_REQUEUE, 1, (void *)2L, word + 8, 0));
	FACT("those moved", futex(word + 8, FUTEX_WAKE, 10, NULL, NULL, 0));
	FACT("the last", futex(word, FUTEX_WAKE, 10, NULL, NULL, 0));
	for (int i = 0; i < 4; i++)
		say_end("  child", pids[i]);
}

static void several(void)
{
	struct {
		uint64_t value, address;
		uint32_t flags, reserved;
	} waiters[2] = {{0, (uint64_t)(uintptr_t)word, 2, 0},
			{0, (uint64_t)(uintptr_t)(word + 4), 2, 0}};
	struct timespec t = soon(CLOCK_MONOTONIC);

	FACT("several, a time", syscall(SYS_futex_waitv, waiters, 2, 0, &t, CLOCK_MONOTONIC));
	pid_t pid = child();
	if (pid == 0)
		_exit((int)syscall(SYS_futex_waitv, waiters, 2, 0, NULL, 0));
	wait_state(pid, 'S');
	sleep_ms(20);
	FACT("the second is woken", futex(word + 4, FUTEX_WAKE, 1, NULL, NULL, 0));
	say_end("  child tells which", pid);
	waiters[1].value = 5;
	FACT("another value", syscall(SYS_futex_waitv, waiters, 2, 0, NULL, 0));
	FACT("none", syscall(SYS_futex_waitv, waiters, 0, 0, NULL, 0));
	FACT("too many", syscall(SYS_futex_waitv, waiters, 129, 0, NULL, 0));
	FACT("bad flags", syscall(SYS_futex_waitv, waiters, 2, 1, NULL, 0));
}

static void nothing(int signal)
{
}

static void interrupted(void)
{
	struct timespec t = {5, 0};
	pid_t parent = getpid();

	sigaction(SIGUSR1, &(struct sigaction){.sa_handler = nothing}, NULL);
	pid_t pid = child();
	if (pid == 0) {
		wait_state(parent, 'S');
		sleep_ms(20);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	FACT("a signal", futex(word, FUTEX_WAIT, 0, &t, NULL, 0));
	say_end("  child", pid);
}

static void robust(void)
{
	struct robust_list_head head = {{&head.list}, 0, NULL}, *seen;
	size_t size;

	FACT("set_robust_list", syscall(SYS_set_robust_list, &head, sizeof(head)));
	FACT("  another size", syscall(SYS_set_robust_list, &head, 12));
	FACT("get_robust_list", syscall(SYS_get_robust_list, 0, &seen, &size));
	say("  it is this one %d, %zu bytes", seen == &head, size);
	FACT("of nobody", syscall(SYS_get_robust_list, 999999, &seen, &size) < 0);
}

int main(void)
{
	start("futex_calls");
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	alone();
	woken(FUTEX_WAIT, 0, "plainly");
	woken(FUTEX_WAIT_BITSET, 6, "with bits");
	requeued();
	several();
	interrupted();
	robust();
	return 0;
}
