/*
 * From registers, stack and files to a list of functions: libunwind's remote unwinding, whose
 * accessors look into what was collected. All of it may be made to mislead; this runs in a jail
 * (stacks_jail.c) and has to be bounded, not to be right.
 *
 * Unwind information is found as the C library's own unwinder finds it: the program header
 * PT_GNU_EH_FRAME of the file, and in that a sorted table. Without it libunwind follows frame
 * pointers.
 */
#include "runtime/stacks.h"

#include "lib/cleanup.h"
#include "platform/symbols.h"

#include <errno.h>
#include <libunwind.h>
#include <stdlib.h>
#include <string.h>

/* Of libunwind, but in none of its headers: a search in a table that the accessors can read. */
extern int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t, unw_word_t, unw_dyn_info_t *,
					      unw_proc_info_t *, int, void *);

#define PAGE	 4096u
#define PAGES	 256 /* kept of the files */
#define HDR_SIZE 12  /* of .eh_frame_hdr before its table, in the one form that linkers write */

struct page {
	int file;
	bool valid;
	uint64_t offset;
	size_t size;
	unsigned char bytes[PAGE];
};

struct unwinder {
	const struct stacks *stacks;
	const struct stack_thread *thread;
	unw_addr_space_t space;
	struct page pages[PAGES];
};

/* --- memory --------------------------------------------------------------------------------- */

static bool read_file(struct unwinder *u, int file, uint64_t offset, void *buffer, size_t size)
{
	while (size) {
		uint64_t start = offset / PAGE * PAGE;
		struct page *p = &u->pages[(start / PAGE + (unsigned)file * 61) % PAGES];
		if (!p->valid || p->file != file || p->offset != start) {
			ssize_t n = start > INT64_MAX ? -1
						      : pread(u->stacks->files[file].fd, p->bytes,
							      PAGE, (off_t)start);
			p->valid = n >= 0;
			p->file = file;
			p->offset = start;
			p->size = n < 0 ? 0 : (size_t)n;
		}
		size_t skip = offset - start;
		if (skip >= p->size)
			return false;
		size_t n = MIN(size, p->size - skip);
		memcpy(buffer, p->bytes + skip, n);
		buffer = (char *)buffer + n;
		offset += n;
		size -= n;
	}
	return true;
}

static bool read_memory(struct unwinder *u, uint64_t address, void *buffer, size_t size)
{
	const struct stack_thread *t = u->thread;
	if (address >= t->copied_from && address - t->copied_from < t->copied &&
	    size <= t->copied - (address - t->copied_from)) {
		memcpy(buffer, t->bytes + (address - t->copied_from), size);
		return true;
	}
	const struct stack_map *m = stacks_find_map(u->stacks, address);
	return m && m->file >= 0 && size <= m->end - address &&
	       read_file(u, m->file, m->offset + (address - m->start), buffer, size);
}

/* --- accessors ------------------------------------------------------------------------------ */

static int access_mem(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write,
		      void *arg)
{
	return !write && read_memory(arg, address, value, sizeof *value) ? 0 : -UNW_EINVAL;
}

static int access_reg(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value, int write,
		      void *arg)
{
	const struct unwinder *u = arg;
	const struct user_regs_struct *r = &u->thread->registers;
	const unsigned long long values[] = {
	    [UNW_X86_64_RAX] = r->rax, [UNW_X86_64_RDX] = r->rdx, [UNW_X86_64_RCX] = r->rcx,
	    [UNW_X86_64_RBX] = r->rbx, [UNW_X86_64_RSI] = r->rsi, [UNW_X86_64_RDI] = r->rdi,
	    [UNW_X86_64_RBP] = r->rbp, [UNW_X86_64_RSP] = r->rsp, [UNW_X86_64_R8] = r->r8,
	    [UNW_X86_64_R9] = r->r9,   [UNW_X86_64_R10] = r->r10, [UNW_X86_64_R11] = r->r11,
	    [UNW_X86_64_R12] = r->r12, [UNW_X86_64_R13] = r->r13, [UNW_X86_64_R14] = r->r14,
	    [UNW_X86_64_R15] = r->r15, [UNW_X86_64_RIP] = r->rip,
	};
	if (write || number < 0 || (size_t)number >= ARRAY_SIZE(values))
		return -UNW_EBADREG;
	*value = values[number];
	return 0;
}

static int access_fpreg(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write,
			void *arg)
{
	return -UNW_EBADREG;
}

/* Where the addresses that the file has for the code at pc begin in memory. */
static bool find_base(struct unwinder *u, const struct stack_map *m, uint64_t pc, uint64_t *base)
{
	uint64_t address;
	if (m->file < 0 ||
	    symbol_address(u->stacks->files[m->file].fd, m->offset + (pc - m->start), &address) < 0)
		return false;
	*base = pc - address;
	return true;
}

