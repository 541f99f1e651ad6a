/* rename and renameat: replacing, directories, trailing slashes, permissions. */
#include "facts.h"

static void set_up(void)
{
	static const char *const directories[] = {"d1",	      "d2",    "full",	 "full/sub", "deep",
						  "deep/sub", "users", "sticky", "closed"};

	for (size_t i = 0; i < sizeof(directories) / sizeof *directories; i++)
		MUST(mkdir(directories[i], 0755));
	for (const char *const *f =
		 (const char *const[]){"f1", "f2", "f3", "f4", "full/x", "users/root",
				       "sticky/root", "sticky/user", "closed/x", NULL};
	     *f; f++)
		put_file(*f, *f, 0666);
	MUST(symlink("f1", "link"));
	MUST(symlink("d1", "dirlink"));
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop", "loop"));
	MUST(chown("users", USER, USER));
	MUST(chmod("sticky", 01777));
	MUST(chmod("closed", 0700));
	MUST(chown("sticky/user", USER, USER));
}

static const struct {
	const char *from, *to;
} moves[] = {
    {"f1", "new"},
    {"new", "f1"},
    {"f1", "f1"},
    {"f1", "f2"},
    {"f2", "f1/"},
    {"f2", "d1"},
    {"f2", "d1/"},
    {"f2", "new/"},
    {"f2/", "new"},
    {"d1", "f2"},
    {"d1", "d2"},
    {"d2", "d1/"},
    {"d1/", "d2"},
    {"d2/", "d1/"},
    {"d1", "full"},
    {"full", "d1"},
    {"d1", "full"},
    {"d1", "d1/sub"},
    {"deep", "deep/sub/x"},
    {"deep/sub", "deep"},
    {"d1/.", "x"},
    {"d1/..", "x"},
    {".", "x"},
    {"..", "x"},
    {"d1", "."},
    {"d1", ".."},
    {"d1", "deep/."},
    {"/", "x"},
    {"d1", "/"},
    {"", "x"},
    {"f2", ""},
    {"missing", "x"},
    {"missing", "missing2/x"},
    {"f2", "missing/x"},
    {"f2/x", "y"},
    {"f2", "f3/x"},
    {"link", "link2"},
    {"link2", "f3"},
    {"f2", "f3"},
    {"dirlink", "dirlink2"},
    {"dirlink2/", "x"},
    {"f3", "dirlink2"},
    {"dangling", "dangling2"},
    {"f4", "dangling2/"},
    {"f4", "dangling2"},
    {"loop/x", "y"},
    {"loop", "loop2"},
    {"dangling2", "/tmp/x"},
    {"/etc/passwd", "x"},
    {"dangling2", "/etc/x"},
    {"/etc/passwd", "/etc/x"},
    {"/tmp", "x"},
    {"deep", "/tmp/deep"},
    {"/scratch", "/x"},
};

static void table(void)
{
	for (size_t i = 0; i < sizeof(moves) / sizeof *moves; i++) {
		char label[100];
		snprintf(label, sizeof(label), "\"%s\" to \"%s\"", moves[i].from, moves[i].to);
		FACT(label, syscall(SYS_rename, moves[i].from, moves[i].to));
	}
}

static void relations(void)
{
	struct stat a, b;
	char text[32];

	put_file("one", "first", 0600);
	put_file("two", "second", 0644);
	int fd = open("two", O_RDONLY);
	stat("one", &a);
	FACT("replace a file that is open", rename("one", "two"));
	stat("two", &b);
	FACT("the inode moved along", a.st_ino == b.st_ino);
	fstat(fd, &b);
	FACT("links of the replaced file", b.st_nlink);
	MUST(link("two", "hard"));
	FACT("rename to another name of the same file", rename("two", "hard"));
	say_mode("the old name stays", "two");
	get_file("two", text, sizeof(text));
	say("its content: %s", text);
	FACT("a bad first pointer", syscall(SYS_rename, BAD, "x"));
	FACT("a bad second pointer", syscall(SYS_rename, "two", BAD));
	FACT("a missing first, a bad second", syscall(SYS_rename, "missing", BAD));
	MUST(mkdir("home", 0755));
	int dir = open("home", O_RDONLY);
	FACT("renameat between descriptors", syscall(SYS_renameat, AT_FDCWD, "two", dir, "moved"));
	FACT("renameat back", renameat(dir, "moved", dir, "../two"));
	FACT("renameat from a bad descriptor", renameat(99, "two", AT_FDCWD, "x"));
	FACT("renameat to a bad descriptor", renameat(AT_FDCWD, "two", 99, "x"));
	FACT("renameat from a file", renameat(fd, "two", AT_FDCWD, "x"));
	MUST(chdir("home"));
	FACT("rename of the current directory", rename("../home", "../moved"));
	char cwd[4096];
	FACT("getcwd follows", getcwd(cwd, sizeof(cwd)) && strstr(cwd, "/moved") != NULL);
	MUST(chdir(".."));
}

static void by_user(void)
{
	FACT("user: in root's directory", rename("f3", "x"));
	FACT("user: into root's directory", rename("sticky/user", "x"));
	FACT("user: root's file in a sticky directory", rename("sticky/root", "sticky/x"));
	FACT("user: over root's file in a sticky directory", rename("sticky/user", "sticky/root"));
	FACT("user: its own to its own directory", rename("sticky/user", "users/user"));
	FACT("user: root's file in its own directory", rename("users/root", "users/x"));
	FACT("user: out of a closed directory", rename("closed/x", "users/x"));
	FACT("user: into a closed directory", rename("users/x", "closed/x"));
}

int main(void)
{
	start("rename_calls");
	set_up();
	table();
	relations();
	as_user("user", by_user);
	return 0;
}
