/*
 * Mapping by the rules of binfmt_elf: the first PT_LOAD of a position-independent file is mapped
 * with the size of the whole image, which finds room for all of it, and then cut to its own size;
 * the others are put at their distances from it. What a segment has in memory beyond the file is
 * zeroed to the end of the page and anonymous after that.
 */
#include "platform/loader/map.h"
#include "platform/loader/sys.h"

#include <elf.h>
#include <sys/mman.h>

#define HEAD_SIZE	2048 /* holds the program headers of ordinary files */
#define PIE_BASE	(TASK_SIZE / 3 * 2)
#define PIE_RANDOM_BITS 28
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define MIN(a, b)	((a) < (b) ? (a) : (b))

struct file {
	int fd;
	union {
		Elf64_Ehdr elf;
		char bytes[HEAD_SIZE];
	} head;
	const Elf64_Phdr *segments;
	size_t count;
	size_t table_size; /* of a mapping that holds the segments, or 0 */
};

static void read_headers(struct file *f)
{
	long got = SYS_6(SYS_pread64, f->fd, f->head.bytes, HEAD_SIZE, 0, 0, 0);
	const Elf64_Ehdr *e = &f->head.elf;
	if (got < (long)sizeof *e || e->e_phentsize != sizeof(Elf64_Phdr))
		die();
	f->count = e->e_phnum;
	size_t size = f->count * sizeof(Elf64_Phdr);
	if (e->e_phoff % _Alignof(Elf64_Phdr) == 0 && e->e_phoff <= (size_t)got &&
	    size <= (size_t)got - e->e_phoff) {
		f->segments = (const Elf64_Phdr *)(f->head.bytes + e->e_phoff);
		f->table_size = 0;
		return;
	}
	long table =
	    SYS_6(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bad_address((uint64_t)table) ||
	    SYS_6(SYS_pread64, f->fd, table, size, e->e_phoff, 0, 0) != (long)size)
		die();
	f->segments = (const Elf64_Phdr *)table;
	f->table_size = size;
}

/* From the first to the last byte of all segments; 0 when there are none. */
static uint64_t total_size(const struct file *f)
{
	uint64_t low = ~0ul, high = 0;
	for (size_t i = 0; i < f->count; i++)
		if (f->segments[i].p_type == PT_LOAD) {
			low = MIN(low, PAGE_DOWN(f->segments[i].p_vaddr));
			high = MAX(high, f->segments[i].p_vaddr + f->segments[i].p_memsz);
		}
	return high ? high - low : 0;
}

static uint64_t alignment(const struct file *f)
{
	uint64_t most = PAGE;
	for (size_t i = 0; i < f->count; i++) {
		uint64_t a = f->segments[i].p_align;
		if (f->segments[i].p_type == PT_LOAD && a && !(a & (a - 1)))
			most = MAX(most, a);
	}
	return most;
}

static int protection(const Elf64_Phdr *p)
{
	return (p->p_flags & PF_R ? PROT_READ : 0) | (p->p_flags & PF_W ? PROT_WRITE : 0) |
	       (p->p_flags & PF_X ? PROT_EXEC : 0);
}

/* Maps what the file has of a segment at `address`, with room for `whole` bytes if that is not 0.
 */
static uint64_t map_file_part(const struct file *f, const Elf64_Phdr *p, uint64_t address,
			      int flags, uint64_t whole)
{
	uint64_t size = PAGE_UP(p->p_filesz + PAGE_OFFSET(p->p_vaddr));
	uint64_t at =
	    (uint64_t)SYS_6(SYS_mmap, PAGE_DOWN(address), MAX(size, PAGE_UP(whole)), protection(p),
			    MAP_PRIVATE | flags, f->fd, p->p_offset - PAGE_OFFSET(p->p_vaddr));
	if (bad_address(at))
		die();
	if (PAGE_UP(whole) > size)
		SYS_3(SYS_munmap, at + size, PAGE_UP(whole) - size, 0);
	return at;
}

/* Zeroes what the last page of a segment has beyond its part of the file. */
static void zero_tail(const struct file *f, const Elf64_Phdr *p, uint64_t data_end)
{
	uint64_t size = PAGE_UP(data_end) - data_end;
	if (size == 0)
		return;
	/* In a truncated file there is no such page: touching it would be SIGBUS, not SIGSEGV. */
	uint64_t file_size = (uint64_t)SYS_3(SYS_lseek, f->fd, 0, 2 /* SEEK_END */);
	if (PAGE_DOWN(p->p_offset + p->p_filesz) >= PAGE_UP(file_size))
		die();
	zero(data_end, size);
}

