/* Securebits, kept capabilities and ambient ones, across changes of user and exec. */
#include "facts.h"
#include <linux/capability.h>
#include <linux/securebits.h>

static void say_caps(const char *label)
{
	char b[8192], *p;

	say("%s", label);
	MUST(get_file("/proc/self/status", b, sizeof(b)));
	for (char *line = strtok_r(b, "\n", &p); line; line = strtok_r(NULL, "\n", &p))
		if (!strncmp(line, "Cap", 3) || !strncmp(line, "Uid", 3))
			say("  %s", line);
	say("  securebits %x keep %d", prctl(PR_GET_SECUREBITS), prctl(PR_GET_KEEPCAPS));
}

static void again(const char *label)
{
	execl("/proc/self/exe", "securebits_exec", label, NULL);
	FAILED("exec");
}

static void inheritable(unsigned cap)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	MUST(syscall(SYS_capget, &header, data));
	data[0].inheritable |= 1u << cap;
	MUST(syscall(SYS_capset, &header, data));
}

static void plain(void)
{
	MUST(setresuid(USER, USER, USER));
	say_caps("plain: a user");
	again("plain: after exec");
}

static void kept(void)
{
	FACT("keep", prctl(PR_SET_KEEPCAPS, 1));
	MUST(setresuid(USER, USER, USER));
	say_caps("kept: a user");
	again("kept: after exec");
}

static void ambient(void)
{
	inheritable(CAP_NET_BIND_SERVICE);
	FACT("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_BIND_SERVICE, 0, 0));
	FACT("not inheritable", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
	FACT("is set", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_NET_BIND_SERVICE, 0, 0));
	MUST(prctl(PR_SET_KEEPCAPS, 1));
	MUST(setresuid(USER, USER, USER));
	say_caps("ambient: a user");
	again("ambient: after exec");
}

static void no_fixup(void)
{
	FACT("no setuid fixup", prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP));
	MUST(setresuid(USER, USER, USER));
	say_caps("no fixup: a user");
	again("no fixup: after exec");
}

static void noroot(void)
{
	FACT("noroot", prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED));
	FACT("unlock", prctl(PR_SET_SECUREBITS, SECBIT_NOROOT));
	again("noroot: after exec");
}

static void bounded(void)
{
	FACT("drop", prctl(PR_CAPBSET_DROP, CAP_CHOWN));
	FACT("dropped", prctl(PR_CAPBSET_READ, CAP_CHOWN));
	say_caps("bounded: before exec");
	again("bounded: after exec");
}

static void by_user(void)
{
	FACT("user: securebits", prctl(PR_SET_SECUREBITS, SECBIT_NOROOT));
	FACT("user: drop", prctl(PR_CAPBSET_DROP, CAP_CHOWN));
	FACT("user: keep", prctl(PR_SET_KEEPCAPS, 1));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		say_caps(argv[1]);
		return 0;
	}
	start("securebits_exec");
	in_child("plain", plain);
	in_child("kept", kept);
	in_child("ambient", ambient);
	in_child("no fixup", no_fixup);
	in_child("noroot", noroot);
	in_child("bounded", bounded);
	as_user("user", by_user);
	FACT("unknown bits", prctl(PR_SET_SECUREBITS, 1 << 20));
	FACT("keep 2", prctl(PR_SET_KEEPCAPS, 2));
	return 0;
}
