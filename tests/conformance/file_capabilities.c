/* security.capability: setting, reading, losing it, and what exec makes of it. */
#include "facts.h"
#include <linux/capability.h>
#include <sys/xattr.h>
#include <linux/xattr.h>

static struct vfs_cap_data value(uint32_t permitted, uint32_t inheritable, bool effective)
{
	struct vfs_cap_data v = {.magic_etc = VFS_CAP_REVISION_2 |
					      (effective ? VFS_CAP_FLAGS_EFFECTIVE : 0)};

	v.data[0].permitted = permitted;
	v.data[0].inheritable = inheritable;
	return v;
}

static long set(const char *path, struct vfs_cap_data v)
{
	return setxattr(path, XATTR_NAME_CAPS, &v, sizeof(v), 0);
}

static void attribute(void)
{
	struct vfs_cap_data v = value(1 << CAP_NET_RAW, 0, true), got;
	struct vfs_ns_cap_data ns = {.magic_etc = VFS_CAP_REVISION_3, .rootid = 0};
	char b[64];

	FACT("get a missing one", getxattr("file", XATTR_NAME_CAPS, b, sizeof(b)));
	FACT("set", set("file", v));
	FACT("get", getxattr("file", XATTR_NAME_CAPS, &got, sizeof(got)));
	FACT("  the same", memcmp(&v, &got, sizeof(v)) == 0);
	FACT("get the size", getxattr("file", XATTR_NAME_CAPS, NULL, 0));
	FACT("get into 5 bytes", getxattr("file", XATTR_NAME_CAPS, b, 5));
	FACT("list", listxattr("file", b, sizeof(b)));
	FACT("set 3 bytes", setxattr("file", XATTR_NAME_CAPS, "abc", 3, 0));
	v.magic_etc = 0x09000000;
	FACT("set an unknown revision", set("file", v));
	FACT("set revision 3", setxattr("file", XATTR_NAME_CAPS, &ns, sizeof(ns), 0));
	FACT("set on a directory", set("dir", value(1, 0, true)));
	FACT("remove", removexattr("file", XATTR_NAME_CAPS));
	FACT("remove again", removexattr("file", XATTR_NAME_CAPS));
	MUST(set("file", value(1, 0, true)));
	int fd = open("file", O_WRONLY);
	FACT("write takes it away", write(fd, "x", 1));
	FACT("get then", getxattr("file", XATTR_NAME_CAPS, b, sizeof(b)));
	MUST(set("file", value(1, 0, true)));
	FACT("chown takes it away", chown("file", 5, 5));
	FACT("get then", getxattr("file", XATTR_NAME_CAPS, b, sizeof(b)));
	MUST(set("file", value(1, 0, true)));
	FACT("truncate takes it away", truncate("file", 0));
	FACT("get then", getxattr("file", XATTR_NAME_CAPS, b, sizeof(b)));
	MUST(set("file", value(1, 0, true)));
	FACT("chmod does not", chmod("file", 0755));
	FACT("get then", getxattr("file", XATTR_NAME_CAPS, b, sizeof(b)));
}

static void by_user(void)
{
	char b[64];

	FACT("user: get", getxattr("file", XATTR_NAME_CAPS, b, sizeof(b)));
	FACT("user: set on its own file", set("mine", value(1, 0, true)));
	FACT("user: remove from its own file", removexattr("mine", XATTR_NAME_CAPS));
}

/* What the program that was executed has. */
static int report(const char *label)
{
	static const char *const lines[] = {"CapInh", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs"};
	char text[4096];

	get_file("/proc/self/status", text, sizeof(text));
	for (size_t i = 0; i < sizeof(lines) / sizeof *lines; i++) {
		char *p = strstr(text, lines[i]);
		say("%s: %.*s", label, p ? (int)strcspn(p, "\n") : 0, p ? p : "");
	}
	say("%s: dumpable %d", label, prctl(PR_GET_DUMPABLE));
	return 0;
}

static const char *program, *label;

static void run(void)
{
	execl(program, program, label, NULL);
	FAILED(label);
}

static void run_without_new_privileges(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	run();
}

static void run_with_inheritable(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	become(USER);
	MUST(syscall(SYS_capget, &header, data));
	data[0].inheritable = 1 << CAP_KILL;
	MUST(syscall(SYS_capset, &header, data));
	run();
}

static void bounded(void)
{
	MUST(prctl(PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0));
	become(USER);
	run();
}

static void execution(void)
{
	copy_self("effective", 0, 0, 0755);
	MUST(set("effective", value(1 << CAP_NET_RAW | 1 << CAP_KILL, 0, true)));
	copy_self("permitted", 0, 0, 0755);
	MUST(set("permitted", value(1 << CAP_NET_RAW, 0, false)));
	copy_self("inheritable", 0, 0, 0755);
	MUST(set("inheritable", value(0, 1 << CAP_KILL | 1 << CAP_CHOWN, true)));
	copy_self("suidcaps", 0, 0, 04755);
	MUST(set("suidcaps", value(1 << CAP_NET_RAW, 0, true)));
	copy_self("/nosuid/effective", 0, 0, 0755);
	MUST(set("/nosuid/effective", value(1 << CAP_NET_RAW, 0, true)));
	copy_self("empty", 0, 0, 0755);
	MUST(set("empty", value(0, 0, true)));

	as_user("user", (program = "./effective", label = "user, effective", run));
	as_user("user", (program = "./permitted", label = "user, permitted", run));
	as_user("user", (program = "./inheritable", label = "user, inheritable", run));
	as_user("user",
		(program = "./suidcaps", label = "user, set-user-ID and capabilities", run));
	as_user("user", (program = "/nosuid/effective", label = "user, nosuid", run));
	as_user("user", (program = "./effective", label = "user, no new privileges",
			 run_without_new_privileges));
	in_child("inheritable",
		 (program = "./inheritable", label = "kept, inheritable", run_with_inheritable));
	in_child("bounded", (program = "./permitted", label = "bounded, permitted", bounded));
	in_child("bounded", (program = "./effective", label = "bounded, effective", bounded));
	in_child("root", (program = "./effective", label = "root, effective", run));
	in_child("root", (program = "./empty", label = "root, empty", run));
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report(argv[1]);
	start("file_capabilities");
	put_file("file", "content", 0644);
	put_file("mine", "content", 0644);
	MUST(chown("mine", USER, USER));
	MUST(mkdir("dir", 0755));
	attribute();
	as_user("user", by_user);
	execution();
	return 0;
}
