/* Set-user-ID and set-group-ID programs: ids, AT_SECURE, what switches it off. */
#include "facts.h"
#include <sys/auxv.h>

static void say_ids(const char *label)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;
	gid_t groups[32];
	char text[8192], line[200] = "";

	getresuid(&r, &e, &s);
	getresgid(&gr, &ge, &gs);
	int n = getgroups(32, groups);
	for (int i = 0; i < n; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " %u", groups[i]);
	say("%s: uid %u/%u/%u gid %u/%u/%u groups%s secure %lu dumpable %d", label, r, e, s, gr, ge,
	    gs, line, getauxval(AT_SECURE), prctl(PR_GET_DUMPABLE));
	get_file("/proc/self/status", text, sizeof(text));
	for (const char *const *f =
		 (const char *const[]){"Uid:", "Gid:", "CapPrm:", "CapEff:", NULL};
	     *f; f++) {
		char *p = strstr(text, *f);
		say("%s: %.*s", label, p ? (int)strcspn(p, "\n") : 0, p ? p : "");
	}
}

static const char *program, *label;

static void run(void)
{
	execl(program, program, label, NULL);
	FAILED(label);
	_exit(9);
}

static void no_new_privileges(void)
{
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	run();
}

static void two_steps(void)
{
	execl("./suid-other", "x", "exec:./sgid", NULL);
	_exit(9);
}

static void real_root(void)
{
	MUST(setresuid(0, USER, USER));
	run();
}

static void with_groups(void)
{
	gid_t groups[] = {10, 20, 30};

	MUST(setgroups(3, groups));
	MUST(setresgid(USER, USER, USER));
	MUST(setresuid(USER, USER, USER));
	run();
}

static void saved_ids(void)
{
	execl("./suid-other", "x", "switch", NULL);
	_exit(9);
}

/* Inside a set-user-ID program: back and forth between the ids. */
static void switch_ids(void)
{
	FACT("switch: seteuid to the real id", seteuid(USER));
	FACT("switch: seteuid to the saved id", seteuid(2000));
	FACT("switch: setuid to the real id", setuid(USER));
	FACT("switch: seteuid to the saved id again", seteuid(2000));
	FACT("switch: setresuid all to the real id", setresuid(USER, USER, USER));
	FACT("switch: seteuid to the old saved id", seteuid(2000));
	FACT("switch: seteuid 0", seteuid(0));
}

static void access_rights(void)
{
	execl("./suid-other", "x", "access", NULL);
	_exit(9);
}

static void check_access(void)
{
	FD("access: a file of the effective user", open("others", O_RDONLY));
	FD("access: a file of the real user", open("users", O_RDONLY));
	FACT("access: access() of the effective user's", access("others", R_OK));
	FACT("access: access() of the real user's", access("users", R_OK));
	int fd = open("shared/made", O_CREAT | O_WRONLY, 0600);
	FACT("access: makes a file", fd >= 0);
	say_owner("access: whose", "shared/made");
	setresuid(-1, -1, USER);
	execl("/proc/self/cwd/plain", "plain", "after another exec", NULL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "switch") == 0)
		return switch_ids(), 0;
	if (argc > 1 && strcmp(argv[1], "access") == 0)
		return check_access(), 1;
	if (argc > 1 && strncmp(argv[1], "exec:", 5) == 0) {
		say_ids("first step");
		execl(argv[1] + 5, "x", "second step", NULL);
		return 1;
	}
	if (argc > 1)
		return say_ids(argv[1]), 0;

	start("setid_exec");
	copy_self("plain", 0, 0, 0755);
	copy_self("suid-root", 0, 0, 04755);
	copy_self("suid-other", 2000, 2000, 04755);
	copy_self("sgid", 0, 3000, 02755);
	copy_self("sgid-no-x", 0, 3000, 02745);
	copy_self("both", 2000, 3000, 06755);
	copy_self("own", USER, USER, 06755);
	copy_self("/nosuid/suid-root", 0, 0, 04755);
	copy_self("/tmp/suid-root", 0, 0, 04755);
	put_file("script", "#!./plain of-a-script\n", 0755);
	MUST(chown("script", 2000, 3000));
	MUST(chmod("script", 06755));
	MUST(symlink("suid-root", "link"));
	put_file("others", "x", 0600);
	MUST(chown("others", 2000, 2000));
	put_file("users", "x", 0600);
	MUST(chown("users", USER, USER));
	MUST(mkdir("shared", 0755));
	MUST(chmod("shared", 0777));

	as_user("user", (program = "./plain", label = "plain", run));
	as_user("user", (program = "./suid-root", label = "set-user-ID root", run));
	as_user("user", (program = "./link", label = "set-user-ID root by a symlink", run));
	as_user("user", (program = "./suid-other", label = "set-user-ID 2000", run));
	as_user("user", (program = "./sgid", label = "set-group-ID 3000", run));
	as_user("user", (program = "./sgid-no-x", label = "set-group-ID without x", run));
	as_user("user", (program = "./both", label = "both", run));
	as_user("user", (program = "./own", label = "of the user", run));
	as_user("user", (program = "/nosuid/suid-root", label = "on a nosuid mount", run));
	as_user("user", (program = "./script", label = "script", run));
	as_user("user", (program = "./suid-root", label = "no new privileges", no_new_privileges));
	as_user("user", two_steps);
	as_user("user", saved_ids);
	as_user("user", access_rights);
	in_child("root", (program = "./plain", label = "root plain", run));
	in_child("root", (program = "./suid-other", label = "root to 2000", run));
	in_child("root", (program = "./both", label = "root to both", run));
	in_child("real root", (program = "./plain", label = "real root plain", real_root));
	in_child("real root",
		 (program = "./suid-root", label = "real root set-user-ID", real_root));
	in_child("groups", (program = "./sgid", label = "groups stay", with_groups));
	return 0;
}
