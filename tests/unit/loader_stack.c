/* What the loader makes of the stack: argv of scripts, auxiliary vector, alignment, order. */
#include "platform/loader/stack.c"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM "0123456789abcdef"

/* A stack as the kernel leaves it, growing down from its end. */
static struct {
	char room[STACK_GROWTH_MAX + 4096];
	char bytes[1 << 16];
} memory __attribute__((aligned(16)));

static char *top;

static char *push_bytes(const void *data, size_t size)
{
	top -= size;
	memcpy(top, data, size);
	return top;
}

static char *push_string(const char *s)
{
	return push_bytes(s, strlen(s) + 1);
}

/* Builds a block; strings end with NULL. odd: padding, which decides about alignment. */
static uint64_t *build(const char *const *argv, const char *const *envp, size_t odd)
{
	uint64_t pointers[200];
	size_t n = 1, argc = 0, envc = 0;
	while (argv[argc])
		argc++;
	while (envp[envc])
		envc++;
	memset(&memory, 0xee, sizeof memory);
	top = memory.bytes + sizeof memory.bytes;
	char *execfn = push_string("/dev/fd/3");
	for (size_t i = envc; i-- > 0;)
		pointers[2 + argc + i] = (uint64_t)push_string(envp[i]);
	for (size_t i = argc; i-- > 0;)
		pointers[1 + i] = (uint64_t)push_string(argv[i]);
	top -= odd;
	uint64_t platform = (uint64_t)push_string("x86_64");
	uint64_t random = (uint64_t)push_bytes(RANDOM, 16);
	top = (char *)((uint64_t)top & ~15ul);
	pointers[0] = argc;
	pointers[1 + argc] = 0;
	pointers[2 + argc + envc] = 0;
	n = 3 + argc + envc;
	const uint64_t auxv[] = {AT_SYSINFO_EHDR, 0x7ff0,   AT_PHDR,   1,
				 AT_PHENT,	  1,	    AT_PHNUM,  1,
				 AT_BASE,	  1,	    AT_ENTRY,  1,
				 AT_UID,	  1,	    AT_EUID,   1,
				 AT_GID,	  1,	    AT_EGID,   1,
				 AT_SECURE,	  9,	    AT_RANDOM, random,
				 AT_HWCAP2,	  2,	    AT_EXECFN, (uint64_t)execfn,
				 AT_PLATFORM,	  platform, AT_NULL,   0};
	memcpy(pointers + n, auxv, sizeof auxv);
	n += sizeof auxv / 8;
	top -= n * 8;
	top = (char *)((uint64_t)top & ~15ul);
	memcpy(top, pointers, n * 8);
	return (uint64_t *)top;
}

static struct loader_info *make_info(const char *execfn, const char *const *prefix)
{
	struct loader_info *info = calloc(1, sizeof *info);
	info->uid = 11;
	info->euid = 12;
	info->gid = 13;
	info->egid = 14;
	info->secure = 1;
	strcpy(info->text, execfn);
	info->text_size = (uint32_t)strlen(execfn) + 1;
	for (; prefix[info->prefix_count]; info->prefix_count++) {
		info->prefix[info->prefix_count] = info->text_size;
		strcpy(info->text + info->text_size, prefix[info->prefix_count]);
		info->text_size += (uint32_t)strlen(prefix[info->prefix_count]) + 1;
	}
	return info;
}

static uint64_t aux(const uint64_t *auxv, uint64_t type)
{
	for (; auxv[0] != AT_NULL; auxv += 2)
		if (auxv[0] == type)
			return auxv[1];
	cr_assert_fail("no entry %lu", (unsigned long)type);
	return 0;
}

static void check_auxv(const struct stack *s, const char *execfn)
{
	static const uint64_t expected[][2] = {{AT_SYSINFO_EHDR, 0x7ff0},
					       {AT_PHDR, 0x1000},
					       {AT_PHENT, 56},
					       {AT_PHNUM, 13},
					       {AT_BASE, 0x3000},
					       {AT_ENTRY, 0x2000},
					       {AT_UID, 11},
					       {AT_EUID, 12},
					       {AT_GID, 13},
					       {AT_EGID, 14},
					       {AT_SECURE, 1},
					       {AT_HWCAP2, 2}};
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
		cr_assert_eq(aux(s->auxv, expected[i][0]), expected[i][1], "entry %lu",
			     (unsigned long)expected[i][0]);
	cr_assert_arr_eq((char *)aux(s->auxv, AT_RANDOM), RANDOM, 16);
	cr_assert_str_eq((char *)aux(s->auxv, AT_PLATFORM), "x86_64");
	cr_assert_str_eq((char *)aux(s->auxv, AT_EXECFN), execfn);
	cr_assert_eq(s->auxv_size, 16 * 16);
}

