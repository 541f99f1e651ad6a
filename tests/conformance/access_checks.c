/* access, faccessat, faccessat2: as root, as a user, with real and effective ids apart. */
#include "facts.h"

static const char *const paths[] = {"open",  "secret", "program",  "dir",     "closed",	    "users",
				    "group", "link",   "dangling", "missing", "/etc/passwd"};
static const char *who;

static long access2(int dir, const char *path, int mode, int flags)
{
	return syscall(SYS_faccessat2, dir, path, mode, flags);
}

static void table(void)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof *paths; i++) {
		char text[200];
		int n = snprintf(text, sizeof(text), "%s: access %s:", who, paths[i]);
		for (int mode = 0; mode < 8; mode++) {
			long r = syscall(SYS_access, paths[i], mode);
			n += snprintf(text + n, sizeof(text) - (size_t)n, " %s",
				      r == 0 ? "ok" : errno_name(errno));
		}
		say("%s", text);
	}
}

/* Real and effective ids differ: access looks at the real ones unless AT_EACCESS is given. */
static void apart(void)
{
	struct {
		const char *name;
		uid_t real, effective;
	} ids[] = {{"real root", 0, USER}, {"real user", USER, 0}};

	for (int k = 0; k < 2; k++) {
		pid_t pid = child();
		if (pid == 0) {
			MUST(setgroups(0, NULL));
			MUST(setresgid(ids[k].real, ids[k].effective, 0));
			MUST(setresuid(ids[k].real, ids[k].effective, 0));
			for (size_t i = 0; i < 7; i++) {
				char label[100];
				snprintf(label, sizeof(label), "%s: access R_OK %s", ids[k].name,
					 paths[i]);
				FACT(label, access2(AT_FDCWD, paths[i], R_OK, 0));
				snprintf(label, sizeof(label), "%s: AT_EACCESS R_OK %s",
					 ids[k].name, paths[i]);
				FACT(label, access2(AT_FDCWD, paths[i], R_OK, AT_EACCESS));
			}
			_exit(0);
		}
		say_end(ids[k].name, pid);
	}
}

static void errors(void)
{
	int dir = open("dir", O_RDONLY), file = open("open", O_RDONLY);

	FACT("empty path", syscall(SYS_access, "", F_OK));
	FACT("mode 8", syscall(SYS_access, "open", 8));
	FACT("mode -1", syscall(SYS_access, "open", -1));
	FACT("bad pointer", syscall(SYS_access, BAD, F_OK));
	FACT("below a file", syscall(SYS_access, "open/x", F_OK));
	FACT("slash behind a file", syscall(SYS_access, "open/", F_OK));
	FACT("loop", syscall(SYS_access, "loop", F_OK));
	FACT("faccessat ignores a fourth argument",
	     syscall(SYS_faccessat, AT_FDCWD, "open", F_OK, -1));
	FACT("faccessat a bad descriptor", syscall(SYS_faccessat, 99, "open", F_OK));
	FACT("faccessat a file", syscall(SYS_faccessat, file, "open", F_OK));
	FACT("faccessat a directory", syscall(SYS_faccessat, dir, "../open", R_OK));
	FACT("faccessat2 unknown flags", access2(AT_FDCWD, "open", F_OK, 1));
	FACT("faccessat2 mode 8", access2(AT_FDCWD, "open", 8, 0));
	FACT("faccessat2 empty path", access2(file, "", R_OK, 0));
	FACT("faccessat2 AT_EMPTY_PATH", access2(file, "", R_OK, AT_EMPTY_PATH));
	FACT("faccessat2 AT_EMPTY_PATH, write", access2(file, "", W_OK, AT_EMPTY_PATH));
	FACT("faccessat2 AT_EMPTY_PATH, current directory",
	     access2(AT_FDCWD, "", R_OK, AT_EMPTY_PATH));
	FACT("faccessat2 dangling, no follow",
	     access2(AT_FDCWD, "dangling", R_OK, AT_SYMLINK_NOFOLLOW));
	FACT("faccessat2 link, no follow, execute",
	     access2(AT_FDCWD, "link", X_OK, AT_SYMLINK_NOFOLLOW));
	FACT("read-only file system, write", access("/etc/passwd", W_OK));
	FACT("read-only file system, directory", access("/etc", W_OK));
	FACT("noexec file system", access("/noexec/program", X_OK));
}

int main(void)
{
	start("access_checks");
	put_file("open", "x", 0644);
	put_file("secret", "x", 0600);
	put_file("program", "x", 0711);
	put_file("users", "x", 0070);
	MUST(chown("users", USER, USER));
	put_file("group", "x", 0060);
	MUST(chown("group", 0, USER));
	MUST(mkdir("dir", 0755));
	MUST(mkdir("closed", 0700));
	MUST(symlink("program", "link"));
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop", "loop"));
	put_file("/noexec/program", "x", 0755);
	who = "root";
	table();
	who = "user";
	as_user("user", table);
	apart();
	errors();
	return 0;
}
