/* See guest.h. */
#include "tests/fuzz/guest.h"

#include "lib/cleanup.h"
#include "platform/loader/protocol.h"
#include "platform/notify/notify.h"
#include "syscalls/table.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct guest guest;

/* --- calls ------------------------------------------------------------------------------------ */

/* Values that mean something to many calls. */
static const uint64_t favourites[] = {0,
				      1,
				      2,
				      UINT64_MAX,
				      (uint32_t)-1,
				      (uint64_t)AT_FDCWD,
				      4096,
				      65536,
				      INT64_MAX,
				      (uint64_t)INT64_MIN,
				      INT32_MAX,
				      UINT64_C(1) << 32,
				      0xffff,
				      1000,
				      255,
				      64};

static uint64_t argument(struct input *in)
{
	uint64_t kind = take(in, 1);
	switch (kind % 8) {
	case 0:
		return favourites[kind / 8 % ARRAY_SIZE(favourites)];
	case 1:
	case 2:
		return GUEST_MEMORY + take(in, 1) * 16;
	case 3:
		return kind / 8; /* a descriptor, or a small number */
	case 4:
		return GUEST_MEMORY + take(in, 2);
	case 5:
		return take(in, 4);
	case 6:
		return UINT64_C(1) << take(in, 1) % 64;
	default:
		return take(in, 8);
	}
}

void guest_call(struct input *in, struct trap *t)
{
	size_t choice = take(in, 2);
	/* One in a while that no table has. */
	if (choice >= 0xff00)
		t->nr = (int)take(in, 4);
	else if (choice % (SYSCALL_COUNT + 1) == SYSCALL_COUNT)
		t->nr = LOADER_SYSCALL;
	else
		t->nr = syscall_table[choice % (SYSCALL_COUNT + 1)].number;
	for (size_t i = 0; i < ARRAY_SIZE(t->args); i++)
		t->args[i] = argument(in);
	memset(guest.read, 0, sizeof guest.read);
	guest.answers = 0;
}

void guest_close_all(void)
{
	for (size_t i = 0; i < GUEST_FDS; i++)
		close_fd(&guest.fds[i]);
}

/* --- the platform ------------------------------------------------------------------------------
 */

/* How much of [address, address + size) the guest has. */
static size_t there(uint64_t address, size_t size)
{
	if (address < GUEST_MEMORY || address - GUEST_MEMORY >= guest.size)
		return 0;
	return MIN(size, guest.size - (address - GUEST_MEMORY));
}

static uint8_t read_byte(size_t at)
{
	bool changed = guest.shaky && guest.read[at];
	guest.read[at] = 1;
	return changed ? (uint8_t)~guest.memory[at] : guest.memory[at];
}

int trap_read(struct trap *t, uint64_t address, void *buffer, size_t size)
{
	if (size == 0)
		return 0;
	if (there(address, size) < size)
		return -EFAULT;
	for (size_t i = 0; i < size; i++)
		((uint8_t *)buffer)[i] = read_byte(address - GUEST_MEMORY + i);
	return 0;
}

int trap_peek_string(struct trap *t, uint64_t address, char *buffer, size_t size)
{
	size_t n = there(address, size);
	for (size_t i = 0; i < n; i++) {
		buffer[i] = (char)read_byte(address - GUEST_MEMORY + i);
		if (!buffer[i])
			return (int)i;
	}
	return n < size ? -EFAULT : -ENAMETOOLONG;
}

int trap_read_string(struct trap *t, uint64_t address, char *buffer, size_t size)
{
	return trap_peek_string(t, address, buffer, size);
}

/* Nobody traces. */
void trap_copy_strings(struct trap *t, uint64_t vector)
{
}

ssize_t trap_write_some(struct trap *t, uint64_t address, const void *buffer, size_t size)
{
	size_t n = there(address, size);
	/* Every byte is looked at: one that was never set is the sentry's secret. */
	if (n)
		memcpy(guest.memory + (address - GUEST_MEMORY), buffer, n);
	return n || !size ? (ssize_t)n : -EFAULT;
}

int trap_write(struct trap *t, uint64_t address, const void *buffer, size_t size)
{
	ssize_t n = trap_write_some(t, address, buffer, size);
	return n < 0 ? (int)n : (size_t)n == size ? 0 : -EFAULT;
}

int trap_check(struct trap *t)
{
	return 0;
}

int trap_fetch_fd(struct trap *t, int guest_fd)
{
	if (guest_fd < 0 || guest_fd >= GUEST_FDS || guest.fds[guest_fd] < 0)
		return -EBADF;
	int fd = fcntl(guest.fds[guest_fd], F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

int trap_pidfd(struct trap *t)
{
	if (t->pidfd < 0 || t->pidfd_tid != t->tid) {
		close_fd(&t->pidfd);
		t->pidfd = (int)syscall(SYS_pidfd_open, t->tid, 0);
		t->pidfd_tid = t->tid;
	}
	return t->pidfd < 0 ? -errno : t->pidfd;
}

int trap_install_fd(struct trap *t, int host_fd, int flags)
{
	MUST(fcntl(host_fd, F_GETFD) >= 0);
	MUST((flags & ~O_CLOEXEC) == 0);
	for (int i = 0; i < GUEST_FDS; i++)
		if (guest.fds[i] < 0) {
			guest.fds[i] = fcntl(host_fd, F_DUPFD_CLOEXEC, 0);
			return guest.fds[i] < 0 ? -errno : i;
		}
	return -EMFILE;
}

int trap_lend_fd(struct trap *t, int host_fd)
{
	return trap_install_fd(t, host_fd, O_CLOEXEC);
}

int trap_return(struct trap *t, int64_t value)
{
	guest.answers++;
	return 0;
}

int trap_pass(struct trap *t)
{
	guest.answers++;
	return 0;
}

int trap_grant_path(struct trap *t, int host_fd, int flags)
{
	int fd = trap_install_fd(t, host_fd, flags);
	guest.answers += fd >= 0;
	return fd;
}

int trap_exec(struct trap *t, const struct exec_request *request)
{
	MUST(fcntl(request->image_fd, F_GETFD) >= 0);
	guest.answers++;
	request->committed(request->arg, t->tid);
	return 0;
}

bool trap_is_injected_exec(struct trap *t)
{
	return false;
}

int platform_next(struct platform *p, struct trap *t)
{
	return -ENOENT;
}

void notify_close(struct platform *platform)
{
	abort(); /* nobody opens one here */
}
