#include "tests/unit/exec_native.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/io.h"

void elf_file_init(struct elf_file *f, const char *interp)
{
	static const unsigned char code[] = {0x31, 0xff, 0xb8, 231, 0, 0, 0, 0x0f, 0x05};
	*f = (struct elf_file){
	    .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		       .e_type = ET_DYN,
		       .e_machine = EM_X86_64,
		       .e_version = EV_CURRENT,
		       .e_entry = offsetof(struct elf_file, code),
		       .e_phoff = offsetof(struct elf_file, segments),
		       .e_ehsize = sizeof(Elf64_Ehdr),
		       .e_phentsize = sizeof(Elf64_Phdr),
		       .e_phnum = SEGMENTS},
	    .segments = {[SEGMENT_INTERP] = {.p_type = interp ? PT_INTERP : PT_NULL,
					     .p_offset = offsetof(struct elf_file, interp),
					     .p_filesz = interp ? strlen(interp) + 1 : 0},
			 [SEGMENT_LOAD] = {.p_type = PT_LOAD,
					   .p_flags = PF_R | PF_X,
					   .p_filesz = sizeof *f,
					   .p_memsz = sizeof *f,
					   .p_align = 4096},
			 [SEGMENT_STACK] = {.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W}}};
	if (interp)
		snprintf(f->interp, sizeof f->interp, "%s", interp);
	memcpy(f->code, code, sizeof code);
}

void test_directory(char path[64])
{
	strcpy(path, "/tmp/capbox-unit-XXXXXX");
	cr_assert_not_null(mkdtemp(path));
	cr_assert_eq(chmod(path, 0755), 0);
}

void test_directory_remove(const char *path)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", path);
	cr_assert_eq(system(command), 0);
}

void write_program(const char *path, const void *data, size_t size)
{
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	cr_assert_geq(fd, 0);
	cr_assert_eq(write_all(fd, data, size), 0);
	close(fd);
}

static void child(const char *path, const struct exec_hooks *hooks, int report)
{
	int error = 0;
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 || raise(SIGSTOP) != 0)
		error = EPROTO;
	else if (hooks && hooks->before && !hooks->before(hooks->arg))
		error = EPROTO;
	if (!error) {
		execve(path, (char *[]){(char *)path, NULL}, (char *[]){NULL});
		error = errno;
	}
	_exit(write(report, &error, sizeof error) == sizeof error ? 0 : 1);
}

int exec_native(const char *path, const struct exec_hooks *hooks)
{
	int report[2], status, error = 0;
	cr_assert_eq(pipe2(report, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0)
		child(path, hooks, report[1]);
	close(report[1]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	cr_assert_eq(ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL), 0);
	cr_assert_eq(ptrace(PTRACE_CONT, pid, 0, 0), 0);
	/* A stop is the exec, or a signal that came instead; death means that the kernel could not
	 * go back any more. */
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	if (WIFSTOPPED(status)) {
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8) && hooks && hooks->after)
			hooks->after(hooks->arg, pid);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	ssize_t n = read(report[0], &error, sizeof error);
	close(report[0]);
	return n == sizeof error ? -error : 0;
}
