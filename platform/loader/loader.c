/*
 * The loader: what every exec in a container really executes (DESIGN.md section 8.2). It asks the
 * sentry for the program, maps it and its interpreter, makes the stack what the kernel would have
 * made it, and jumps. It is one page or two of the new process afterwards and takes no further
 * part.
 *
 * It runs in the guest with the guest's rights: it enforces nothing, and what it is told it trusts.
 */
#include "platform/loader/map.h"
#include "platform/loader/protocol.h"
#include "platform/loader/stack.h"
#include "platform/loader/sys.h"

#include <linux/prctl.h>
#include <sys/mman.h>

#define BRK_RANDOM_BITS 18 /* pages in 1 GiB, as Linux randomizes */

/* Where start.S jumps, and with which stack. */
struct start {
	uint64_t *sp;
	uint64_t entry;
};

struct start loader_main(uint64_t *sp);

/*
 * The break begins behind the program, at a random distance, so that it has room to grow. A
 * position-independent program without an interpreter lies among the libraries, where there is
 * none; for such a one, the loader is one itself, the kernel has already found a better place.
 */
static uint64_t choose_break(const struct mapped *program, enum map_role role, uint64_t random)
{
	if (role == MAP_STANDALONE && !program->fixed)
		return (uint64_t)SYS_3(SYS_brk, 0, 0, 0);
	return PAGE_UP(program->bss_end) + (random >> (64 - BRK_RANDOM_BITS)) * PAGE;
}

/*
 * Tells the kernel what the program is, for brk(2) and for what /proc/PID shows: cmdline, environ,
 * auxv, stat. A kernel built without CONFIG_CHECKPOINT_RESTORE refuses; then these show the
 * loader's.
 */
static void describe(const struct mapped *program, const struct stack *stack, uint64_t brk)
{
	struct prctl_mm_map map = {.start_code = program->start_code,
				   .end_code = program->end_code,
				   .start_data = program->start_data,
				   .end_data = program->end_data,
				   .start_brk = brk,
				   .brk = brk,
				   .start_stack = (uint64_t)stack->sp,
				   .arg_start = stack->arg_start,
				   .arg_end = stack->arg_end,
				   .env_start = stack->env_start,
				   .env_end = stack->env_end,
				   .auxv = (void *)stack->auxv,
				   .auxv_size = (uint32_t)stack->auxv_size,
				   .exe_fd = (uint32_t)-1};
	SYS_6(SYS_prctl, PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0, 0);
}

static void make_stack_executable(const struct stack *stack)
{
	/* The AT_EXECFN string of the loader is the last thing on the stack but one word. */
	const char *end = (const char *)stack->env_end;
	while (*end)
		end++;
	uint64_t start = PAGE_DOWN((uint64_t)stack->sp);
	if (SYS_3(SYS_mprotect, start, PAGE_UP((uint64_t)end + 1 + sizeof(long)) - start,
		  PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN) < 0)
		die();
}

struct start loader_main(uint64_t *sp)
{
	struct loader_info info;
	/* The stack ends where the kernel has last written; the sentry cannot make it grow. */
	*(volatile char *)&info = 0;
	long fd = SYS_3(LOADER_SYSCALL, &info, sizeof info, 0);
	if (fd < 0)
		die();
	uint64_t random[2] = {0, 0};
	if (!info.fixed)
		SYS_3(SYS_getrandom, random, sizeof random, 0);

	struct mapped program, interp;
	enum map_role role = info.has_interp ? MAP_PROGRAM : MAP_STANDALONE;
	map_elf(info.has_interp ? info.program_fd : (int)fd, role, random[0], &program);
	struct stack_image image = {program.phdr, program.phnum, program.entry, 0};
	uint64_t entry = program.entry;
	if (role == MAP_PROGRAM) {
		map_elf((int)fd, MAP_INTERPRETER, 0, &interp);
		image.base = interp.bias;
		entry = interp.entry;
	}
	struct stack stack;
	if (!stack_rebuild(sp, &info, &image, &stack))
		die();
	describe(&program, &stack, choose_break(&program, role, random[1]));
	if (info.execstack)
		make_stack_executable(&stack);
	SYS_3(SYS_prctl, PR_SET_NAME, info.comm, 0);
	if (info.undumpable)
		SYS_3(SYS_prctl, PR_SET_DUMPABLE, 0, 0);
	/* PR_SET_PDEATHSIG(2const): a parent must not kill by its own end what gains privilege. */
	if (info.secure || info.undumpable)
		SYS_3(SYS_prctl, PR_SET_PDEATHSIG, 0, 0);
	return (struct start){stack.sp, entry};
}
