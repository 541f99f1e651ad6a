/*
 * A program that the dynamic linker starts: its vector and maps, LD_PRELOAD and secure execution,
 * the linker called by hand.
 *
 * flags: dynamic
 */
#include "facts.h"
#include <link.h>
#include <sys/auxv.h>

#define LINKER "/lib64/ld-linux-x86-64.so.2"

static int say_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	if (strstr(info->dlpi_name, "vdso") == NULL)
		say("object: [%s]", info->dlpi_name);
	return 0;
}

static int report(const char *label)
{
	char b[32768];
	const Elf64_Ehdr *linker = (void *)getauxval(AT_BASE);

	say("%s", label);
	FACT("AT_BASE is an ELF header", linker && memcmp(linker->e_ident, ELFMAG, 4) == 0);
	FACT("AT_SECURE", getauxval(AT_SECURE));
	say("AT_EXECFN %s", (char *)getauxval(AT_EXECFN));
	dl_iterate_phdr(say_object, NULL);
	ssize_t n = readlink("/proc/self/exe", b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	say("exe %s", b);
	MUST(get_file("/proc/self/maps", b, sizeof(b)));
	FACT("the linker is in the maps", strstr(b, "/ld-linux-x86-64.so.2\n") != NULL);
	FACT("so is libc", strstr(b, "/libc.so.6\n") != NULL);
	prctl(PR_GET_NAME, b);
	say("name %s", b);
	say("LD_LIBRARY_PATH %s",
	    getenv("LD_LIBRARY_PATH") ? getenv("LD_LIBRARY_PATH") : "is unset");
	return 0;
}

static void secure(void)
{
	setenv("LD_LIBRARY_PATH", "/tmp", 1);
	setenv("LD_DEBUG", "libs", 1);
	execl("./suid", "suid", "set-user-ID", NULL);
	_exit(9);
}

static void plain(void)
{
	setenv("LD_LIBRARY_PATH", "/tmp", 1);
	execl("./plain", "plain", "plain", NULL);
	_exit(9);
}

static void by_hand(void)
{
	execl(LINKER, LINKER, "./plain", "by the linker", NULL);
	FAILED("the linker");
	_exit(9);
}

static void script(void)
{
	execl("./script", "script", "ignored", NULL);
	FAILED("script");
	_exit(9);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report(argv[1]);
	start("dynamic_program");
	copy_self("plain", 0, 0, 0755);
	copy_self("suid", 2000, 0, 04755);
	put_file("script", "#!./plain by-a-script\n", 0755);
	in_child("plain", plain);
	as_user("set-user-ID", secure);
	in_child("by hand", by_hand);
	in_child("script", script);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			int null = open("/dev/null", O_WRONLY);
			dup2(null, 1);
			plain();
		}
		int status;
		waitpid(pid, &status, 0);
		if (status)
			say("start %d: status %x", i, status);
	}
	return 0;
}
