/* What a new program finds: arguments, environment, auxiliary vector, names, memory. */
#include "facts.h"
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

extern char **environ;

static void auxiliary(char **argv)
{
	static const struct {
		unsigned long type;
		const char *name;
	} values[] = {{AT_UID, "UID"},	     {AT_EUID, "EUID"},	    {AT_GID, "GID"},
		      {AT_EGID, "EGID"},     {AT_SECURE, "SECURE"}, {AT_PAGESZ, "PAGESZ"},
		      {AT_CLKTCK, "CLKTCK"}, {AT_PHENT, "PHENT"},   {AT_FLAGS, "FLAGS"},
		      {AT_HWCAP2, "HWCAP2"}};
	static const unsigned long present[] = {AT_PHDR,  AT_ENTRY,    AT_RANDOM, AT_SYSINFO_EHDR,
						AT_HWCAP, AT_PLATFORM, AT_EXECFN, AT_PHNUM};

	for (size_t i = 0; i < sizeof(values) / sizeof *values; i++)
		say("AT_%s: %lu", values[i].name, getauxval(values[i].type));
	for (size_t i = 0; i < sizeof(present) / sizeof *present; i++)
		say("auxiliary entry %lu is there: %d", present[i], getauxval(present[i]) != 0);
	say("AT_EXECFN: %s", (char *)getauxval(AT_EXECFN));
	say("AT_PLATFORM: %s", (char *)getauxval(AT_PLATFORM));
	say("AT_BASE is set: %d", getauxval(AT_BASE) != 0);

	/* Program headers: the ones of this very program. */
	const Elf64_Phdr *ph = (void *)getauxval(AT_PHDR);
	const Elf64_Ehdr *eh = (void *)((uintptr_t)ph & ~4095UL);
	FACT("AT_PHDR is in the program's first page", memcmp(eh->e_ident, ELFMAG, 4) == 0);
	FACT("AT_PHNUM is the header's", getauxval(AT_PHNUM) == eh->e_phnum);
	FACT("AT_ENTRY is the header's", getauxval(AT_ENTRY) == eh->e_entry);

	/* The stack holds, from low to high: argc, argv, environ, the vector, then the strings. */
	char **end = environ;
	while (*end)
		end++;
	FACT("the environment follows the arguments", environ == argv + *(long *)(argv - 1) + 1);
	const Elf64_auxv_t *aux = (void *)(end + 1);
	char text[512] = "";
	for (; aux->a_type != AT_NULL; aux++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %lu", aux->a_type);
	say("the vector's entries, in order:%s", text);
	FACT("strings lie above", argv[0] > (char *)aux);
	FACT("AT_EXECFN lies above the environment", (char *)getauxval(AT_EXECFN) > environ[0]);
	FACT("the stack is aligned", ((uintptr_t)(argv - 1) & 15) == 0);
	char *random = (void *)getauxval(AT_RANDOM);
	int zeros = 0;
	for (int i = 0; i < 16; i++)
		zeros += random[i] == 0;
	FACT("AT_RANDOM is random", zeros < 8);
}

static void names(void)
{
	char b[8192], comm[32] = "";
	ssize_t n = get_file("/proc/self/cmdline", b, sizeof(b));

	for (ssize_t i = 0; i < n - 1; i++)
		if (b[i] == '\0')
			b[i] = '|';
	say("cmdline: %s (%zd)", b, n);
	n = get_file("/proc/self/environ", b, sizeof(b));
	for (ssize_t i = 0; i < n - 1; i++)
		if (b[i] == '\0')
			b[i] = '|';
	say("environ: %s (%zd)", b, n);
	prctl(PR_GET_NAME, comm);
	say("name: %s", comm);
	get_file("/proc/self/comm", b, sizeof(b));
	say("comm: %.*s", (int)strcspn(b, "\n"), b);
	n = readlink("/proc/self/exe", b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	say("exe: %s", b);
	struct stat st, other;
	MUST(stat("/proc/self/exe", &st));
	MUST(stat(b, &other));
	FACT("exe is the file", st.st_ino == other.st_ino && st.st_dev == other.st_dev);
	get_file("/proc/self/maps", b, sizeof(b));
	FACT("it is in the maps", strstr(b, "exec_results/a-program-with-a-long-name\n") != NULL);
	FACT("so are heap, stack and vdso",
	     strstr(b, "[stack]") != NULL && strstr(b, "[vdso]") != NULL);
	FACT("nothing is writable and executable", strstr(b, "rwx") == NULL);
	FACT("break is settable", sbrk(4096) != (void *)-1);
	get_file("/proc/self/maps", b, sizeof(b));
	FACT("the heap is in the maps then", strstr(b, "[heap]") != NULL);
}

static int report(int argc, char **argv)
{
	say("argc: %d", argc);
	for (int i = 0; i < argc; i++)
		say("argv[%d]: %s", i, argv[i]);
	FACT("argv ends with a null", argv[argc] == NULL);
	for (char **e = environ; *e; e++)
		say("environment: %s", *e);
	auxiliary(argv);
	names();
	FACT("first free descriptor", dup(0));
	return 0;
}

int main(int argc, char **argv)
{
	char *arguments[] = {"name", "", "two words", "-x", "UTF-8 \xc3\xa4\xc3\xb6", NULL};
	char *environment[] = {"A=1", "EMPTY=", "no equals sign", "A=2", "LD_LIBRARY_PATH=/x",
			       NULL};

	if (argc > 1)
		return report(argc, argv);
	start("exec_results");
	copy_self("a-program-with-a-long-name", 0, 0, 0755);
	pid_t pid = child();
	if (pid == 0) {
		execve("./a-program-with-a-long-name", arguments, environment);
		_exit(111);
	}
	say_end("by a relative path", pid);
	MUST(symlink("a-program-with-a-long-name", "link"));
	pid = child();
	if (pid == 0) {
		execl("link", "link", "argument", NULL);
		_exit(111);
	}
	say_end("by a symlink", pid);
	pid = child();
	if (pid == 0) {
		become(USER);
		execl("/proc/self/cwd/../exec_results//link", "third", "argument", NULL);
		_exit(111);
	}
	say_end("as a user by a long way", pid);
	return 0;
}
