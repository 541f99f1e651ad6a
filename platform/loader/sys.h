/* System calls without libc. Results are the kernel's: a value or a negative errno. */
#ifndef CAPBOX_PLATFORM_LOADER_SYS_H
#define CAPBOX_PLATFORM_LOADER_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#define PAGE	       4096ul
#define PAGE_DOWN(x)   ((x) & ~(PAGE - 1))
#define PAGE_UP(x)     PAGE_DOWN((x) + PAGE - 1)
#define PAGE_OFFSET(x) ((x) & (PAGE - 1))
#define TASK_SIZE      0x7ffffffff000ul /* end of the addresses that an ELF file may name */

static inline long sys6(long nr, long a, long b, long c, long d, long e, long f)
{
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#define SYS_6(nr, a, b, c, d, e, f)                                                                \
	sys6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define SYS_3(nr, a, b, c) SYS_6(nr, a, b, c, 0, 0, 0)

/* True for what mmap returns when it fails, and for what no program may have as an address. */
static inline int bad_address(uint64_t address)
{
	return address >= TASK_SIZE;
}

static inline void zero(uint64_t start, uint64_t size)
{
	__asm__ volatile("rep stosb" : "+D"(start), "+c"(size) : "a"(0) : "memory");
}

/*
 * The old program is gone and the new one cannot start: die as Linux kills then, by SIGSEGV.
 * A privileged instruction cannot be blocked, caught or ignored at this point.
 */
static inline _Noreturn void die(void)
{
	for (;;)
		__asm__ volatile("hlt");
}

#endif
