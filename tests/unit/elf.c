/*
 * Program files: every verdict of image_read() and image_check_interp() is compared with what the
 * kernel says to the same file.
 */
#include "platform/elf.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "tests/unit/exec_native.h"

static char directory[64], program[80], interpreter[80];

static void setup(void)
{
	test_directory(directory);
	snprintf(program, sizeof program, "%s/program", directory);
	snprintf(interpreter, sizeof interpreter, "%s/ld", directory);
	struct elf_file ld;
	elf_file_init(&ld, NULL);
	write_program(interpreter, &ld, sizeof ld);
}

static void teardown(void)
{
	test_directory_remove(directory);
}

TestSuite(elf, .init = setup, .fini = teardown);

static int open_program(const char *path)
{
	struct stat st;
	/* As execve opens: an empty name is the working directory. */
	if (path[0] == '\0')
		return -EACCES;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		close(fd);
		return -EACCES;
	}
	return fd;
}

/* What an exec of path would say by the functions under test. */
static int verdict(const char *path)
{
	static struct image image;
	snprintf(image.interp, sizeof image.interp, "%s", path);
	for (int depth = 0; depth <= 5; depth++) {
		_cleanup_close_ int fd = open_program(image.interp);
		int r = fd < 0 ? fd : image_read(fd, &image);
		if (r < 0)
			return r;
		if (image.kind == IMAGE_SCRIPT)
			continue;
		if (!image.has_interp)
			return 0;
		_cleanup_close_ int interp = open_program(image.interp);
		return interp < 0 ? interp : image_check_interp(interp);
	}
	return -ELOOP;
}

static void check_file(const void *data, size_t size, const char *what)
{
	write_program(program, data, size);
	int ours = verdict(program), native = exec_native(program, NULL);
	cr_assert_eq(ours, native, "%s: %s here, %s by the kernel", what, strerror(-ours),
		     strerror(-native));
}

static void check_elf(const struct elf_file *f, int expected, const char *what)
{
	check_file(f, sizeof *f, what);
	int r = verdict(program);
	cr_assert_eq(r, expected, "%s: %s", what, strerror(-r));
}

Test(elf, facts_of_a_program)
{
	struct elf_file f;
	struct image image;
	elf_file_init(&f, "/some/ld.so");
	f.segments[SEGMENT_STACK].p_flags = PF_R | PF_W | PF_X;
	write_program(program, &f, sizeof f);
	_cleanup_close_ int fd = open_program(program);
	cr_assert_eq(image_read(fd, &image), 0);
	cr_assert_eq(image.kind, IMAGE_ELF);
	cr_assert(image.has_interp && image.execstack && !image.has_argument);
	cr_assert_str_eq(image.interp, "/some/ld.so");

	f.segments[SEGMENT_STACK].p_type = PT_NULL;
	f.segments[SEGMENT_INTERP].p_type = PT_NULL;
	write_program(program, &f, sizeof f);
	_cleanup_close_ int again = open_program(program);
	cr_assert_eq(image_read(again, &image), 0);
	cr_assert(!image.has_interp && !image.execstack);
}

