/* Who may remove what: sticky directories, set-group-ID directories, links in both, groups. */
#include "facts.h"

#define OTHER 2000

static void as(uid_t uid, gid_t gid, const char *label, void (*body)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		MUST(setgroups(0, NULL));
		MUST(setresgid(gid, gid, gid));
		MUST(setresuid(uid, uid, uid));
		body();
		_exit(0);
	}
	say_end(label, pid);
}

static void own(const char *path, uid_t uid)
{
	put_file(path, "x", 0666);
	MUST(chown(path, uid, uid));
}

static void in_sticky(void)
{
	FACT("unlink an own file", unlink("sticky/user1"));
	FACT("unlink another's", unlink("sticky/other1"));
	FACT("unlink root's", unlink("sticky/root1"));
	FACT("rename an own one", rename("sticky/user2", "sticky/renamed"));
	FACT("rename another's", rename("sticky/other1", "sticky/x"));
	FACT("rename over another's", rename("sticky/renamed", "sticky/other1"));
	FACT("rename out", rename("sticky/other1", "open/x"));
	FACT("rename an own one out", rename("sticky/renamed", "open/mine"));
	FACT("exchange",
	     renameat2(AT_FDCWD, "open/mine", AT_FDCWD, "sticky/other1", RENAME_EXCHANGE));
	FACT("rmdir another's", rmdir("sticky/otherdir"));
	FACT("rename another's directory", rename("sticky/otherdir", "sticky/y"));
	FACT("make one", mkdir("sticky/mydir", 0755));
	FACT("rmdir it", rmdir("sticky/mydir"));
	FACT("write another's that is open to all", close(open("sticky/other1", O_WRONLY)));
	FACT("O_CREAT of another's", close(open("sticky/other1", O_WRONLY | O_CREAT, 0666)));
	FACT("O_CREAT of another's fifo", close(open("sticky/otherfifo", O_RDWR | O_CREAT, 0666)));
	FACT("follow another's link", close(open("sticky/otherlink", O_RDONLY)));
	FACT("  stat", access("sticky/otherlink", F_OK));
	FACT("follow an own link",
	     (symlink("../open/file", "sticky/mylink"), close(open("sticky/mylink", O_RDONLY))));
	FACT("link another's file", link("sticky/unreadable", "open/linked"));
	FACT("link another's open file", link("sticky/other1", "open/linked"));
	FACT("link root's set-ID program", link("sticky/setid", "open/linked2"));
	FACT("truncate another's", truncate("sticky/other1", 0));
	FACT("chmod another's", chmod("sticky/other1", 0600));
	FACT("chmod the directory", chmod("sticky", 0777));
}

static void owner_of_directory(void)
{
	FACT("the directory's owner unlinks another's", unlink("usersticky/other1"));
	FACT("  and renames", rename("usersticky/root1", "usersticky/r"));
	FACT("  and makes the directory plain", chmod("usersticky", 0777));
}

static void in_set_group(void)
{
	FACT("a file", close(open("setgid/f", O_WRONLY | O_CREAT, 0666)));
	say_owner("  has", "setgid/f");
	FACT("a directory", mkdir("setgid/d", 0777));
	say_owner("  has", "setgid/d");
	FACT("below it", mkdir("setgid/d/e", 0777));
	say_owner("  has", "setgid/d/e");
	FACT("a FIFO", mkfifo("setgid/p", 0666));
	say_owner("  has", "setgid/p");
	FACT("a link", symlink("x", "setgid/l"));
	say_owner("  has", "setgid/l");
	FACT("a set-group-ID program", close(open("setgid/s", O_WRONLY | O_CREAT, 02777)));
	say_owner("  has", "setgid/s");
	int fd = open("setgid", O_RDWR | O_TMPFILE, 0666);
	struct stat st;
	FACT("a temporary file", fstat(fd, &st));
	say("  has %u:%u %o", st.st_uid, st.st_gid, st.st_mode);
	FACT("chmod g+s of an own directory of another group", chmod("setgid/d", 02777));
	say_owner("  has", "setgid/d");
	FACT("chmod g+s of a file of another group", chmod("setgid/f", 02777));
	say_owner("  has", "setgid/f");
	FACT("chgrp to another", chown("setgid/f", -1, OTHER));
	FACT("chgrp to the own", chown("setgid/f", -1, USER));
	say_owner("  has", "setgid/f");
}

static void many_groups(void)
{
	gid_t groups[40];

	for (int i = 0; i < 40; i++)
		groups[i] = (gid_t)(5000 + i);
	MUST(setgroups(40, groups));
	MUST(setresgid(USER, USER, USER));
	MUST(setresuid(USER, USER, USER));
	FACT("the 40th group opens", close(open("grouped", O_RDWR)));
	FACT("  another's does not", close(open("grouped2", O_RDWR)));
	FACT("access", access("grouped", R_OK | W_OK));
	FACT("chgrp to a group of its own",
	     (close(open("open/g", O_CREAT | O_WRONLY, 0600)), chown("open/g", -1, 5007)));
	FACT("chgrp to another", chown("open/g", -1, 6000));
	FACT("getgroups", getgroups(0, NULL));
	FACT("getgroups, too few", getgroups(39, groups));
	FACT("getgroups, negative", getgroups(-1, groups));
	FACT("setgroups", setgroups(1, groups));
}

static void too_many(void)
{
	gid_t *groups = calloc(65537, sizeof(gid_t));

	FACT("65536 groups", setgroups(65536, groups));
	FACT("65537 groups", setgroups(65537, groups));
	FACT("they are there", getgroups(0, NULL));
	groups[0] = (gid_t)-1;
	FACT("-1 as a group", setgroups(1, groups));
}

int main(void)
{
	start("sticky_directories");
	umask(0);
	mkdir("sticky", 01777);
	mkdir("usersticky", 01777);
	MUST(chown("usersticky", USER, USER));
	mkdir("open", 0777);
	put_file("open/file", "x", 0644);
	mkdir("setgid", 0777);
	MUST(chown("setgid", 0, OTHER));
	MUST(chmod("setgid", 02777));
	own("sticky/user1", USER);
	own("sticky/user2", USER);
	own("sticky/other1", OTHER);
	own("sticky/root1", 0);
	own("usersticky/other1", OTHER);
	own("usersticky/root1", 0);
	own("sticky/unreadable", OTHER);
	chmod("sticky/unreadable", 0600);
	own("sticky/setid", 0);
	chmod("sticky/setid", 04755);
	mkdir("sticky/otherdir", 0777);
	chown("sticky/otherdir", OTHER, OTHER);
	mkfifo("sticky/otherfifo", 0666);
	chown("sticky/otherfifo", OTHER, OTHER);
	symlink("../open/file", "sticky/otherlink");
	lchown("sticky/otherlink", OTHER, OTHER);
	put_file("grouped", "x", 0660);
	chown("grouped", 0, 5039);
	put_file("grouped2", "x", 0660);
	chown("grouped2", 0, 6000);
	as(USER, USER, "in a sticky directory", in_sticky);
	as(USER, USER, "the owner", owner_of_directory);
	umask(022);
	as(USER, USER, "in a set-group-ID directory", in_set_group);
	in_child("many groups", many_groups);
	in_child("too many", too_many);
	return 0;
}
