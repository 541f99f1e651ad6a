/* inotify(7) on directories and trees that move. */
#include "facts.h"
#include <sys/inotify.h>

static int in;

static const char *mask_name(uint32_t mask)
{
	static char text[256];
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {{IN_CREATE, "create"},	  {IN_DELETE, "delete"},
		     {IN_MODIFY, "modify"},	  {IN_MOVED_FROM, "moved-from"},
		     {IN_MOVED_TO, "moved-to"},	  {IN_CLOSE_WRITE, "close-write"},
		     {IN_CLOSE_NOWRITE, "close"}, {IN_OPEN, "open"},
		     {IN_ATTRIB, "attrib"},	  {IN_DELETE_SELF, "delete-self"},
		     {IN_MOVE_SELF, "move-self"}, {IN_IGNORED, "ignored"},
		     {IN_Q_OVERFLOW, "overflow"}, {IN_ISDIR, "dir"},
		     {IN_ACCESS, "access"},	  {IN_UNMOUNT, "unmount"}};
	text[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof *names; i++)
		if (mask & names[i].bit) {
			strcat(text, " ");
			strcat(text, names[i].name);
		}
	return text;
}

static void events(const char *label)
{
	_Alignas(struct inotify_event) char b[65536];
	uint32_t cookie = 0;

	say("%s", label);
	ssize_t n = read(in, b, sizeof(b));
	for (char *p = b; p < b + n;) {
		struct inotify_event *e = (struct inotify_event *)p;
		say("  %d%s %s%s", e->wd, mask_name(e->mask), e->len ? e->name : "-",
		    e->cookie ? e->cookie == cookie ? " (the same move)" : " (a move)" : "");
		cookie = e->cookie;
		p += sizeof(*e) + e->len;
	}
}

int main(void)
{
	start("inotify_trees");
	in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	MUST(mkdir("a/tree", 0755));
	put_file("a/tree/file", "x", 0644);
	FACT("watch a", inotify_add_watch(in, "a", IN_ALL_EVENTS));
	FACT("watch b", inotify_add_watch(in, "b", IN_ALL_EVENTS));
	FACT("watch the tree", inotify_add_watch(in, "a/tree", IN_ALL_EVENTS));

	MUST(rename("a/tree", "b/moved"));
	events("a tree moves");
	put_file("b/moved/file", "yy", 0644);
	events("a file in it changes");
	MUST(mkdir("b/moved/sub", 0755));
	MUST(rmdir("b/moved/sub"));
	events("a directory comes and goes");
	MUST(rename("b/moved/file", "a/file"));
	events("a file moves out");
	MUST(link("a/file", "b/link"));
	MUST(unlink("a/file"));
	events("a link, and the name is gone");
	MUST(chmod("b/link", 0600));
	MUST(truncate("b/link", 0));
	events("mode and size");
	MUST(symlink("nowhere", "a/symbolic"));
	MUST(unlink("a/symbolic"));
	events("a symbolic link");
	FACT("renameat2 exchanges", renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE));
	events("exchanged");
	MUST(mkdir("c", 0755));
	FACT("only directories", inotify_add_watch(in, "b/link", IN_ONLYDIR | IN_MODIFY));
	FACT("one event", inotify_add_watch(in, "c", IN_CREATE | IN_ONESHOT));
	put_file("c/1", "", 0600);
	put_file("c/2", "", 0600);
	events("one event only");
	FACT("the same again", inotify_add_watch(in, "a", IN_CREATE | IN_MASK_CREATE));
	FACT("fewer events", inotify_add_watch(in, "a", IN_DELETE) > 0);
	put_file("a/new", "", 0600);
	events("not asked for any more");
	MUST(rmdir("a/moved"));
	events("a watched directory is gone");
	FACT("remove a watch", inotify_rm_watch(in, 1));
	events("it is ignored");
	FACT("remove it again", inotify_rm_watch(in, 1));
	FACT("watch nothing", inotify_add_watch(in, "a", 0));
	FACT("watch what is not there", inotify_add_watch(in, "missing", IN_CREATE));
	return 0;
}