Test(elf, headers)
{
	struct elf_file good, f;
	elf_file_init(&good, interpreter);
	check_elf(&good, 0, "a good program");
#define TRY(field, value, expected)                                                                \
	do {                                                                                       \
		f = good;                                                                          \
		f.field = value;                                                                   \
		check_elf(&f, expected, #field " = " #value);                                      \
	} while (0)
	TRY(header.e_ident[0], 0x7e, -ENOEXEC);
	TRY(header.e_ident[3], 'f', -ENOEXEC);
	TRY(header.e_ident[EI_CLASS], ELFCLASS32, 0);
	TRY(header.e_ident[EI_DATA], ELFDATA2MSB, 0);
	TRY(header.e_version, 77, 0);
	TRY(header.e_type, ET_EXEC, 0);
	TRY(header.e_type, ET_REL, -ENOEXEC);
	TRY(header.e_type, ET_CORE, -ENOEXEC);
	TRY(header.e_type, 0, -ENOEXEC);
	TRY(header.e_machine, EM_AARCH64, -ENOEXEC);
	TRY(header.e_machine, EM_386, -ENOEXEC); /* with 64-bit headers the kernel agrees */
	TRY(header.e_machine, 0, -ENOEXEC);
	TRY(header.e_phentsize, 55, -ENOEXEC);
	TRY(header.e_phentsize, 32, -ENOEXEC);
	TRY(header.e_phentsize, 0, -ENOEXEC);
	TRY(header.e_phnum, 0, -ENOEXEC);
	TRY(header.e_phnum, 65535, -ENOEXEC);
	TRY(header.e_phoff, sizeof f, -ENOEXEC);
	TRY(header.e_phoff, sizeof f - 56, -ENOEXEC);
	TRY(header.e_phoff, UINT64_MAX, -ENOEXEC);
	TRY(header.e_phoff, INT64_MAX, -ENOEXEC);
	TRY(header.e_phoff, (uint64_t)INT64_MAX + 1, -ENOEXEC);
	TRY(header.e_phoff, 1ul << 40, -ENOEXEC);
	TRY(header.e_entry, UINT64_MAX, 0);
	TRY(segments[SEGMENT_LOAD].p_vaddr, UINT64_MAX, 0);
	TRY(segments[SEGMENT_LOAD].p_filesz, UINT64_MAX, 0);
	TRY(segments[SEGMENT_LOAD].p_type, PT_NULL, 0);
#undef TRY
}

Test(elf, interpreters)
{
	struct elf_file good, f;
	elf_file_init(&good, interpreter);
#define TRY(field, value, expected)                                                                \
	do {                                                                                       \
		f = good;                                                                          \
		f.segments[SEGMENT_INTERP].field = value;                                          \
		check_elf(&f, expected, #field " = " #value);                                      \
	} while (0)
	TRY(p_filesz, 0, -ENOEXEC);
	TRY(p_filesz, 1, -ENOEXEC);
	TRY(p_filesz, 4, -ENOEXEC);
	TRY(p_filesz, strlen(interpreter), -ENOEXEC);
	TRY(p_filesz, 4096, -EIO);
	TRY(p_filesz, 4097, -ENOEXEC);
	TRY(p_filesz, UINT64_MAX, -ENOEXEC);
	TRY(p_offset, sizeof good, -EIO);
	TRY(p_offset, sizeof good - 1, -EIO);
	TRY(p_offset, UINT64_MAX, -EINVAL);
	TRY(p_offset, INT64_MAX, -EINVAL);
	TRY(p_offset, 1ul << 45, -EIO);
#undef TRY
	const char *names[] = {"",     "/",	   "ld", "/nonexistent/ld.so", "/etc/passwd",
			       "/etc", "/dev/null"};
	const int errors[] = {-EACCES, -EACCES, -ENOENT, -ENOENT, -EACCES, -EACCES, -EACCES};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		f = good;
		memset(f.interp, 0, sizeof f.interp);
		strcpy(f.interp, names[i]);
		check_elf(&f, errors[i], names[i]);
	}
}

Test(elf, interpreter_files)
{
	struct elf_file f, good, ld;
	elf_file_init(&f, interpreter);
	elf_file_init(&good, NULL);
#define TRY(size, expected)                                                                        \
	write_program(interpreter, &ld, size);                                                     \
	check_elf(&f, expected, "an interpreter, line " #expected)
	ld = good;
	TRY(0, -EIO);
	TRY(63, -EIO);
	TRY(64, -ELIBBAD);
	TRY(sizeof ld, 0);
	memcpy(&ld, "#!/bin/sh\n", 10);
	TRY(sizeof ld, -ELIBBAD);
	ld = good;
	ld.header.e_machine = EM_386;
	TRY(sizeof ld, -ELIBBAD);
	ld = good;
	ld.header.e_phnum = 0;
	TRY(sizeof ld, -ELIBBAD);
	ld = good;
	ld.header.e_phentsize = 1;
	TRY(sizeof ld, -ELIBBAD);
	/* Linux minds the type only when it is too late. */
	ld = good;
	ld.header.e_type = ET_REL;
	TRY(sizeof ld, 0);
#undef TRY
}

Test(elf, size_of_the_header_table)
{
	/* 1170 program headers are 65520 bytes, 1171 are 65576. Not compared with the kernel: older
	 * ones stop at a page. */
	enum { MOST = 1170 };
	static struct {
		struct elf_file f;
		Elf64_Phdr more[MOST];
	} big;
	elf_file_init(&big.f, NULL);
	big.f.header.e_phoff = offsetof(__typeof__(big), more);
	memcpy(big.more, big.f.segments, sizeof big.f.segments);
	for (unsigned n = MOST - 1; n <= MOST + 1; n++) {
		big.f.header.e_phnum = (Elf64_Half)n;
		write_program(program, &big, sizeof big);
		cr_assert_eq(verdict(program), n <= MOST ? 0 : -ENOEXEC);
	}
}

Test(elf, files_of_every_length)
{
	struct elf_file f;
	elf_file_init(&f, interpreter);
	for (size_t size = 0; size <= sizeof f; size += 7) {
		char what[40];
		snprintf(what, sizeof what, "%zu bytes", size);
		check_file(&f, size, what);
	}
}

static uint64_t random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static void mutate(unsigned char *bytes, size_t *size, uint64_t *random)
{
	static const uint64_t values[] = {
	    0, 1, 2, 4095, 4096, 4097, 65535, 65536, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX};
	size_t headers = offsetof(struct elf_file, interp);
	uint64_t value = values[random_next(random) % ARRAY_SIZE(values)];
	switch (random_next(random) % 8) {
	case 0:
		*size = random_next(random) % (sizeof(struct elf_file) + 1);
		break;
	case 1:
	case 2: /* a whole number among the headers */
		memcpy(bytes + random_next(random) % (headers / 8) * 8, &value, 8);
		break;
	case 3: /* a half one */
		memcpy(bytes + random_next(random) % (headers / 2) * 2, &value, 2);
		break;
	case 4: /* a bit */
		bytes[random_next(random) % *size] ^=
		    (unsigned char)(1u << random_next(random) % 8);
		break;
	default:
		bytes[random_next(random) % headers] = (unsigned char)random_next(random);
	}
	if (*size == 0)
		*size = 1;
}

Test(elf, mutated_programs, .timeout = 120)
{
	struct elf_file good;
	union {
		struct elf_file f;
		unsigned char bytes[sizeof(struct elf_file)];
	} m;
	elf_file_init(&good, interpreter);
	uint64_t random = 1;
	for (int i = 0; i < 400; i++) {
		char what[40];
		size_t size = sizeof m;
		m.f = good;
		for (uint64_t n = 1 + random_next(&random) % 3; n; n--)
			mutate(m.bytes, &size, &random);
		snprintf(what, sizeof what, "mutation %d", i);
		check_file(m.bytes, size, what);
	}
}

Test(elf, mutated_interpreters, .timeout = 120)
{
	struct elf_file f, good;
	union {
		struct elf_file f;
		unsigned char bytes[sizeof(struct elf_file)];
	} m;
	elf_file_init(&f, interpreter);
	elf_file_init(&good, NULL);
	uint64_t random = 2;
	for (int i = 0; i < 200; i++) {
		char what[40];
		size_t size = sizeof m;
		m.f = good;
		for (uint64_t n = 1 + random_next(&random) % 3; n; n--)
			mutate(m.bytes, &size, &random);
		write_program(interpreter, m.bytes, size);
		snprintf(what, sizeof what, "interpreter mutation %d", i);
		check_file(&f, sizeof f, what);
	}
}

/* Reads a script of `size` bytes and checks the verdict with the kernel's. */
static int read_script(const char *text, size_t size, struct image *image)
{
	check_file(text, size, text);
	_cleanup_close_ int fd = open_program(program);
	return image_read(fd, image);
}

Test(elf, script_lines)
{
	static const struct {
		const char *text, *interp, *argument;
	} good[] = {
	    {"#!/bin/sh\n", "/bin/sh", NULL},
	    {"#!/bin/sh", "/bin/sh", NULL},
	    {"#! \t /bin/sh \t \n", "/bin/sh", NULL},
	    {"#!/bin/sh -e\n", "/bin/sh", "-e"},
	    {"#!/bin/sh -e", "/bin/sh", "-e"},
	    {"#!/bin/sh \t a  b\t c \t\nmore", "/bin/sh", "a  b\t c"},
	    {"#!/bin/sh ", "/bin/sh", ""}, /* the padding that Linux reads is an argument */
	    {"#!/bin/sh\r\n", "/bin/sh\r", NULL},
	    {"#!relative x\n", "relative", "x"},
	};
	struct image image;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		const char *text = good[i].text;
		cr_assert_eq(read_script(text, strlen(text), &image), 0, "%s", text);
		cr_assert(image.kind == IMAGE_SCRIPT && image.has_interp, "%s", text);
		cr_assert_str_eq(image.interp, good[i].interp, "%s", text);
		cr_assert_eq(image.has_argument, good[i].argument != NULL, "%s", text);
		if (image.has_argument)
			cr_assert_str_eq(image.argument, good[i].argument, "%s", text);
	}
	static const struct {
		const char *text;
		size_t size;
		int error;
	} bad[] = {{"#", 1, -ENOEXEC},
		   {"#!\n", 3, -ENOEXEC},
		   {"#! \t \n", 6, -ENOEXEC},
		   {"#!", 2, -EACCES},
		   {"#!  ", 4, -EACCES},
		   {"#!\0\n", 4, -EACCES},
		   {"# /bin/sh\n", 10, -ENOEXEC},
		   {"", 0, -ENOEXEC},
		   {"text\n", 5, -ENOEXEC}};
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_eq(read_script(bad[i].text, bad[i].size, &image), bad[i].error, "bad %zu",
			     i);
}

Test(elf, long_script_lines)
{
	struct image image;
	char text[600];
	/* An interpreter whose name ends within 256 bytes is good, one that may go on is not. */
	for (size_t length = 240; length < 262; length++) {
		static const char *const ends[] = {"",	  "\n",		 " ",
						   " \n", " argument\n", "\targument"};
		for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
			memset(text, '/', sizeof text);
			memcpy(text, "#!", 2);
			memcpy(text + length - 7, "/bin/sh", 7);
			strcpy(text + length, ends[i]);
			read_script(text, strlen(text), &image);
		}
	}
	memset(text, 'x', sizeof text);
	memcpy(text, "#!/bin/sh ", 10);
	cr_assert_eq(read_script(text, sizeof text, &image), 0);
	cr_assert_eq(strlen(image.argument), 255 - 10);
	memset(text, ' ', sizeof text);
	memcpy(text, "#!", 2);
	cr_assert_eq(read_script(text, sizeof text, &image), -ENOEXEC);
}

