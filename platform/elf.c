/*
 * The head of a program file, judged as binfmt_elf and binfmt_script judge it before they commit.
 * Files and their headers are the guest's: every number is checked before it is used, and what is
 * not decided here (segments that cannot be mapped) is the loader's problem, as it is fatal to the
 * new program and not an errno in Linux too.
 *
 * #syscalls: pread64
 */
#include "platform/elf.h"

#include "lib/cleanup.h"

#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define SCRIPT_LINE_MAX 256   /* BINPRM_BUF_SIZE: what Linux looks at of a `#!` line */
#define PHDR_TABLE_MAX	65536 /* bytes */
#define HEAD_SIZE	2048  /* holds the program headers and PT_INTERP of ordinary files */

/* The first bytes of a file, followed by zeros when the file is shorter. */
struct head {
	union {
		Elf64_Ehdr elf;
		char bytes[HEAD_SIZE];
	};
	size_t size;
};

/* Exactly size bytes: 0, -EIO when the file ends before, or the error of read(2). */
static int read_exactly(int fd, void *buffer, size_t size, uint64_t offset)
{
	ssize_t n;
	do
		n = pread(fd, buffer, size, (off_t)offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

static int read_head(int fd, struct head *head)
{
	memset(head->bytes, 0, sizeof head->bytes);
	ssize_t n;
	do
		n = pread(fd, head->bytes, sizeof head->bytes, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	head->size = (size_t)n;
	return 0;
}

/* The same, from the head when it is there. */
static int read_part(int fd, const struct head *head, void *buffer, size_t size, uint64_t offset)
{
	if (offset > head->size || size > head->size - offset)
		return read_exactly(fd, buffer, size, offset);
	memcpy(buffer, head->bytes + offset, size);
	return 0;
}

static bool is_elf(const Elf64_Ehdr *e)
{
	return memcmp(e->e_ident, ELFMAG, SELFMAG) == 0;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Reads the program headers (malloc, the caller's): -ENOEXEC for whatever is wrong with them. */
static int read_segments(int fd, const struct head *head, Elf64_Phdr **segments)
{
	const Elf64_Ehdr *e = &head->elf;
	size_t size = e->e_phnum * sizeof(Elf64_Phdr);
	if (e->e_phentsize != sizeof(Elf64_Phdr) || size == 0 || size > PHDR_TABLE_MAX)
		return -ENOEXEC;
	_cleanup_free_ Elf64_Phdr *table = malloc(size);
	if (!table)
		return -ENOMEM;
	if (read_part(fd, head, table, size, e->e_phoff) < 0)
		return -ENOEXEC;
	*segments = steal_pointer(&table);
	return 0;
}

static int read_interp(int fd, const struct head *head, const Elf64_Phdr *p, struct image *image)
{
	if (p->p_filesz > sizeof image->interp || p->p_filesz < 2)
		return -ENOEXEC;
	int r = read_part(fd, head, image->interp, p->p_filesz, p->p_offset);
	if (r < 0)
		return r;
	if (image->interp[p->p_filesz - 1] != '\0')
		return -ENOEXEC;
	/* Linux opens an empty name here, unlike open(2): it is the working directory. */
	if (image->interp[0] == '\0')
		return -EACCES;
	image->has_interp = true;
	return 0;
}

static int read_elf(int fd, const struct head *head, struct image *image)
{
	const Elf64_Ehdr *e = &head->elf;
	if ((e->e_type != ET_EXEC && e->e_type != ET_DYN) || e->e_machine != EM_X86_64)
		return -ENOEXEC;
	_cleanup_free_ Elf64_Phdr *segments = NULL;
	int r = read_segments(fd, head, &segments);
	for (size_t i = 0; r == 0 && i < e->e_phnum; i++) {
		const Elf64_Phdr *p = &segments[i];
		if (p->p_type == PT_INTERP && !image->has_interp)
			r = read_interp(fd, head, p, image);
		else if (p->p_type == PT_GNU_STACK)
			image->execstack = p->p_flags & PF_X;
	}
	return r;
}

/*
 * A `#!` line: the interpreter's name, and what follows it as one argument. Linux refuses a name
 * that may go on beyond the part of the line it looks at, but cuts the argument there.
 */
static int read_script(const char *line, struct image *image)
{
	const char *last = line + SCRIPT_LINE_MAX - 1, *end = last, *name = line + 2, *p;
	while (name < last && is_space(*name))
		name++;
	const char *newline = memchr(line, '\n', strnlen(line, SCRIPT_LINE_MAX));
	if (newline) {
		end = newline;
	} else {
		for (p = name; p <= last && !is_space(*p) && *p; p++)
			;
		if (p > last)
			return -ENOEXEC;
	}
	while (is_space(end[-1]))
		end--;
	if (name >= end)
		return -ENOEXEC;

	const char *name_end = name;
	while (name_end < end && !is_space(*name_end) && *name_end)
		name_end++;
	const char *argument = name_end;
	while (argument < end && is_space(*argument))
		argument++;
	if (name_end == name)
		return -EACCES; /* the empty name, as in read_interp */
	memcpy(image->interp, name, (size_t)(name_end - name));
	image->interp[name_end - name] = '\0';
	image->has_argument = argument > name_end && argument < end;
	if (image->has_argument) {
		memcpy(image->argument, argument, (size_t)(end - argument));
		image->argument[end - argument] = '\0';
	}
	return 0;
}

int image_read(int fd, struct image *image)
{
	struct head head;
	int r = read_head(fd, &head);
	if (r < 0)
		return r;
	image->has_interp = image->has_argument = image->execstack = false;
	if (is_elf(&head.elf)) {
		image->kind = IMAGE_ELF;
		return read_elf(fd, &head, image);
	}
	if (head.bytes[0] == '#' && head.bytes[1] == '!') {
		image->kind = IMAGE_SCRIPT;
		image->has_interp = true;
		return read_script(head.bytes, image);
	}
	return -ENOEXEC;
}

int image_check_interp(int fd)
{
	struct head head;
	int r = read_head(fd, &head);
	if (r < 0)
		return r;
	if (head.size < sizeof head.elf)
		return -EIO;
	if (!is_elf(&head.elf) || head.elf.e_machine != EM_X86_64)
		return -ELIBBAD;
	_cleanup_free_ Elf64_Phdr *segments = NULL;
	return read_segments(fd, &head, &segments) < 0 ? -ELIBBAD : 0;
}
