/*
 * The caller's memory and descriptors.
 *
 * A thread is named by its number, and a number can be taken over when its thread dies. So after
 * each use of the number the trap is checked: if its caller still waits, the number was the
 * caller's all the time.
 *
 * #syscalls: process_vm_readv process_vm_writev pidfd_open pidfd_getfd close
 */
#include "platform/copies.h"
#include "platform/notify/notify.h"

#include "lib/cleanup.h"
#include "lib/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE	     4096UL
#define SHORT_STRING 256UL
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

/* As far as the kernel could copy; 0 when not even the first byte. */
static size_t copy_from(struct trap *t, uint64_t address, void *buffer, size_t size)
{
	struct iovec local = {buffer, size}, remote = {(void *)address, size};
	ssize_t n = process_vm_readv(t->tid, &local, 1, &remote, 1, 0);
	return n < 0 ? 0 : (size_t)n;
}

int trap_read(struct trap *t, uint64_t address, void *buffer, size_t size)
{
	if (size == 0)
		return 0;
	size_t n = copy_from(t, address, buffer, size);
	int r = trap_check(t);
	if (r < 0)
		return r;
	if (t->copies)
		copies_add(t->copies, address, buffer, n, 0);
	return n == size ? 0 : -EFAULT;
}

int trap_peek_string(struct trap *t, uint64_t address, char *buffer, size_t size)
{
	size_t used = 0;
	while (used < size) {
		/* Page by page: a string may end just before an unmapped one. Most are short. */
		size_t chunk = MIN(PAGE - ((address + used) & (PAGE - 1)), size - used);
		chunk = MIN(chunk, used ? PAGE : SHORT_STRING);
		size_t n = copy_from(t, address + used, buffer + used, chunk);
		char *end = memchr(buffer + used, '\0', n);
		if (end && t->copies)
			copies_add(t->copies, address, buffer, (size_t)(end - buffer) + 1, 0);
		if (end || n < chunk)
			return end ? (int)(end - buffer) : -EFAULT;
		used += n;
	}
	return -ENAMETOOLONG;
}

int trap_read_string(struct trap *t, uint64_t address, char *buffer, size_t size)
{
	int length = trap_peek_string(t, address, buffer, size);
	int r = trap_check(t);
	return r < 0 ? r : length;
}

/* Reads the beginnings of strings. A string that reaches a page that is not there ends the kernel's
 * copying, which goes on behind it. */
static void read_strings(struct trap *t, const uint64_t *addresses, size_t count,
			 char strings[][COPIES_STRING])
{
	struct iovec remote[COPIES_STRINGS];
	for (size_t i = 0; i < count; i++)
		remote[i] = (struct iovec){(void *)addresses[i], COPIES_STRING};
	for (size_t done = 0; done < count; done++) {
		size_t left = count - done;
		struct iovec local = {strings[done], left * COPIES_STRING};
		ssize_t n = process_vm_readv(t->tid, &local, 1, remote + done, left, 0);
		if (n > 0)
			done += (size_t)n / COPIES_STRING;
	}
}

void trap_copy_strings(struct trap *t, uint64_t vector)
{
	uint64_t addresses[COPIES_STRINGS + 1] = {0};
	char strings[COPIES_STRINGS][COPIES_STRING] = {0};
	char joined[COPIES_STRINGS * (COPIES_STRING + 1)];
	size_t count = 0, used = 0;
	copy_from(t, vector, addresses, sizeof addresses);
	while (count < COPIES_STRINGS && addresses[count])
		count++;
	read_strings(t, addresses, count, strings);
	if (!t->copies || trap_check(t) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		size_t length = strnlen(strings[i], COPIES_STRING);
		memcpy(joined + used, strings[i], length);
		joined[used + length] = '\0';
		used += length + 1;
	}
	copies_add(t->copies, vector, joined, used, addresses[count] ? COPIES_MORE : 0);
}

ssize_t trap_write_some(struct trap *t, uint64_t address, const void *buffer, size_t size)
{
	if (size == 0)
		return 0;
	/* The caller must still be the one who asked before anything is written. */
	int r = trap_check(t);
	if (r < 0)
		return r;
	struct iovec local = {(void *)buffer, size}, remote = {(void *)address, size};
	ssize_t n = process_vm_writev(t->tid, &local, 1, &remote, 1, 0);
	if (n < 0)
		return errno == ESRCH ? -ESRCH : -EFAULT;
	if (t->copies)
		copies_add(t->copies, address, buffer, (size_t)n, COPIES_WRITTEN);
	return n;
}

int trap_write(struct trap *t, uint64_t address, const void *buffer, size_t size)
{
	ssize_t n = trap_write_some(t, address, buffer, size);
	if (n < 0)
		return (int)n;
	return (size_t)n == size ? 0 : -EFAULT;
}

/* The thread group of the caller, for kernels before 6.9, which know no pidfd of a thread. */
static pid_t thread_group(struct trap *t)
{
	char path[32], status[4096];
	snprintf(path, sizeof path, "%d/status", (int)t->tid);
	if (read_file_at(t->platform->proc_fd, path, status, sizeof status) < 0)
		return -1;
	const char *line = strstr(status, "\nTgid:");
	return line ? (pid_t)atoi(line + 6) : -1;
}

int trap_pidfd(struct trap *t)
{
	if (t->pidfd >= 0 && t->pidfd_tid == t->tid)
		return t->pidfd;
	if (t->pidfd >= 0)
		close(t->pidfd);
	t->pidfd = (int)syscall(SYS_pidfd_open, t->tid, PIDFD_THREAD);
	if (t->pidfd < 0 && errno == EINVAL)
		t->pidfd = (int)syscall(SYS_pidfd_open, thread_group(t), 0);
	if (t->pidfd < 0)
		return -errno;
	t->pidfd_tid = t->tid;
	return t->pidfd;
}

int trap_fetch_fd(struct trap *t, int guest_fd)
{
	if (guest_fd < 0)
		return -EBADF;
	/* A kept pidfd may name a dead thread whose number this caller has now: once more then. */
	for (int attempt = 0; attempt < 2; attempt++) {
		int pidfd = trap_pidfd(t);
		if (pidfd < 0)
			return pidfd;
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, guest_fd, 0);
		if (fd < 0 && errno == ESRCH) {
			t->pidfd_tid = -1;
			continue;
		}
		if (fd < 0)
			return -errno;
		if (trap_check(t) < 0) {
			close(fd);
			return -ESRCH;
		}
		return fd;
	}
	return -ESRCH;
}
