/* POSIX access control lists as extended attributes: who may then, masks, inheritance. */
#include "facts.h"
#include <sys/xattr.h>

#define ACCESS	"system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"

struct entry {
	uint16_t tag, perm;
	uint32_t id;
};

struct acl {
	uint32_t version;
	struct entry entries[5];
};

/* user::rw-, user:USER:perm, group::r--, mask::mask, other::--- */
static struct acl acl_of(unsigned perm, unsigned mask)
{
	return (struct acl){2,
			    {{1, 6, ~0U},
			     {2, (uint16_t)perm, USER},
			     {4, 4, ~0U},
			     {16, (uint16_t)mask, ~0U},
			     {32, 0, ~0U}}};
}

static void by_user(void)
{
	struct acl acl = acl_of(7, 7);

	FD("user: read", open("file", O_RDONLY));
	FD("user: write", open("file", O_WRONLY));
	FACT("user: access", access("file", W_OK));
	FACT("user: change it", setxattr("file", ACCESS, &acl, sizeof(acl), 0));
	FACT("user: read it", getxattr("file", ACCESS, &acl, sizeof(acl)));
}

static void say_acl(const char *path, const char *name)
{
	struct acl acl = {0};
	ssize_t n = getxattr(path, name, &acl, sizeof(acl));

	say("%s of %s: %zd %s", name, path, n, n < 0 ? errno_name(errno) : "");
	for (int i = 0; n > 0 && i < ((int)n - 4) / 8; i++)
		say("  tag %u perm %u id %d", acl.entries[i].tag, acl.entries[i].perm,
		    (int)acl.entries[i].id);
}

static void on(const char *directory)
{
	struct acl acl = acl_of(6, 6);

	say("in %s", directory);
	MUST(chdir(directory));
	put_file("file", "x", 0640);
	say_acl("file", ACCESS);
	FACT("set", setxattr("file", ACCESS, &acl, sizeof(acl), 0));
	say_acl("file", ACCESS);
	say_mode("file", "file");
	as_user("allowed", by_user);
	FACT("chmod changes the mask", chmod("file", 0640));
	say_acl("file", ACCESS);
	as_user("masked", by_user);
	FACT("stronger than the group", chmod("file", 0666));
	say_acl("file", ACCESS);
	acl.entries[3].perm = 0;
	FACT("no mask", setxattr("file", ACCESS, &acl, sizeof(acl), XATTR_REPLACE));
	as_user("no mask", by_user);
	acl.version = 7;
	FACT("a bad version", setxattr("file", ACCESS, &acl, sizeof(acl), 0));
	acl = acl_of(6, 6);
	acl.entries[1].tag = 3;
	FACT("a bad tag", setxattr("file", ACCESS, &acl, sizeof(acl), 0));
	acl = acl_of(6, 6);
	FACT("a default of a file", setxattr("file", DEFAULT, &acl, sizeof(acl), 0));
	FACT("remove", removexattr("file", ACCESS));
	say_acl("file", ACCESS);

	MUST(mkdir("dir", 0755));
	FACT("a default", setxattr("dir", DEFAULT, &acl, sizeof(acl), 0));
	put_file("dir/file", "x", 0640);
	say_acl("dir/file", ACCESS);
	MUST(mkdir("dir/sub", 0777));
	say_acl("dir/sub", DEFAULT);
	umask(077);
	FD("the umask does not count", open("dir/other", O_CREAT | O_WRONLY, 0666));
	umask(022);
	say_mode("dir/other", "dir/other");
	FACT("a link has none", lgetxattr("/proc/self/cwd", ACCESS, &acl, sizeof(acl)));
	MUST(chdir("/scratch/acl_attributes"));
}

int main(void)
{
	start("acl_attributes");
	MUST(chmod(".", 0777));
	on("/scratch/acl_attributes");
	MUST(mkdir("/tmp/acl", 0777));
	on("/tmp/acl");
	return 0;
}
