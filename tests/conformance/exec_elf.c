/* execve of broken and odd ELF files: the errno, or the signal when it comes too late for one. */
#include "facts.h"
#include <elf.h>
#include <stddef.h>

static char *image;
static size_t image_size;

/* A small program: one page with headers and code that calls exit(42). */
static void build(void)
{
	static const unsigned char code[] = {0xb8, 60, 0, 0, 0, 0xbf, 42, 0, 0, 0, 0x0f, 0x05};
	Elf64_Ehdr *eh;
	Elf64_Phdr *ph;

	image_size = 4096;
	image = calloc(1, 65536);
	eh = (void *)image;
	ph = (void *)(image + sizeof(*eh));
	memcpy(eh->e_ident, ELFMAG, SELFMAG);
	eh->e_ident[EI_CLASS] = ELFCLASS64;
	eh->e_ident[EI_DATA] = ELFDATA2LSB;
	eh->e_ident[EI_VERSION] = EV_CURRENT;
	eh->e_type = ET_EXEC;
	eh->e_machine = EM_X86_64;
	eh->e_version = EV_CURRENT;
	eh->e_entry = 0x400000 + 2048;
	eh->e_phoff = sizeof(*eh);
	eh->e_ehsize = sizeof(*eh);
	eh->e_phentsize = sizeof(*ph);
	eh->e_phnum = 1;
	*ph = (Elf64_Phdr){PT_LOAD, PF_R | PF_X, 0, 0x400000, 0x400000, 4096, 4096, 4096};
	memcpy(image + 2048, code, sizeof(code));
}

static void try(const char *label)
{
	int fd = open("program", O_WRONLY | O_CREAT | O_TRUNC, 0755);

	MUST(write(fd, image, image_size));
	close(fd);
	pid_t pid = child();
	if (pid == 0) {
		execl("./program", "program", NULL);
		FAILED(label);
		_exit(111);
	}
	say_end(label, pid);
	free(image);
	build();
}

#define HEADER	 ((Elf64_Ehdr *)(void *)image)
#define SEGMENTS ((Elf64_Phdr *)(void *)(image + HEADER->e_phoff))

static void headers(void)
{
	try("the program as it is");
	image[0] = 0;
	try("wrong magic");
	HEADER->e_machine = EM_AARCH64;
	try("another machine");
	HEADER->e_machine = EM_386;
	try("machine i386 in a 64-bit file");
	HEADER->e_ident[EI_CLASS] = ELFCLASS32;
	try("class 32 for x86-64");
	HEADER->e_ident[EI_DATA] = ELFDATA2MSB;
	try("big-endian mark");
	HEADER->e_version = 7;
	try("unknown version");
	HEADER->e_type = ET_REL;
	try("type REL");
	HEADER->e_type = ET_CORE;
	try("type CORE");
	HEADER->e_type = ET_DYN;
	HEADER->e_entry = 2048;
	SEGMENTS[0].p_vaddr = 0;
	try("type DYN");
	HEADER->e_phnum = 0;
	try("no program headers");
	HEADER->e_phnum = 65535;
	try("65535 program headers");
	HEADER->e_phentsize = 55;
	try("wrong size of a program header");
	HEADER->e_phoff = 1 << 20;
	image_size = 4096;
	int fd = open("program", O_WRONLY | O_CREAT | O_TRUNC, 0755);
	MUST(write(fd, image, image_size));
	close(fd);
	OK("program headers beyond the file", execl("./program", "program", NULL));
	free(image);
	build();
	HEADER->e_phoff = (Elf64_Off)-64;
	fd = open("program", O_WRONLY | O_CREAT | O_TRUNC, 0755);
	MUST(write(fd, image, image_size));
	close(fd);
	OK("program headers at a negative offset", execl("./program", "program", NULL));
	free(image);
	build();
	for (size_t n = 0; n < 130; n += n < 8 ? 1 : 13) {
		char label[64];
		snprintf(label, sizeof(label), "truncated to %zu bytes", n);
		image_size = n;
		try(label);
	}
	image_size = 2048;
	try("truncated to half a page");
	SEGMENTS[0].p_type = PT_NULL;
	try("nothing to load");
	HEADER->e_entry = 0x1234560000;
	try("an entry point outside of the program");
}

