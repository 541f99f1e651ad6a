/* capget, capset, bounding and ambient sets, securebits, keepcaps, and what setuid does to them. */
#include "facts.h"
#include <linux/capability.h>
#include <linux/securebits.h>

static struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
static struct __user_cap_data_struct data[2];

static void say_sets(const char *label)
{
	memset(data, 0, sizeof(data));
	MUST(syscall(SYS_capget, &header, data));
	say("%s: effective %08x%08x permitted %08x%08x inheritable %08x%08x", label,
	    data[1].effective, data[0].effective, data[1].permitted, data[0].permitted,
	    data[1].inheritable, data[0].inheritable);
}

static void say_status_lines(const char *label)
{
	char text[8192];

	get_file("/proc/self/status", text, sizeof(text));
	for (char *p = strstr(text, "CapInh"); p && strncmp(p, "Cap", 3) == 0;
	     p = strchr(p, '\n') + 1)
		say("%s: %.*s", label, (int)strcspn(p, "\n"), p);
}

static void headers(void)
{
	struct __user_cap_header_struct h = {0, 0};

	FACT("capget of version 0", syscall(SYS_capget, &h, data));
	say("  it says version %x", h.version);
	h.version = 0;
	FACT("capget of version 0 without data", syscall(SYS_capget, &h, NULL));
	h.version = _LINUX_CAPABILITY_VERSION_1;
	FACT("capget of version 1", syscall(SYS_capget, &h, data));
	h.version = _LINUX_CAPABILITY_VERSION_2;
	FACT("capget of version 2", syscall(SYS_capget, &h, data));
	h = (struct __user_cap_header_struct){_LINUX_CAPABILITY_VERSION_3, -1};
	FACT("capget of pid -1", syscall(SYS_capget, &h, data));
	h.pid = 1;
	FACT("capget of process 1", syscall(SYS_capget, &h, data));
	FACT("  it has all that this one has", (say_sets("this one"), 0));
	h.pid = 999999999;
	FACT("capget of a missing process", syscall(SYS_capget, &h, data));
	h.pid = 1;
	FACT("capset of another process", syscall(SYS_capset, &h, data));
	h.pid = getpid();
	FACT("capget of its own pid", syscall(SYS_capget, &h, data));
	FACT("capset of its own pid", syscall(SYS_capset, &h, data));
	FACT("capget, bad header", syscall(SYS_capget, BAD, data));
	FACT("capget, bad data", syscall(SYS_capget, &header, BAD));
	FACT("capset, bad data", syscall(SYS_capset, &header, BAD));
	FACT("capset, null data", syscall(SYS_capset, &header, NULL));
}

static void setting(void)
{
	say_sets("start");
	data[0].effective &= ~(1u << CAP_CHOWN);
	FACT("drop an effective one", syscall(SYS_capset, &header, data));
	FACT("chown then", chown("file", 1, 1));
	data[0].effective |= 1 << CAP_CHOWN;
	FACT("take it again", syscall(SYS_capset, &header, data));
	FACT("chown then", chown("file", 0, 0));
	data[0].permitted &= ~(1u << CAP_CHOWN);
	FACT("drop it from permitted only", syscall(SYS_capset, &header, data));
	data[0].effective &= ~(1u << CAP_CHOWN);
	FACT("drop it from both", syscall(SYS_capset, &header, data));
	data[0].permitted |= 1u << CAP_CHOWN;
	FACT("take it back", syscall(SYS_capset, &header, data));
	say_sets("then");
	data[0].inheritable = 1 << CAP_KILL;
	FACT("an inheritable one", syscall(SYS_capset, &header, data));
	data[0].inheritable |= 1u << CAP_CHOWN;
	FACT("an inheritable one from the bounding set", syscall(SYS_capset, &header, data));
	data[0].effective = data[0].permitted = data[0].inheritable = 0;
	data[1] = data[0];
	FACT("drop all", syscall(SYS_capset, &header, data));
	say_status_lines("without");
	FACT("chown", chown("file", 1, 1));
	FACT("setuid", setuid(5));
	FACT("setgroups", setgroups(0, NULL));
	FACT("chroot", chroot("/"));
	FACT("sethostname", sethostname("x", 1));
	FACT("root's own secret file", open("secret", O_RDONLY) >= 0);
	FACT("another's secret file", open("others", O_RDONLY) >= 0);
	FACT("bounding set drop", prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0));
	FACT("securebits", prctl(PR_SET_SECUREBITS, 1, 0, 0, 0));
	FACT("exec gives them back to root", ({
		     pid_t pid = child();
		     if (pid == 0) {
			     execl("/proc/self/exe", "x", "after exec", NULL);
			     _exit(9);
		     }
		     int status;
		     waitpid(pid, &status, 0);
		     status;
	     }));
}

