/* Read, write and search permission on directories and files, for owner, group, others and root. */
#include "facts.h"

static const struct {
	const char *who;
	uid_t uid;
	gid_t gid;
	gid_t extra;
} users[] = {{"root", 0, 0, 0},
	     {"owner", 2000, 9, 9},
	     {"group", 2001, 3000, 9},
	     {"member", 2002, 9, 3000},
	     {"other", 2003, 9, 9}};

/* One letter for each right: r, w, x of a file or directory of the given mode. */
static void file_rights(mode_t mode)
{
	char text[64] = "";
	int fd;

	(fd = open("f", O_RDONLY)) >= 0 ? strcat(text, "r"), close(fd) : 0;
	(fd = open("f", O_WRONLY)) >= 0 ? strcat(text, "w"), close(fd) : 0;
	(fd = open("f", O_RDWR | O_APPEND)) >= 0 ? strcat(text, "+"), close(fd) : 0;
	access("f", X_OK) == 0 ? strcat(text, "x") : 0;
	say("  file: [%s]", text);
}

static void directory_rights(mode_t mode)
{
	char text[64] = "";
	struct stat st;
	int fd;

	(fd = open("d", O_RDONLY)) >= 0 ? strcat(text, "l"), close(fd) : 0;
	stat("d/inner", &st) == 0 ? strcat(text, "s") : 0;
	stat("d/missing", &st) < 0 && errno == ENOENT ? strcat(text, "m") : 0;
	(fd = open("d/inner", O_RDONLY)) >= 0 ? strcat(text, "r"), close(fd) : 0;
	(fd = open("d/new", O_CREAT | O_EXCL | O_WRONLY, 0600)) >= 0 ? strcat(text, "c"),
	    close(fd)						     : 0;
	       rename("d/new", "d/new2") == 0 ? strcat(text, "n") : 0;
	unlink("d/new2") == 0 ? strcat(text, "u") : 0;
	symlink("x", "d/link") == 0 ? strcat(text, "y") : 0;
	unlink("d/link") == 0 ? strcat(text, "u") : 0;
	mkdir("d/dir", 0700) == 0 ? strcat(text, "k") : 0;
	rmdir("d/dir") == 0 ? strcat(text, "u") : 0;
	chmod("d/inner", 0644) == 0 ? strcat(text, "h") : 0;
	stat("d/sub/leaf", &st) == 0 ? strcat(text, "p") : 0;
	stat("d/..", &st) == 0 ? strcat(text, "^") : 0;
	say("  directory: [%s]", text);
}

static void try(mode_t mode)
{
	MUST(chmod("f", mode));
	MUST(chmod("d", mode));
	for (size_t i = 0; i < sizeof(users) / sizeof *users; i++) {
		pid_t pid = child();
		if (pid == 0) {
			MUST(setgroups(1, &users[i].extra));
			MUST(setresgid(users[i].gid, users[i].gid, users[i].gid));
			MUST(setresuid(users[i].uid, users[i].uid, users[i].uid));
			say("mode %03o, %s", mode, users[i].who);
			file_rights(mode);
			directory_rights(mode);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

int main(void)
{
	static const mode_t modes[] = {0,    0777, 0700, 0070, 0007, 0444, 0222,
				       0111, 0755, 0750, 0311, 0077, 0707};

	start("search_permissions");
	put_file("f", "x", 0644);
	MUST(mkdir("d", 0777));
	put_file("d/inner", "x", 0644);
	MUST(mkdir("d/sub", 0755));
	put_file("d/sub/leaf", "x", 0644);
	MUST(chown("f", 2000, 3000));
	MUST(chown("d", 2000, 3000));
	MUST(chown("d/inner", 2000, 3000));
	for (size_t i = 0; i < sizeof(modes) / sizeof *modes; i++)
		try(modes[i]);
	return 0;
}