static void segments(void)
{
	SEGMENTS[0].p_vaddr = 0x400001;
	try("an address that does not match its offset");
	SEGMENTS[0].p_memsz = 100;
	try("memory size below file size");
	SEGMENTS[0].p_filesz = 1 << 20;
	SEGMENTS[0].p_memsz = 1 << 20;
	try("a segment that is longer than the file");
	SEGMENTS[0].p_memsz = 1 << 20;
	try("a segment with more memory than file, read-only");
	SEGMENTS[0].p_flags = PF_R | PF_W | PF_X;
	SEGMENTS[0].p_memsz = 1 << 20;
	try("a segment with more memory than file, writable");
	SEGMENTS[0].p_memsz = 1UL << 47;
	try("a segment of 128 TiB");
	SEGMENTS[0].p_vaddr = 0x800000000000;
	HEADER->e_entry = 0x800000000000 + 2048;
	try("a segment in kernel memory");
	SEGMENTS[0].p_vaddr = 0;
	HEADER->e_entry = 2048;
	try("a segment at address 0");
	SEGMENTS[0].p_flags = PF_R;
	try("a segment without execute permission");
	SEGMENTS[0].p_filesz = 0;
	try("a segment with no file part, read-only");
	SEGMENTS[0].p_offset = 1UL << 62;
	try("a segment at a huge offset");
	SEGMENTS[0].p_align = 3;
	try("an odd alignment");
	SEGMENTS[0].p_align = 1 << 21;
	try("an alignment of 2 MiB");
	HEADER->e_phnum = 2;
	SEGMENTS[1] = (Elf64_Phdr){PT_LOAD, PF_R | PF_W, 0, 0x400000, 0x400000, 4096, 4096, 4096};
	try("two segments at one address");
	HEADER->e_phnum = 2;
	SEGMENTS[1] = (Elf64_Phdr){PT_LOAD, PF_R | PF_W, 0, 0x300000, 0x300000, 4096, 4096, 4096};
	try("segments in falling order");
	HEADER->e_phnum = 2;
	SEGMENTS[1] = (Elf64_Phdr){PT_GNU_STACK, PF_R | PF_W | PF_X, 0, 0, 0, 0, 0, 16};
	try("an executable stack");
}

static void interpreter(const char *label, const char *path, size_t size)
{
	HEADER->e_phnum = 2;
	SEGMENTS[1] = SEGMENTS[0];
	SEGMENTS[0] = (Elf64_Phdr){PT_INTERP, PF_R, 1024, 0x400400, 0x400400, size, size, 1};
	strcpy(image + 1024, path);
	try(label);
}

static void interpreters(void)
{
	interpreter("a missing interpreter", "/missing", 9);
	interpreter("an interpreter without end", "/missing", 8);
	interpreter("an interpreter of length 1", "", 1);
	interpreter("an interpreter of length 0", "", 0);
	interpreter("a name of 5000", "/x", 5000);
	interpreter("a directory as interpreter", "/etc", 5);
	interpreter("an unexecutable interpreter", "/etc/passwd", 12);
	interpreter("a script as interpreter", "./script", 9);
	interpreter("a text as interpreter", "./text", 7);
	interpreter("an empty interpreter", "./empty", 8);
	interpreter("a short interpreter", "./short", 8);
	interpreter("an interpreter for another machine", "./machine", 10);
	interpreter("a static program as interpreter", "./plain", 8);
	interpreter("an interpreter on a noexec mount", "/noexec/plain", 14);
	interpreter("an interpreter in a loop", "./loop", 7);
	interpreter("a name that is no path", "plain", 6);
	SEGMENTS[1] = SEGMENTS[0];
	HEADER->e_phnum = 2;
	SEGMENTS[0] = (Elf64_Phdr){PT_INTERP, PF_R, 1 << 20, 0x400400, 0x400400, 9, 9, 1};
	try("an interpreter beyond the file");
}

static void put_image(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	MUST(write(fd, image, image_size));
	close(fd);
}

/* A whole program cut off in different places. */
static void truncated(void)
{
	static const off_t lengths[] = {64, 300, 5000, 200000};

	for (size_t i = 0; i < sizeof(lengths) / sizeof *lengths; i++) {
		copy_file("/bin/busybox", "program", 0755);
		MUST(truncate("program", lengths[i]));
		say("busybox truncated to %ld bytes", (long)lengths[i]);
		pid_t pid = child();
		if (pid == 0) {
			execl("./program", "true", NULL);
			FAILED("busybox, truncated");
			_exit(111);
		}
		say_end("  it", pid);
	}
}

int main(void)
{
	struct rlimit none = {0, 0};

	start("exec_elf");
	setrlimit(RLIMIT_CORE, &none);
	build();
	put_image("plain");
	put_image("/noexec/plain");
	image_size = 70;
	put_image("short");
	image_size = 4096;
	HEADER->e_machine = EM_ARM;
	put_image("machine");
	HEADER->e_machine = EM_X86_64;
	put_file("script", "#!/bin/true\n", 0755);
	put_file("text", "text", 0755);
	put_file("empty", "", 0755);
	MUST(symlink("loop", "loop"));
	headers();
	segments();
	interpreters();
	truncated();
	return 0;
}