static void bounding(void)
{
	FACT("read CHOWN", prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0));
	FACT("read CAP_CHECKPOINT_RESTORE", prctl(PR_CAPBSET_READ, 40, 0, 0, 0));
	FACT("read 41", prctl(PR_CAPBSET_READ, 41, 0, 0, 0));
	FACT("read -1", prctl(PR_CAPBSET_READ, -1, 0, 0, 0));
	FACT("drop CHOWN", prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0));
	FACT("read CHOWN", prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0));
	FACT("drop 63", prctl(PR_CAPBSET_DROP, 63, 0, 0, 0));
	FACT("it still is effective", chown("file", 0, 0));
	say_status_lines("bounded");
	execl("/proc/self/exe", "x", "bounded exec", NULL);
}

static void transitions(void)
{
	FACT("seteuid 1000", seteuid(USER));
	say_sets("effective user");
	FACT("seteuid 0", seteuid(0));
	say_sets("root again");
	FACT("setfsuid", syscall(SYS_setfsuid, USER));
	say_sets("file system user");
	FACT("setfsuid", syscall(SYS_setfsuid, 0));
	say_sets("file system root again");
	FACT("keepcaps", prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	FACT("setresuid 1000", setresuid(USER, USER, USER));
	say_sets("kept");
	FACT("keepcaps is still set", prctl(PR_GET_KEEPCAPS));
	data[0].effective = 1 << CAP_SETUID;
	data[1].effective = 0;
	FACT("take SETUID", syscall(SYS_capset, &header, data));
	FACT("setresuid 0", setresuid(0, 0, 0));
	say_sets("root once more");
	FACT("keepcaps 2", prctl(PR_SET_KEEPCAPS, 2, 0, 0, 0));
	FACT("no keepcaps", prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0));
	FACT("setuid 1000", setuid(USER));
	say_sets("gone");
	FACT("setuid 0", setuid(0));
}

static void ambient(void)
{
	FACT("raise without inheritable",
	     prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
	MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	become(USER);
	MUST(syscall(SYS_capget, &header, data));
	data[0].effective = data[0].permitted;
	data[0].inheritable = 1 << CAP_KILL | 1 << CAP_CHOWN;
	FACT("inheritable", syscall(SYS_capset, &header, data));
	FACT("raise KILL", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
	FACT("raise CHOWN", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
	FACT("is set KILL", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0));
	FACT("lower CHOWN", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_CHOWN, 0, 0));
	FACT("is set CHOWN", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0));
	FACT("raise 99", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 99, 0, 0));
	FACT("bad operation", prctl(PR_CAP_AMBIENT, 99, CAP_KILL, 0, 0));
	FACT("a nonzero unused argument",
	     prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 1, 0));
	say_status_lines("ambient");
	pid_t pid = child();
	if (pid == 0) {
		execl("/proc/self/exe", "x", "ambient exec", NULL);
		_exit(9);
	}
	say_end("ambient exec", pid);
	pid = child();
	if (pid == 0) {
		execl("./suid", "x", "ambient set-user-ID exec", NULL);
		_exit(9);
	}
	say_end("ambient set-user-ID exec", pid);
	data[0].inheritable = 0;
	FACT("drop inheritable", syscall(SYS_capset, &header, data));
	FACT("is set KILL", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0));
	FACT("clear all", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
}

static void secure_bits(void)
{
	FACT("get", prctl(PR_GET_SECUREBITS));
	FACT("NO_SETUID_FIXUP", prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP));
	FACT("setresuid 1000", setresuid(USER, USER, 0));
	say_sets("nothing was dropped");
	FACT("back", setresuid(0, 0, 0));
	FACT("NOROOT, locked", prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED));
	FACT("unlock", prctl(PR_SET_SECUREBITS, 0));
	FACT("get", prctl(PR_GET_SECUREBITS));
	FACT("KEEP_CAPS by securebits",
	     prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS));
	FACT("keepcaps", prctl(PR_GET_KEEPCAPS));
	FACT("unknown bits", prctl(PR_SET_SECUREBITS, 1 << 20));
	FACT("NO_CAP_AMBIENT_RAISE", prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
								  SECBIT_NO_CAP_AMBIENT_RAISE));
	FACT("raise", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
	execl("/proc/self/exe", "x", "root without power", NULL);
}

static void by_user(void)
{
	say_status_lines("user");
	FACT("user: keepcaps", prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	FACT("user: securebits", prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS));
	FACT("user: bounding drop", prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0));
	memset(data, 0, sizeof(data));
	data[0].permitted = 1;
	FACT("user: capset", syscall(SYS_capset, &header, data));
	header.pid = 1;
	FACT("user: capget of process 1", syscall(SYS_capget, &header, data));
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return say_status_lines(argv[1]), 0;
	start("capability_calls");
	put_file("file", "x", 0644);
	put_file("secret", "x", 0600);
	put_file("others", "x", 0600);
	MUST(chown("others", USER, USER));
	copy_self("suid", 2000, 2000, 04755);
	in_child("headers", headers);
	in_child("setting", setting);
	in_child("bounding", bounding);
	in_child("transitions", transitions);
	in_child("ambient", ambient);
	in_child("secure bits", secure_bits);
	as_user("user", by_user);
	return 0;
}
