/*
 * What a process has mapped, and the files of it that hold code.
 *
 * A file is taken from /proc/PID/map_files, which hands out the very file that is mapped, whatever
 * its name means by now. That is the host's root's privilege; without it the file is looked up in
 * the container's tree, never leaving it, and taken when it is the mapped one by device and inode.
 * Nothing but regular files is opened: opening a device does things.
 */
#include "runtime/stacks.h"

#include "lib/cleanup.h"
#include "lib/io.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#define MAPS_SIZE_MAX (16u << 20)
#define VDSO_SIZE_MAX (64u << 10)

const struct stack_map *stacks_find_map(const struct stacks *s, uint64_t address)
{
	size_t low = 0, high = s->map_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (address >= s->maps[middle].end)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->map_count && address >= s->maps[low].start ? &s->maps[low] : NULL;
}

/* "START-END rwxp OFFSET DEVICE INODE   NAME"; where "DEVICE INODE" begins goes to *identity. */
static bool parse_line(char *line, struct stack_map *m, char *identity, size_t size)
{
	char flags[5], device[32];
	unsigned long long start, end, offset, inode;
	int name = 0;
	if (sscanf(line, "%llx-%llx %4s %llx %31s %llu %n", &start, &end, flags, &offset, device,
		   &inode, &name) < 6)
		return false;
	snprintf(identity, size, "%s %llu", device, inode);
	*m = (struct stack_map){.start = start,
				.end = end,
				.offset = offset,
				.executable = flags[2] == 'x',
				.name = line + name,
				.file = inode ? -2 : -1};
	return true;
}

/* Opens for reading what is open as a mere name, if it is a regular file. */
static int open_regular(int fd)
{
	char path[40];
	struct stat st;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static int open_in_tree(int root, const struct stack_map *m, const char *identity)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	_cleanup_close_ int fd = root < 0 || m->name[0] != '/'
				     ? -1
				     : (int)syscall(SYS_openat2, root, m->name, &how, sizeof how);
	char found[64];
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	snprintf(found, sizeof found, "%02x:%02x %llu", major(st.st_dev), minor(st.st_dev),
		 (unsigned long long)st.st_ino);
	return strcmp(found, identity) ? -1 : open_regular(fd);
}

static int open_mapped(int proc_dir, int root, const struct stack_map *m, const char *identity)
{
	char path[64];
	snprintf(path, sizeof path, "map_files/%llx-%llx", (unsigned long long)m->start,
		 (unsigned long long)m->end);
	_cleanup_close_ int fd = openat(proc_dir, path, O_PATH | O_CLOEXEC);
	return fd < 0 ? open_in_tree(root, m, identity) : open_regular(fd);
}

/* The kernel's own part of the address space, as if it were a file. */
static int copy_vdso(pid_t pid, const struct stack_map *m)
{
	size_t size = m->end - m->start;
	_cleanup_free_ void *bytes = size <= VDSO_SIZE_MAX ? malloc(size) : NULL;
	struct iovec local = {bytes, size}, remote = {(void *)m->start, size};
	_cleanup_close_ int fd = memfd_create("vdso", MFD_CLOEXEC);
	if (!bytes || fd < 0 || process_vm_readv(pid, &local, 1, &remote, 1, 0) != (ssize_t)size ||
	    write_all(fd, bytes, size) < 0)
		return -1;
	return steal_fd(&fd);
}

static int find_file(const struct stacks *s, const char *identity)
{
	for (size_t i = 0; i < s->file_count; i++)
		if (!strcmp(s->files[i].identity, identity))
			return (int)i;
	return -1;
}

static void add_file(struct stacks *s, int proc_dir, int root, struct stack_map *m,
		     const char *identity)
{
	if (s->file_count == STACK_FILES_MAX)
		return;
	bool vdso = !strcmp(m->name, "[vdso]");
	int fd = vdso ? copy_vdso(s->pid, m) : open_mapped(proc_dir, root, m, identity);
	if (fd < 0)
		return;
	struct stack_file *f = &s->files[s->file_count];
	snprintf(f->identity, sizeof f->identity, "%s", identity);
	f->fd = fd;
	m->file = (int)s->file_count++;
}

/* The files with code, then their other parts. `identities` has one for each map. */
static void take_files(struct stacks *s, int proc_dir, int root, char (*identities)[64])
{
	for (size_t i = 0; i < s->map_count; i++) {
		struct stack_map *m = &s->maps[i];
		bool vdso = !strcmp(m->name, "[vdso]");
		bool code = m->executable && (m->file == -2 || vdso);
		if (code && (vdso || find_file(s, identities[i]) < 0))
			add_file(s, proc_dir, root, m, vdso ? "[vdso]" : identities[i]);
	}
	for (size_t i = 0; i < s->map_count; i++)
		if (s->maps[i].file == -2)
			s->maps[i].file = find_file(s, identities[i]);
}

int stacks_take_maps(struct stacks *s, int proc_dir, int root, struct error *e)
{
	ssize_t n = read_file_alloc(proc_dir, "maps", MAPS_SIZE_MAX, &s->maps_text);
	if (n < 0)
		return n == -ENOENT || n == -ESRCH
			   ? -ESRCH
			   : error_set(e, (int)-n, "process %d: its memory", (int)s->pid);
	size_t lines = 0;
	for (ssize_t i = 0; i < n; i++)
		lines += s->maps_text[i] == '\n';
	lines = MIN(lines, STACK_MAPS_MAX);
	s->maps = calloc(lines + 1, sizeof *s->maps);
	_cleanup_free_ char(*identities)[64] = calloc(lines + 1, sizeof *identities);
	if (!s->maps || !identities)
		return error_set(e, ENOMEM, "process %d", (int)s->pid);
	char *rest;
	for (char *line = strtok_r(s->maps_text, "\n", &rest); line && s->map_count < lines;
	     line = strtok_r(NULL, "\n", &rest))
		if (parse_line(line, &s->maps[s->map_count], identities[s->map_count],
			       sizeof *identities))
			s->map_count++;
	take_files(s, proc_dir, root, identities);
	return 0;
}
