/* inotify: watches by path, their events, errnos. */
#include "facts.h"
#include <sys/inotify.h>
#include <poll.h>

static int fd;

static void say_events(const char *label)
{
	static const char *const names[] = {"ACCESS",	     "MODIFY", "ATTRIB",      "CLOSE_WRITE",
					    "CLOSE_NOWRITE", "OPEN",   "MOVED_FROM",  "MOVED_TO",
					    "CREATE",	     "DELETE", "DELETE_SELF", "MOVE_SELF"};
	char buffer[8192] __attribute__((aligned(8)));
	long n = read(fd, buffer, sizeof(buffer));

	if (n < 0)
		say("%s: no events", label);
	for (char *p = buffer; p < buffer + (n < 0 ? 0 : n);) {
		struct inotify_event *e = (void *)p;
		char text[200] = "";
		for (size_t i = 0; i < 12; i++)
			if (e->mask >> i & 1) {
				strcat(text, " ");
				strcat(text, names[i]);
			}
		say("%s: watch %d%s%s%s name \"%s\"", label, e->wd, text,
		    e->mask & IN_ISDIR ? " ISDIR" : "", e->mask & IN_IGNORED ? " IGNORED" : "",
		    e->len ? e->name : "");
		p += sizeof(*e) + e->len;
	}
}

static void errors(void)
{
	FACT("missing", inotify_add_watch(fd, "missing", IN_ALL_EVENTS));
	FACT("nothing", inotify_add_watch(fd, "", IN_ALL_EVENTS));
	FACT("below a file", inotify_add_watch(fd, "file/x", IN_ALL_EVENTS));
	FACT("loop", inotify_add_watch(fd, "loop", IN_ALL_EVENTS));
	FACT("no events", inotify_add_watch(fd, "file", 0));
	FACT("only a file, IN_ONLYDIR", inotify_add_watch(fd, "file", IN_OPEN | IN_ONLYDIR));
	FACT("bad pointer", syscall(SYS_inotify_add_watch, fd, BAD, IN_ALL_EVENTS));
	FACT("bad descriptor", inotify_add_watch(99, "file", IN_ALL_EVENTS));
	FACT("no inotify descriptor",
	     inotify_add_watch(open("file", O_RDONLY), "file", IN_ALL_EVENTS));
	FACT("remove a watch that is none", inotify_rm_watch(fd, 77));
	FACT("remove from a bad descriptor", inotify_rm_watch(99, 1));
	FACT("MASK_ADD and MASK_CREATE",
	     inotify_add_watch(fd, "file", IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE));
	FACT("inotify_init1, bad flags", inotify_init1(1));
}

static void watches(void)
{
	FACT("watch the directory", inotify_add_watch(fd, "dir", IN_ALL_EVENTS));
	FACT("watch it again", inotify_add_watch(fd, "dir/.", IN_ALL_EVENTS));
	FACT("watch it anew", inotify_add_watch(fd, "dir", IN_ALL_EVENTS | IN_MASK_CREATE));
	FACT("watch a file", inotify_add_watch(fd, "file", IN_ALL_EVENTS));
	FACT("watch through a symlink", inotify_add_watch(fd, "link", IN_ALL_EVENTS));
	FACT("watch a symlink", inotify_add_watch(fd, "link", IN_ALL_EVENTS | IN_DONT_FOLLOW));
	put_file("dir/new", "content", 0644);
	say_events("a new file");
	char b[4];
	int f = open("dir/new", O_RDONLY);
	MUST(read(f, b, 4));
	close(f);
	say_events("a file is read");
	MUST(chmod("dir/new", 0600));
	MUST(truncate("dir/new", 2));
	say_events("chmod and truncate");
	MUST(rename("dir/new", "dir/moved"));
	say_events("rename");
	MUST(link("dir/moved", "dir/hard"));
	MUST(unlink("dir/moved"));
	say_events("link and unlink");
	MUST(mkdir("dir/sub", 0755));
	MUST(rmdir("dir/sub"));
	say_events("mkdir and rmdir");
	MUST(stat("dir/hard", &(struct stat){0}));
	MUST(access("dir/hard", F_OK));
	say_events("stat and access");
	put_file("file", "x", 0644);
	say_events("a watched file");
	MUST(unlink("file"));
	say_events("a watched file is removed");
	MUST(unlink("dir/hard"));
	MUST(rmdir("dir"));
	say_events("the watched directory is removed");
	FACT("remove a watch", inotify_rm_watch(fd, 3));
	say_events("after it");
}

static void by_user(void)
{
	FACT("user: a readable file", inotify_add_watch(fd, "open", IN_OPEN));
	FACT("user: a secret file", inotify_add_watch(fd, "secret", IN_OPEN));
	FACT("user: a closed directory", inotify_add_watch(fd, "closed", IN_OPEN));
	FACT("user: in a closed directory", inotify_add_watch(fd, "closed/x", IN_OPEN));
}

int main(void)
{
	start("inotify_calls");
	put_file("file", "x", 0644);
	put_file("open", "x", 0644);
	put_file("secret", "x", 0600);
	MUST(mkdir("dir", 0755));
	MUST(mkdir("closed", 0700));
	MUST(symlink("file", "link"));
	MUST(symlink("loop", "loop"));
	fd = (int)MUST(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
	errors();
	watches();
	FD("inotify_init", inotify_init());
	as_user("user", by_user);
	struct pollfd p = {fd, POLLIN, 0};
	FACT("poll", poll(&p, 1, 0));
	return 0;
}
