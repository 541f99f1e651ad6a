/*
 * What execve(2) must know of a program file before it commits: ELF header, program headers,
 * PT_INTERP, `#!` lines. Reads the file once, bounds everything, and answers with the errno that
 * Linux's binfmt_elf and binfmt_script give (ENOEXEC, ELIBBAD, EINVAL, EIO, ...).
 */
#ifndef CAPBOX_PLATFORM_ELF_H
#define CAPBOX_PLATFORM_ELF_H

#include <limits.h>
#include <stdbool.h>

enum image_kind { IMAGE_ELF, IMAGE_SCRIPT };

struct image {
	enum image_kind kind;
	bool has_interp;
	bool execstack;		/* PT_GNU_STACK with PF_X; without one the stack is not executable */
	char interp[PATH_MAX];	/* PT_INTERP of an ELF, the interpreter of a script */
	bool has_argument;
	char argument[256];	/* the one optional argument of a `#!` line, as Linux cuts it */
};

/* Reads the head of a program. 0, or the negative errno of execve. -EACCES is Linux's answer to an
 * interpreter with an empty name. */
int image_read(int fd, struct image *image);

/* Checks that fd is an ELF interpreter (ld.so) that can be mapped: 0, -ELIBBAD, -EIO, ... */
int image_check_interp(int fd);

#endif