Test(elf, mutated_scripts, .timeout = 120)
{
	static const char alphabet[] = {' ', '\t', '\n', '\0', '/', 'a'};
	uint64_t random = 3;
	struct image image;
	for (int i = 0; i < 200; i++) {
		char text[300] = "#!/bin/sh -a -b\n";
		size_t size = random_next(&random) % 2 ? 16 : sizeof text;
		if (size > 16)
			memset(text + 16, ' ', size - 16);
		for (uint64_t n = random_next(&random) % 6; n; n--)
			text[2 + random_next(&random) % (size - 2)] =
			    alphabet[random_next(&random) % sizeof alphabet];
		read_script(text, size, &image);
	}
}

/* How the interpreter of a script saw its argv: the kernel's word on read_script(). */
Test(elf, script_arguments_reach_the_interpreter)
{
	struct image image;
	char script[200], line[64] = "";
	int n = snprintf(script, sizeof script, "#!/bin/echo  one  two \n");
	cr_assert_eq(read_script(script, (size_t)n, &image), 0);
	FILE *out = popen(program, "r");
	cr_assert_not_null(out);
	cr_assert_not_null(fgets(line, sizeof line, out));
	pclose(out);
	char expected[400];
	snprintf(expected, sizeof expected, "%s %s\n", image.argument, program);
	cr_assert_str_eq(line, expected);
}
