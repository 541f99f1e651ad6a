/* The set*id calls: every rule about real, effective, saved and file system ids. */
#include "facts.h"
#include <sys/fsuid.h>

static void say_ids(const char *label)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;

	getresuid(&r, &e, &s);
	getresgid(&gr, &ge, &gs);
	say("%s: uid %d/%d/%d/%d gid %d/%d/%d/%d", label, r, e, s, setfsuid(-1), gr, ge, gs,
	    setfsgid(-1));
}

#define STEP(call)                                                                                 \
	do {                                                                                       \
		errno = 0;                                                                         \
		long r_ = (long)(call);                                                            \
		int error_ = errno;                                                                \
		say("%s: %ld %s", #call, r_, r_ < 0 ? errno_name(error_) : "");                    \
		say_ids("  now");                                                                  \
	} while (0)

static void root_moves(void)
{
	say_ids("root");
	STEP(setresuid(1, 2, 3));
	STEP(setresuid(-1, 3, -1));
	STEP(setresuid(4, -1, -1));
	STEP(setuid(1));
	STEP(seteuid(2));
	STEP(setreuid(2, 1));
	STEP(setreuid(-1, 3));
	STEP(setuid(0));
}

static void root_gives_up(void)
{
	STEP(setgid(5));
	STEP(setregid(6, 7));
	STEP(setegid(8));
	STEP(setresgid(-1, 9, -1));
	STEP(setuid(USER));
	STEP(setuid(0));
	STEP(setgid(0));
	STEP(setegid(6));
	STEP(setregid(9, 6));
	STEP(setresgid(1, 1, 1));
}

static void effective_only(void)
{
	STEP(seteuid(USER));
	STEP(setegid(0));
	STEP(setresuid(USER, -1, -1));
	STEP(seteuid(0));
	STEP(setreuid(USER, -1));
	STEP(setreuid(-1, USER));
	STEP(seteuid(0));
	STEP(setresuid(-1, -1, USER));
}

static void file_system_ids(void)
{
	FACT("setfsuid 1000 gives the old one", syscall(SYS_setfsuid, USER));
	FACT("setfsuid -1 gives this one", syscall(SYS_setfsuid, -1));
	FD("root's secret file", open("secret", O_RDONLY));
	FD("the user's secret file", open("users", O_RDONLY));
	FD("a new file", open("shared/new", O_CREAT | O_WRONLY, 0600));
	say_owner("  whose", "shared/new");
	FACT("kill goes by the other ids", kill(1, 0));
	FACT("setfsgid 77", syscall(SYS_setfsgid, 77));
	FD("a new file", open("shared/new2", O_CREAT | O_WRONLY, 0600));
	say_owner("  whose", "shared/new2");
	STEP(seteuid(2000));
	FACT("setfsuid to a foreign id", syscall(SYS_setfsuid, 3000));
	FACT("it did not change", syscall(SYS_setfsuid, -1));
	FACT("setfsuid to the saved id", syscall(SYS_setfsuid, 0));
	FACT("it changed", syscall(SYS_setfsuid, -1));
	FD("root's secret file without capabilities", open("secret", O_RDONLY));
}

static void errors(void)
{
	uid_t ids[3];

	STEP(setuid(-1));
	STEP(setgid(-1));
	STEP(seteuid(-1));
	STEP(setreuid(-1, -1));
	STEP(setresuid(-1, -1, -1));
	FACT("getresuid of a bad pointer", syscall(SYS_getresuid, BAD, &ids[1], &ids[2]));
	FACT("getresgid of a bad pointer", syscall(SYS_getresgid, &ids[0], &ids[1], BAD));
	FACT("setuid, high bits", syscall(SYS_setuid, 0xabc00000000UL));
	STEP(setresuid(4000000000u, 4000000001u, 4000000002u));
}

static void groups(void)
{
	gid_t list[64], many[70000 / sizeof(gid_t)];

	for (size_t i = 0; i < 64; i++)
		list[i] = (gid_t)(64 - i);
	FACT("setgroups 64", setgroups(64, list));
	FACT("getgroups 0", getgroups(0, NULL));
	FACT("getgroups too few", getgroups(5, list));
	FACT("getgroups", getgroups(64, list));
	say("sorted: %u %u %u", list[0], list[1], list[63]);
	FACT("getgroups -1", getgroups(-1, list));
	FACT("getgroups bad pointer", getgroups(64, BAD));
	FACT("setgroups bad pointer", setgroups(64, BAD));
	FACT("setgroups 65537", setgroups(65537, many));
	FACT("setgroups -1 as a group", setgroups(1, &(gid_t){(gid_t)-1}));
	gid_t some[] = {7, 7, 3};
	FACT("setgroups with doubles", setgroups(3, some));
	FACT("getgroups", getgroups(64, list));
	say("they are: %u %u %u", list[0], list[1], list[2]);
	MUST(setresgid(USER, USER, USER));
	MUST(setresuid(USER, USER, USER));
	FD("a file by a supplementary group", open("group3", O_RDONLY));
	FD("a file of another group", open("group4", O_RDONLY));
	FACT("user: setgroups", setgroups(0, NULL));
	FACT("user: getgroups", getgroups(64, list));
	char text[8192];
	get_file("/proc/self/status", text, sizeof(text));
	char *p = strstr(text, "Groups:");
	say("status: %.*s", p ? (int)strcspn(p, "\n") : 0, p ? p : "");
}

static void by_user(void)
{
	say_ids("user");
	STEP(setuid(USER));
	STEP(setuid(0));
	STEP(seteuid(0));
	STEP(setresuid(-1, -1, 0));
	STEP(setreuid(0, -1));
	STEP(setgid(0));
	STEP(setresgid(USER, -1, -1));
	FACT("user: setgroups", setgroups(0, NULL));
	FACT("user: dumpable", prctl(PR_GET_DUMPABLE));
}

static void inherited(void)
{
	MUST(setresgid(7, 8, 9));
	MUST(setresuid(4, 5, 6));
	pid_t pid = child();
	if (pid == 0) {
		say_ids("a child has them");
		execl("/proc/self/exe", "x", "a program has them, but the saved ones", NULL);
		FAILED("exec");
		_exit(9);
	}
	say_end("child", pid);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return say_ids(argv[1]), 0;
	start("credential_calls");
	put_file("secret", "x", 0600);
	put_file("users", "x", 0600);
	MUST(chown("users", USER, USER));
	put_file("group3", "x", 0040);
	MUST(chown("group3", 0, 3));
	put_file("group4", "x", 0040);
	MUST(chown("group4", 0, 4));
	MUST(mkdir("shared", 0755));
	MUST(chmod("shared", 0777));
	in_child("root moves", root_moves);
	in_child("root gives up", root_gives_up);
	in_child("effective only", effective_only);
	in_child("file system ids", file_system_ids);
	in_child("errors", errors);
	in_child("groups", groups);
	as_user("user", by_user);
	in_child("inherited", inherited);
	return 0;
}
