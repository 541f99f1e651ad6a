/*
 * Names for addresses: see symbols.h.
 *
 * #syscalls: pread64
 */
#include "platform/symbols.h"

#include "lib/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define SEGMENTS_MAX 1024	/* looked at; 9 are usual */
#define SECTIONS_MAX 4096	/* 30 are usual, and code of many parts has a section for each */
#define SYMBOLS_MAX  (4u << 20) /* looked at; 96 MiB of them */
#define CHUNK	     128

/* Exactly size bytes at this offset, or -ENOENT. */
static int read_at(int fd, void *buffer, size_t size, uint64_t offset)
{
	ssize_t n;
	if (offset > INT64_MAX - size)
		return -ENOENT;
	do
		n = pread(fd, buffer, size, (off_t)offset);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)size ? 0 : -ENOENT;
}

static int read_header(int fd, Elf64_Ehdr *header)
{
	int r = read_at(fd, header, sizeof *header, 0);
	if (r < 0 || memcmp(header->e_ident, ELFMAG, SELFMAG) ||
	    header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB)
		return -ENOENT;
	return 0;
}

/* The n-th entry of a table of the header's. */
static int read_entry(int fd, uint64_t table, size_t n, void *entry, size_t size)
{
	uint64_t offset;
	if (__builtin_add_overflow(table, n * size, &offset))
		return -ENOENT;
	return read_at(fd, entry, size, offset);
}

int symbol_address(int fd, uint64_t offset, uint64_t *address)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	if (read_header(fd, &header) < 0 || header.e_phentsize != sizeof segment)
		return -ENOENT;
	for (size_t i = 0; i < MIN(header.e_phnum, SEGMENTS_MAX); i++) {
		if (read_entry(fd, header.e_phoff, i, &segment, sizeof segment) < 0)
			break;
		if (segment.p_type != PT_LOAD || offset < segment.p_offset ||
		    offset - segment.p_offset >= segment.p_filesz)
			continue;
		*address = segment.p_vaddr + (offset - segment.p_offset);
		return 0;
	}
	return -ENOENT;
}

int symbol_segment(int fd, uint32_t type, Elf64_Phdr *segment)
{
	Elf64_Ehdr header;
	if (read_header(fd, &header) < 0 || header.e_phentsize != sizeof *segment)
		return -ENOENT;
	for (size_t i = 0; i < MIN(header.e_phnum, SEGMENTS_MAX); i++) {
		if (read_entry(fd, header.e_phoff, i, segment, sizeof *segment) < 0)
			break;
		if (segment->p_type == type)
			return 0;
	}
	return -ENOENT;
}

/* A table of symbols and the section of their names. */
struct tables {
	Elf64_Shdr symbols, names;
};

static bool find_tables(int fd, const Elf64_Ehdr *header, uint32_t type, struct tables *t)
{
	size_t count = MIN(header->e_shnum, SECTIONS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (read_entry(fd, header->e_shoff, i, &t->symbols, sizeof t->symbols) < 0)
			return false;
		if (t->symbols.sh_type != type || t->symbols.sh_entsize != sizeof(Elf64_Sym) ||
		    t->symbols.sh_link >= count)
			continue;
		return read_entry(fd, header->e_shoff, t->symbols.sh_link, &t->names,
				  sizeof t->names) == 0;
	}
	return false;
}

static bool covers(const Elf64_Sym *s, uint64_t address)
{
	unsigned type = ELF64_ST_TYPE(s->st_info);
	return (type == STT_FUNC || type == STT_GNU_IFUNC) && s->st_shndx != SHN_UNDEF &&
	       address >= s->st_value && address - s->st_value < s->st_size;
}

/* The symbol that covers the address; of several, the one that begins last. */
static bool search(int fd, const struct tables *t, uint64_t address, Elf64_Sym *found)
{
	Elf64_Sym chunk[CHUNK];
	size_t count = MIN(t->symbols.sh_size / sizeof *chunk, SYMBOLS_MAX);
	bool any = false;
	for (size_t i = 0; i < count; i += CHUNK) {
		size_t n = MIN(count - i, CHUNK);
		uint64_t offset;
		if (__builtin_add_overflow(t->symbols.sh_offset, i * sizeof *chunk, &offset) ||
		    read_at(fd, chunk, n * sizeof *chunk, offset) < 0)
			break;
		for (size_t k = 0; k < n; k++)
			if (covers(&chunk[k], address) &&
			    (!any || chunk[k].st_value > found->st_value)) {
				*found = chunk[k];
				any = true;
			}
	}
	return any;
}

/* A name ends where it ends, or with its section or file, or when the buffer is full. */
static int read_name(int fd, const Elf64_Shdr *names, uint64_t index, char name[SYMBOL_SIZE])
{
	uint64_t offset;
	if (index >= names->sh_size || __builtin_add_overflow(names->sh_offset, index, &offset) ||
	    offset > INT64_MAX)
		return -ENOENT;
	size_t size = MIN(names->sh_size - index, SYMBOL_SIZE - 1);
	ssize_t n = pread(fd, name, size, (off_t)offset);
	name[MAX(n, 0)] = '\0';
	return name[0] ? 0 : -ENOENT;
}

int symbol_find(int fd, uint64_t address, char name[SYMBOL_SIZE], uint64_t *into)
{
	static const uint32_t types[] = {SHT_SYMTAB, SHT_DYNSYM};
	Elf64_Ehdr header;
	if (read_header(fd, &header) < 0 || header.e_shentsize != sizeof(Elf64_Shdr))
		return -ENOENT;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct tables t;
		Elf64_Sym symbol;
		if (!find_tables(fd, &header, types[i], &t) || !search(fd, &t, address, &symbol))
			continue;
		*into = address - symbol.st_value;
		return read_name(fd, &t.names, symbol.st_name, name);
	}
	return -ENOENT;
}
