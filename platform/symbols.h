/*
 * Names for addresses: which function of an ELF file covers one. Reads the file with pread(2)
 * alone, into buffers on its stack (some 5 KiB), so that it serves a signal handler as well as
 * files that nobody vouches for: every number in the file is checked, and damage only means that
 * there is no name.
 */
#ifndef CAPBOX_PLATFORM_SYMBOLS_H
#define CAPBOX_PLATFORM_SYMBOLS_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOL_SIZE 256u /* of a name's buffer */

/* The address, as the file counts, of a byte at this offset in it; -ENOENT when no segment loads
 * it. */
int symbol_address(int fd, uint64_t offset, uint64_t *address);

/* The program header of this type that comes first; -ENOENT without one. */
int symbol_segment(int fd, uint32_t type, Elf64_Phdr *segment);

/*
 * The function that covers the address, from .symtab or, of a stripped file, .dynsym. Its name, cut
 * at SYMBOL_SIZE - 1 bytes, and how far into it the address is; -ENOENT when there is none.
 */
int symbol_find(int fd, uint64_t address, char name[SYMBOL_SIZE], uint64_t *into);

#endif