/* The strings must be in their order, without gaps, and end where the next kind begins. */
static const uint64_t *check_strings(const uint64_t *pointers, const char *const *expected,
				     uint64_t start, uint64_t end)
{
	for (; *expected; expected++, pointers++) {
		cr_assert_eq(*pointers, start);
		cr_assert_str_eq((const char *)*pointers, *expected);
		start += strlen(*expected) + 1;
	}
	cr_assert_eq(start, end);
	cr_assert_eq(*pointers, 0);
	return pointers + 1;
}

static void check(const char *const *argv, const char *const *envp, const char *const *prefix,
		  const char *const *expected, const char *execfn)
{
	static const struct stack_image image = {0x1000, 13, 0x2000, 0x3000};
	for (size_t odd = 0; odd < 40; odd++) {
		uint64_t *sp = build(argv, envp, odd);
		struct loader_info *info = make_info(execfn, prefix);
		struct stack s;
		cr_assert(stack_rebuild(sp, info, &image, &s));
		cr_assert_eq((uint64_t)s.sp % 16, 0);
		cr_assert_leq((uint64_t)s.sp, (uint64_t)sp);
		cr_assert_leq((char *)sp - (char *)s.sp, STACK_GROWTH_MAX);
		cr_assert_eq((unsigned char)((char *)s.sp)[-1], 0xee, "written below the block");
		size_t argc = 0;
		while (expected[argc])
			argc++;
		cr_assert_eq(s.sp[0], argc);
		const uint64_t *p = check_strings(s.sp + 1, expected, s.arg_start, s.arg_end);
		p = check_strings(p, envp, s.env_start, s.env_end);
		cr_assert_eq((uint64_t)p, (uint64_t)s.auxv);
		check_auxv(&s, execfn);
		free(info);
	}
}

#define LIST(...)                                                                                  \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__ __VA_OPT__(, ) NULL                                                    \
	}

Test(loader_stack, program)
{
	check(LIST("a", "bb", ""), LIST("X=1", "YY=22"), LIST(), LIST("a", "bb", ""), "/bin/a");
	check(LIST(""), LIST(), LIST(), LIST(""), "x");
	check(LIST("a"), LIST("", ""), LIST(), LIST("a"), "");
}

Test(loader_stack, script)
{
	check(LIST("s", "x", "y"), LIST("A=1"), LIST("/bin/sh", "/tmp/s"),
	      LIST("/bin/sh", "/tmp/s", "x", "y"), "/tmp/s");
	check(LIST("s"), LIST(), LIST("/bin/sh", "-e", "/tmp/s"), LIST("/bin/sh", "-e", "/tmp/s"),
	      "/tmp/s");
	check(LIST("s", ""), LIST(""), LIST("/bin/sh", "", "s"), LIST("/bin/sh", "", "s", ""), "s");
	/* nested */
	check(LIST("s", "x"), LIST("A=1", "B=2"),
	      LIST("/bin/sh", "-a", "/1", "-b", "/2", "-c", "/3", "-d", "/4", "-e", "/5"),
	      LIST("/bin/sh", "-a", "/1", "-b", "/2", "-c", "/3", "-d", "/4", "-e", "/5", "x"),
	      "/5");
}

Test(loader_stack, no_arguments)
{
	/* Linux puts an empty argv[0] there since 5.18; before, there was none. */
	check(LIST(), LIST("A=1"), LIST("/bin/sh", "s"), LIST("/bin/sh", "s"), "s");
	check(LIST(), LIST(), LIST(), LIST(), "s");
}

Test(loader_stack, long_argument_zero)
{
	static char longest[4096];
	memset(longest, 'a', sizeof longest - 1);
	/* what replaces it is shorter, so strings move up while the rest stays */
	check(LIST(longest, "x"), LIST("A=1"), LIST("i", "s"), LIST("i", "s", "x"), "s");
	check(LIST(longest, "x"), LIST("A=1"), LIST(), LIST(longest, "x"), "s");
	check(LIST("s", longest), LIST(longest), LIST("i", "s"), LIST("i", "s", longest), "s");
}

Test(loader_stack, longest_paths)
{
	static char path[3900];
	memset(path, 'p', sizeof path - 1);
	check(LIST("s", "x"), LIST("A=1"), LIST("/bin/sh", "-e", path),
	      LIST("/bin/sh", "-e", path, "x"), path);
}

Test(loader_stack, refuses_what_does_not_fit)
{
	static const struct stack_image image;
	static char path[4000];
	memset(path, 'p', sizeof path - 1);
	uint64_t *sp = build(LIST("s"), LIST(), 0);
	struct loader_info *info = make_info("s", LIST(path));
	for (info->prefix_count = 1; info->prefix_count < 6; info->prefix_count++)
		info->prefix[info->prefix_count] = info->prefix[0];
	struct stack s;
	cr_assert_not(stack_rebuild(sp, info, &image, &s));
	free(info);
}
