/*
 * What the loader and the sentry say to each other. The loader is the program that every guest exec
 * really executes; its first act is the call LOADER_SYSCALL, which the sentry answers by granting
 * the program and its ELF interpreter as descriptors and filling in this structure. The call is
 * answered once per exec: later or forged calls get ENOSYS. Its value is the descriptor that was
 * granted last.
 *
 *   syscall(LOADER_SYSCALL, struct loader_info *info, sizeof *info)
 *     ->  the interpreter if has_interp, else the program; or a negative errno
 */
#ifndef CAPBOX_PLATFORM_LOADER_PROTOCOL_H
#define CAPBOX_PLATFORM_LOADER_PROTOCOL_H

#include <stdint.h>

#define LOADER_SYSCALL 1000 /* outside Linux's numbers, in neither x32's range */

#define LOADER_TEXT_MAX 8192 /* strings of up to five `#!` lines, the execfn, and their NULs */
#define LOADER_PREFIX_MAX 12

struct loader_info {
	int32_t program_fd;  /* the ELF program, if has_interp. The loader closes both         */
	uint32_t has_interp; /* 1: the program has a PT_INTERP                                 */
	uint32_t uid, euid, gid, egid; /* for AT_UID ... AT_EGID                              */
	uint32_t undumpable; /* 1: PR_SET_DUMPABLE 0, for a program that gained privilege */
	uint32_t secure;    /* for AT_SECURE                                                  */
	uint32_t fixed;	    /* 1: addresses are not chosen at random, ADDR_NO_RANDOMIZE   */
	uint32_t execstack; /* 1: the program's PT_GNU_STACK asks for an executable stack     */
	char comm[16];	    /* the thread's new name                                          */

	/* Scripts: argv[0] of the call is replaced by `prefix_count` strings (interpreter, its one
	 * optional argument, script path; nested scripts contribute more). 0: argv stays as it is. */
	uint32_t prefix_count;
	uint32_t prefix[LOADER_PREFIX_MAX]; /* offsets into text */
	uint32_t execfn;		    /* offset into text, for AT_EXECFN */
	uint32_t text_size;
	char text[LOADER_TEXT_MAX];
};

#endif