static int find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *info, int need,
			  void *arg)
{
	struct unwinder *u = arg;
	const struct stack_map *m = stacks_find_map(u->stacks, ip);
	Elf64_Phdr segment;
	struct {
		uint8_t version, frame_encoding, count_encoding, table_encoding;
		uint32_t frame, count;
	} header;
	uint64_t base;
	if (!m || !m->executable || !find_base(u, m, ip, &base) ||
	    symbol_segment(u->stacks->files[m->file].fd, PT_GNU_EH_FRAME, &segment) < 0 ||
	    !read_memory(u, base + segment.p_vaddr, &header, sizeof header))
		return -UNW_ENOINFO;
	/* 4 bytes each: relative to themselves, absolute, and relative to the section. */
	if (header.version != 1 || header.frame_encoding != 0x1b || header.count_encoding != 0x03 ||
	    header.table_encoding != 0x3b)
		return -UNW_ENOINFO;
	unw_dyn_info_t table = {
	    .start_ip = m->start,
	    .end_ip = m->end,
	    .format = UNW_INFO_FORMAT_REMOTE_TABLE,
	    .u.rti = {.segbase = base + segment.p_vaddr,
		      .table_data = base + segment.p_vaddr + HDR_SIZE,
		      .table_len = header.count * UINT64_C(8) / sizeof(unw_word_t)}};
	return UNW_OBJ(dwarf_search_unwind_table)(space, ip, &table, info, need, arg);
}

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info, void *arg)
{
	/* A few bytes a function, out of a pool of libunwind's that ends with the process. */
}

static int no_dynamic_list(unw_addr_space_t space, unw_word_t *list, void *arg)
{
	return -UNW_ENOINFO;
}

static int no_resume(unw_addr_space_t space, unw_cursor_t *cursor, void *arg)
{
	return -UNW_EINVAL;
}

static int no_name(unw_addr_space_t space, unw_word_t ip, char *name, size_t size,
		   unw_word_t *offset, void *arg)
{
	return -UNW_ENOINFO;
}

struct unwinder *unwinder_new(const struct stacks *s)
{
	static unw_accessors_t accessors = {.find_proc_info = find_proc_info,
					    .put_unwind_info = put_unwind_info,
					    .get_dyn_info_list_addr = no_dynamic_list,
					    .access_mem = access_mem,
					    .access_reg = access_reg,
					    .access_fpreg = access_fpreg,
					    .resume = no_resume,
					    .get_proc_name = no_name};
	struct unwinder *u = calloc(1, sizeof *u);
	if (!u)
		return NULL;
	u->stacks = s;
	u->space = unw_create_addr_space(&accessors, 0);
	/* What one thread has found serves the next. */
	if (u->space)
		unw_set_caching_policy(u->space, UNW_CACHE_GLOBAL);
	return u->space ? u : NULL;
}

/* --- frames --------------------------------------------------------------------------------- */

/* "function+0x12 (/usr/lib/libc.so.6+0x3456)", or as much of that as can be told. */
static void print_address(struct unwinder *u, uint64_t pc, uint64_t looked_up, FILE *out)
{
	const struct stack_map *m = stacks_find_map(u->stacks, looked_up);
	char name[SYMBOL_SIZE];
	uint64_t base, into;
	if (!m || !m->executable) {
		fprintf(out, "0x%llx (%s)", (unsigned long long)pc, m ? "not code" : "no memory");
		return;
	}
	bool in_file = find_base(u, m, looked_up, &base);
	if (in_file &&
	    symbol_find(u->stacks->files[m->file].fd, looked_up - base, name, &into) == 0)
		fprintf(out, "%s+0x%llx (%s+0x%llx)", name,
			(unsigned long long)(into + pc - looked_up), m->name,
			(unsigned long long)(pc - base));
	else if (m->name[0])
		fprintf(out, "%s+0x%llx", m->name,
			(unsigned long long)(in_file ? pc - base : pc - m->start + m->offset));
	else
		fprintf(out, "0x%llx (code that is in no file)", (unsigned long long)pc);
}

static const char *why_no_further(struct unwinder *u, uint64_t pc, int error)
{
	const struct stack_map *m = stacks_find_map(u->stacks, pc);
	if (u->thread->problem[0])
		return u->thread->problem;
	if (!m || !m->executable)
		return "there is no code at this address";
	if (u->thread->copied == STACK_BYTES_MAX)
		return "the stack is deeper than what is copied of it";
	if (u->thread->source == STACK_PARTIAL)
		return "the thread was not stopped, and not all of its registers are known";
	return error < 0 ? unw_strerror(error) : "there is no unwind information";
}

void unwinder_print(struct unwinder *u, const struct stack_thread *t, FILE *out)
{
	unw_cursor_t cursor;
	unw_proc_info_t info;
	u->thread = t;
	int r = unw_init_remote(&cursor, u->space, u);
	bool exact = true; /* not a return address, which may be that of the next function */
	bool informed = true;
	unw_word_t pc = 0;
	for (int i = 0;; i++) {
		unw_word_t before = pc;
		if (r < 0 || unw_get_reg(&cursor, UNW_REG_IP, &pc) < 0)
			break;
		if (i == STACK_FRAMES_MAX) {
			fprintf(out, "    no further: that is enough\n");
			return;
		}
		if (pc == 0 && i > 0) {
			if (!informed)
				fprintf(out, "    no further: %s\n", why_no_further(u, before, 0));
			return;
		}
		fprintf(out, "    #%d ", i);
		print_address(u, pc, exact ? pc : pc - 1, out);
		putc('\n', out);
		exact = unw_is_signal_frame(&cursor) > 0;
		/* Without information libunwind guesses, takes the function for one byte long, and
		 * does not say that it has given up. */
		informed =
		    unw_get_proc_info(&cursor, &info) == 0 && info.end_ip - info.start_ip > 1;
		r = unw_step(&cursor);
		if (r < 0 || (r == 0 && !informed))
			fprintf(out, "    no further: %s\n", why_no_further(u, pc, r));
		if (r <= 0)
			return;
	}
	fprintf(out, "    no frames: %s\n", t->problem[0] ? t->problem : unw_strerror(r));
}
