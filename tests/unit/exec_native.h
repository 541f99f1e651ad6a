/*
 * Small ELF programs, and what the kernel that runs the tests makes of them. A program is executed
 * under ptrace and killed before its first instruction, so even nonsense can be tried.
 */
#ifndef CAPBOX_TESTS_UNIT_EXEC_NATIVE_H
#define CAPBOX_TESTS_UNIT_EXEC_NATIVE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SEGMENT_INTERP, SEGMENT_LOAD, SEGMENT_STACK, SEGMENTS };

struct elf_file {
	Elf64_Ehdr header;
	Elf64_Phdr segments[SEGMENTS];
	char interp[128];
	unsigned char code[16];
};

/* A position-independent program that does nothing; without an interpreter when interp is NULL. */
void elf_file_init(struct elf_file *f, const char *interp);

/* A directory of the test's own that others may enter; its path has room for a name. */
void test_directory(char path[64]);
void test_directory_remove(const char *path);

/* Writes an executable file. */
void write_program(const char *path, const void *data, size_t size);

/*
 * Executes path: 0 when the kernel commits to it, or the negative errno of execve. In the child,
 * before(arg) is called first; when the exec has succeeded, after(arg, pid) sees the stopped
 * process. Both may be NULL. -EPROTO when before() returned false.
 */
struct exec_hooks {
	bool (*before)(void *arg);
	void (*after)(void *arg, pid_t pid);
	void *arg;
};
int exec_native(const char *path, const struct exec_hooks *hooks);

#endif
