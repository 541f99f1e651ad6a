/* /proc/self/maps: names of programs, mapped files, removed files, shared memory. */
#include "facts.h"

static char b[65536];

/* The line of maps that holds an address: its permissions, offset and name. */
static void say_mapping(const char *label, void *address)
{
	MUST(get_file("/proc/self/maps", b, sizeof(b)));
	for (char *p = strtok(b, "\n"); p; p = strtok(NULL, "\n")) {
		unsigned long from, to, offset, inode;
		char permissions[8], device[16];
		int name = 0;
		if (sscanf(p, "%lx-%lx %7s %lx %15s %lu %n", &from, &to, permissions, &offset,
			   device, &inode, &name) >= 6 &&
		    from <= (unsigned long)address && (unsigned long)address < to) {
			say("%s: %s offset %lx, has inode %d, name [%s]", label, permissions,
			    offset, inode != 0, name ? p + name : "");
			return;
		}
	}
	say("%s: not found", label);
}

static int variable = 7;

int main(void)
{
	start("proc_maps");
	put_file("file", "content", 0644);
	put_file("name with spaces", "content", 0644);
	put_file("removed", "content", 0644);
	put_file("renamed", "content", 0644);
	say_mapping("code", (void *)(uintptr_t)main);
	say_mapping("data", &variable);
	say_mapping("stack", &(int){0});
	void *heap = sbrk(4096);
	say_mapping("heap", heap);

	int fd = (int)MUST(open("file", O_RDWR));
	void *p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
	say_mapping("private file", p);
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
	say_mapping("shared file with an offset", p);
	p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	say_mapping("executable file", p);
	fd = (int)MUST(open("name with spaces", O_RDWR));
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	say_mapping("name with spaces", p);
	fd = (int)MUST(open("removed", O_RDWR));
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	MUST(unlink("removed"));
	say_mapping("removed", p);
	fd = (int)MUST(open("renamed", O_RDWR));
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	MUST(rename("renamed", "new-name"));
	say_mapping("renamed", p);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	say_mapping("anonymous", p);
	mprotect(p, 4096, PROT_NONE);
	say_mapping("without permissions", p);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	say_mapping("shared anonymous", p);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memfd_create("my memory", 0), 0);
	say_mapping("memfd", p);
	fd = (int)MUST(open("/etc/passwd", O_RDONLY));
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	say_mapping("/etc/passwd", p);
	fd = (int)MUST(open("/proc/self/exe", O_RDONLY));
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	say_mapping("the program", p);

	MUST(get_file("/proc/self/maps", b, sizeof(b)));
	FACT("nothing of a loader is left",
	     strstr(b, "loader") == NULL && strstr(b, "memfd:capbox") == NULL);
	int named = 0;
	for (char *q = b; (q = strstr(q, "/conformance/proc_maps\n")); q++)
		named++;
	FACT("mappings of the program", named > 2);
	FACT("one stack, one vdso",
	     strstr(strstr(b, "[stack]") + 1, "[stack]") == NULL && strstr(b, "[vdso]") != NULL);
	return 0;
}
