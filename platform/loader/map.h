/* Maps an ELF file as Linux's binfmt_elf does. */
#ifndef CAPBOX_PLATFORM_LOADER_MAP_H
#define CAPBOX_PLATFORM_LOADER_MAP_H

#include <stdbool.h>
#include <stdint.h>

enum map_role {
	MAP_PROGRAM,	/* has an interpreter: position-independent ones get a place of their own */
	MAP_STANDALONE, /* has none: position-independent ones go among the libraries */
	MAP_INTERPRETER,
};

/* Run-time addresses. */
struct mapped {
	bool fixed; /* ET_EXEC */
	uint64_t bias, entry, phdr, phnum;
	uint64_t start_code, end_code, start_data, end_data, bss_end;
};

/* `random` decides where a MAP_PROGRAM goes. Dies when the file cannot be mapped. Closes fd. */
void map_elf(int fd, enum map_role role, uint64_t random, struct mapped *m);

#endif
