/* Names for addresses: of this program, and of files that are damaged in every byte of their
 * tables. */
#include "platform/symbols.h"

#include "lib/cleanup.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

extern const char __executable_start[];

int symbols_subject(int n);
__attribute__((noinline)) int symbols_subject(int n)
{
	return n * 3 + 1;
}

static uint64_t subject_address(void)
{
	return (uint64_t)((const char *)symbols_subject - __executable_start);
}

static int open_self(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	cr_assert(fd >= 0);
	return fd;
}

Test(symbols, finds_a_function)
{
	_cleanup_close_ int fd = open_self();
	char name[SYMBOL_SIZE];
	uint64_t into;
	cr_assert_eq(symbol_find(fd, subject_address() + 1, name, &into), 0);
	cr_assert_str_eq(name, "symbols_subject");
	cr_assert_eq(into, 1);
}

Test(symbols, knows_no_function_where_there_is_none)
{
	_cleanup_close_ int fd = open_self();
	char name[SYMBOL_SIZE];
	uint64_t into;
	cr_assert_eq(symbol_find(fd, 0, name, &into), -ENOENT);
	cr_assert_eq(symbol_find(fd, UINT64_MAX, name, &into), -ENOENT);
}

Test(symbols, translates_offsets_of_the_file)
{
	_cleanup_close_ int fd = open_self();
	Elf64_Phdr segment;
	uint64_t address;
	cr_assert_eq(symbol_segment(fd, PT_GNU_EH_FRAME, &segment), 0);
	cr_assert_eq(symbol_address(fd, segment.p_offset, &address), 0);
	cr_assert_eq(address, segment.p_vaddr);
	cr_assert_eq(symbol_address(fd, UINT64_MAX, &address), -ENOENT);
	cr_assert_eq(symbol_segment(fd, PT_SHLIB, &segment), -ENOENT);
}

/* A stripped library has the names that it exports. */
Test(symbols, of_a_stripped_library)
{
	Dl_info info;
	cr_assert(dladdr((void *)strtoull, &info));
	_cleanup_close_ int fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	char name[SYMBOL_SIZE];
	uint64_t into;
	uint64_t address = (uint64_t)((const char *)info.dli_saddr - (const char *)info.dli_fbase);
	cr_assert_eq(symbol_find(fd, address, name, &into), 0);
	cr_assert_eq(into, 0);
}

/* A program of nothing but headers, one section of symbols and one of names. */
struct tiny {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Shdr sections[2];
	Elf64_Sym symbol;
	char names[8];
};

static const struct tiny tiny = {
    .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
	       .e_phoff = offsetof(struct tiny, segment),
	       .e_phentsize = sizeof(Elf64_Phdr),
	       .e_phnum = 1,
	       .e_shoff = offsetof(struct tiny, sections),
	       .e_shentsize = sizeof(Elf64_Shdr),
	       .e_shnum = 2},
    .segment = {.p_type = PT_LOAD, .p_vaddr = 0x1000, .p_filesz = sizeof(struct tiny)},
    .sections = {{.sh_type = SHT_SYMTAB,
		  .sh_offset = offsetof(struct tiny, symbol),
		  .sh_size = sizeof(Elf64_Sym),
		  .sh_entsize = sizeof(Elf64_Sym),
		  .sh_link = 1},
		 {.sh_type = SHT_STRTAB, .sh_offset = offsetof(struct tiny, names), .sh_size = 8}},
    .symbol = {.st_name = 1,
	       .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
	       .st_shndx = 1,
	       .st_value = 0x1000,
	       .st_size = 16},
    .names = "\0subject", /* its end is the section's */
};

Test(symbols, survives_damage)
{
	_cleanup_close_ int fd = memfd_create("tiny", MFD_CLOEXEC);
	char name[SYMBOL_SIZE];
	uint64_t into, address;
	Elf64_Phdr segment;
	cr_assert_eq(pwrite(fd, &tiny, sizeof tiny, 0), (ssize_t)sizeof tiny);
	cr_assert_eq(symbol_find(fd, 0x1004, name, &into), 0);
	cr_assert_str_eq(name, "subject");
	for (size_t i = 0; i < sizeof tiny; i++)
		for (int value = 0; value < 256; value += 0x0f) {
			struct tiny damaged = tiny;
			((unsigned char *)&damaged)[i] = (unsigned char)value;
			cr_assert_eq(pwrite(fd, &damaged, sizeof damaged, 0),
				     (ssize_t)sizeof damaged);
			symbol_find(fd, 0x1004, name, &into);
			symbol_address(fd, 0x10, &address);
			symbol_segment(fd, PT_LOAD, &segment);
		}
	for (size_t size = 0; size < sizeof tiny; size++) {
		cr_assert_eq(ftruncate(fd, (off_t)size), 0);
		symbol_find(fd, 0x1004, name, &into);
	}
}