/* Returns where the segment's first page is. */
static uint64_t map_segment(const struct file *f, const Elf64_Phdr *p, uint64_t address, int flags,
			    uint64_t whole)
{
	uint64_t at = PAGE_DOWN(address);
	if (p->p_filesz)
		at = map_file_part(f, p, address, flags, whole);
	if (p->p_memsz <= p->p_filesz)
		return at;
	uint64_t data_end = at + PAGE_OFFSET(p->p_vaddr) + p->p_filesz;
	uint64_t end = PAGE_UP(at + PAGE_OFFSET(p->p_vaddr) + p->p_memsz);
	if (!p->p_filesz)
		data_end = at;
	else if (p->p_flags & PF_W)
		zero_tail(f, p, data_end);
	uint64_t bss = PAGE_UP(data_end);
	/* Always writable, as the kernel makes it. */
	int prot = PROT_READ | PROT_WRITE | (p->p_flags & PF_X ? PROT_EXEC : 0);
	if (end > bss &&
	    bad_address((uint64_t)SYS_6(SYS_mmap, bss, end - bss, prot,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)))
		die();
	return at;
}

/*
 * Where the first segment of a position-independent file goes: 0 leaves it to the kernel. When a
 * file without a place of its own wants more than page alignment, room is looked for first.
 */
static uint64_t choose_place(const struct file *f, enum map_role role, uint64_t random)
{
	uint64_t align = alignment(f);
	if (role == MAP_PROGRAM)
		return (PIE_BASE + (random >> (64 - PIE_RANDOM_BITS)) * PAGE) & ~(align - 1);
	if (role == MAP_INTERPRETER || align <= PAGE)
		return 0;
	uint64_t size = PAGE_UP(total_size(f)) + align;
	uint64_t room =
	    (uint64_t)SYS_6(SYS_mmap, 0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bad_address(room))
		die();
	SYS_3(SYS_munmap, room, size, 0);
	return (room + align - 1) & ~(align - 1);
}

static void note_segment(const struct file *f, const Elf64_Phdr *p, struct mapped *m)
{
	uint64_t start = m->bias + p->p_vaddr, end = start + p->p_filesz;
	uint64_t table = f->head.elf.e_phoff - p->p_offset;
	if (f->head.elf.e_phoff >= p->p_offset && table < p->p_filesz)
		m->phdr = start + table;
	if (p->p_flags & PF_X) {
		m->start_code = MIN(m->start_code, start);
		m->end_code = MAX(m->end_code, end);
	}
	m->start_data = MAX(m->start_data, start);
	m->end_data = MAX(m->end_data, end);
	m->bss_end = MAX(m->bss_end, start + p->p_memsz);
}

static void map_segments(const struct file *f, enum map_role role, uint64_t random,
			 struct mapped *m)
{
	bool first = true;
	for (size_t i = 0; i < f->count; i++) {
		const Elf64_Phdr *p = &f->segments[i];
		if (p->p_type != PT_LOAD)
			continue;
		if (p->p_vaddr >= TASK_SIZE || p->p_filesz > p->p_memsz ||
		    p->p_memsz > TASK_SIZE - p->p_vaddr)
			die();
		int flags = MAP_FIXED;
		uint64_t whole = 0;
		if (first && m->fixed) {
			/* An interpreter takes its address, whoever is there: as in Linux. */
			if (role != MAP_INTERPRETER)
				flags = MAP_FIXED_NOREPLACE;
		} else if (first) {
			uint64_t place = choose_place(f, role, random);
			flags = place || role == MAP_PROGRAM ? MAP_FIXED_NOREPLACE : 0;
			whole = total_size(f);
			m->bias = PAGE_DOWN(place - p->p_vaddr);
		}
		uint64_t at = map_segment(f, p, m->bias + p->p_vaddr, flags, whole);
		if (first && !m->fixed)
			m->bias += at - PAGE_DOWN(m->bias + p->p_vaddr);
		first = false;
		note_segment(f, p, m);
	}
}

void map_elf(int fd, enum map_role role, uint64_t random, struct mapped *m)
{
	struct file f;
	f.fd = fd;
	read_headers(&f);
	*m = (struct mapped){
	    .fixed = f.head.elf.e_type == ET_EXEC, .phnum = f.count, .start_code = ~0ul};
	/* Only here, after the point of no return, does Linux mind these. */
	if ((!m->fixed && f.head.elf.e_type != ET_DYN) ||
	    ((!m->fixed || role == MAP_INTERPRETER) && !total_size(&f)))
		die();
	map_segments(&f, role, random, m);
	if (!m->phdr) /* in no segment; Linux says this then */
		m->phdr = m->bias;
	m->entry = m->bias + f.head.elf.e_entry;
	if (role != MAP_PROGRAM && bad_address(m->entry))
		die();
	if (f.table_size)
		SYS_3(SYS_munmap, f.segments, f.table_size, 0);
	SYS_3(SYS_close, fd, 0, 0);
}
