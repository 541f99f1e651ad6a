/*
 * Host procfs texts as a guest reads them: rewrite.h.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lib/cleanup.h"
#include "sentry/cred.h"
#include "sentry/vfs/rewrite.h"

/* Compares what `call` prints to `out` with a text. */
#define EXPECT_TEXT(expected, call)                                                                \
	do {                                                                                       \
		char *data_ = NULL;                                                                \
		size_t size_;                                                                      \
		FILE *out = open_memstream(&data_, &size_);                                        \
		cr_assert_eq(call, 0);                                                             \
		fclose(out);                                                                       \
		cr_assert_str_eq(data_, expected);                                                 \
		free(data_);                                                                       \
	} while (0)

static struct cred *sample_cred(void)
{
	struct cred *c = calloc(1, sizeof *c + 2 * sizeof c->groups[0]);
	c->refs = 1;
	c->uid = 1;
	c->euid = 2;
	c->suid = 3;
	c->fsuid = 4;
	c->gid = 5;
	c->egid = 6;
	c->sgid = 7;
	c->fsgid = 8;
	c->permitted = 0xa80425fb;
	c->effective = 0x1ff;
	c->bounding = UINT64_C(0x1ffffffffff);
	c->ngroups = 2;
	c->groups[0] = 10;
	c->groups[1] = 20;
	return c;
}

Test(vfs_rewrite, status_shows_the_emulated_identity)
{
	_cleanup_free_ struct cred *c = sample_cred();
	struct rewrite_status s = {.cred = c, .umask = 022, .running = true};
	const char *host = "Name:\tcat\n"
			   "Umask:\t0000\n"
			   "State:\tS (sleeping)\n"
			   "Uid:\t1879048192\t1879048192\t1879048192\t1879048192\n"
			   "Gid:\t9\t9\t9\t9\n"
			   "FDSize:\t256\n"
			   "Groups:\t \n"
			   "CapInh:\t0000000000000000\n"
			   "CapPrm:\t0000000000000000\n"
			   "CapEff:\t0000000000000000\n"
			   "CapBnd:\t0000000000000000\n"
			   "CapAmb:\t0000000000000000\n"
			   "NoNewPrivs:\t1\n"
			   "Seccomp:\t2\n"
			   "Seccomp_filters:\t1\n"
			   "Threads:\t1\n";
	const char *guest = "Name:\tcat\n"
			    "Umask:\t0022\n"
			    "State:\tR (running)\n"
			    "Uid:\t1\t2\t3\t4\n"
			    "Gid:\t5\t6\t7\t8\n"
			    "FDSize:\t256\n"
			    "Groups:\t10 20 \n"
			    "CapInh:\t0000000000000000\n"
			    "CapPrm:\t00000000a80425fb\n"
			    "CapEff:\t00000000000001ff\n"
			    "CapBnd:\t000001ffffffffff\n"
			    "CapAmb:\t0000000000000000\n"
			    "NoNewPrivs:\t0\n"
			    "Seccomp:\t0\n"
			    "Seccomp_filters:\t0\n"
			    "Threads:\t1\n";
	EXPECT_TEXT(guest, rewrite_status(host, &s, out));
}

Test(vfs_rewrite, status_without_groups_has_the_kernels_lone_space)
{
	_cleanup_free_ struct cred *c = sample_cred();
	struct rewrite_status s = {.cred = c};
	c->ngroups = 0;
	EXPECT_TEXT("Groups:\t \n", rewrite_status("Groups:\t5 \n", &s, out));
}

Test(vfs_rewrite, stat_hides_addresses_and_survives_hostile_names)
{
	const char *host =
	    "7 (a) R 1 ( ) S 1 7 7 0 -1 4194560 10 0 0 0 1 2 0 0 20 0 1 0 99 1000 20 "
	    "18446744073709551615 4096 8192 140000 0 0 0 0 0 0 1 0 0 17 1 0 0 0 0 0 "
	    "5000 6000 7000 8000 8001 8002 8003 256\n";
	const char *guest =
	    "7 (a) R 1 ( ) S 1 7 7 0 -1 4194560 10 0 0 0 1 2 0 0 20 0 1 0 99 1000 20 "
	    "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 "
	    "0 0 0 0 0 0 0 0\n";
	EXPECT_TEXT(guest, rewrite_stat_hidden(host, out));
	EXPECT_TEXT("", rewrite_stat_hidden("", out));
}

Test(vfs_rewrite, maps_leave_the_loader_out)
{
	const char *host =
	    "55d000000000-55d000001000 r--p 00000000 fe:00 4711                       "
	    "/usr/bin/cat\n"
	    "7f0000000000-7f0000004000 r-xp 00000000 00:01 42                         "
	    "/memfd:loader (deleted)\n"
	    "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]\n";
	const char *guest =
	    "55d000000000-55d000001000 r--p 00000000 fe:00 4711                       "
	    "/usr/bin/cat\n"
	    "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]\n";
	EXPECT_TEXT(guest, rewrite_maps(host, makedev(0, 1), 42, out));
}

Test(vfs_rewrite, smaps_leave_the_loaders_values_out_too)
{
	const char *host = "1000-2000 r--p 00000000 fe:00 4711       /bin/a\n"
			   "Size:                  4 kB\n"
			   "3000-4000 r-xp 00000000 00:01 42\n"
			   "Size:                  8 kB\n"
			   "VmFlags: rd ex\n"
			   "5000-6000 rw-p 00000000 00:00 0 \n"
			   "Size:                 12 kB\n";
	const char *guest = "1000-2000 r--p 00000000 fe:00 4711       /bin/a\n"
			    "Size:                  4 kB\n"
			    "5000-6000 rw-p 00000000 00:00 0 \n"
			    "Size:                 12 kB\n";
	EXPECT_TEXT(guest, rewrite_maps(host, makedev(0, 1), 42, out));
}

Test(vfs_rewrite, limits_show_the_emulated_locks)
{
	struct rlimit locks = {5, RLIM_INFINITY};
	const char *host =
	    "Limit                     Soft Limit           Hard Limit           Units     \n"
	    "Max file locks            4294967299           unlimited            locks     \n"
	    "Max nice priority         0                    0                    \n";
	const char *guest =
	    "Limit                     Soft Limit           Hard Limit           Units     \n"
	    "Max file locks            5                    unlimited            locks     \n"
	    "Max nice priority         0                    0                    \n";
	EXPECT_TEXT(guest, rewrite_limits(host, &locks, out));
}

Test(vfs_rewrite, cgroups_are_at_their_root)
{
	EXPECT_TEXT("4:memory:/\n0::/\n", rewrite_cgroup("4:memory:/kube/pod1/x:y\n0::/a\n", out));
}

static const struct rewrite_tree trees[2] = {{0x2f, "proc"}, {0x30, "sysfs"}};

static const char mountinfo[] =
    "30 20 0:40 / / rw,relatime shared:5 - overlay overlay "
    "rw,lowerdir=/var/lib/a:/var/lib/b,upperdir=/u,workdir=/w,metacopy=on\n"
    "31 30 0:47 / /proc ro,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,size=16384k\n"
    "32 30 0:48 / /sys ro,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,size=16384k\n"
    "33 30 254:0 /var/lib/docker/volumes/x /data\\040dir ro,relatime - ext4 /dev/vda rw,discard\n";

Test(vfs_rewrite, mounts_say_nothing_of_the_host)
{
	EXPECT_TEXT("overlay / overlay rw,relatime,metacopy=on 0 0\n"
		    "proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\n"
		    "sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0\n"
		    "ext4 /data\\040dir ext4 ro,relatime,discard 0 0\n",
		    rewrite_mounts(mountinfo, REWRITE_MOUNTS, trees, out));
}

Test(vfs_rewrite, mountinfo_keeps_its_fields)
{
	EXPECT_TEXT("30 20 0:40 / / rw,relatime shared:5 - overlay overlay rw,metacopy=on\n"
		    "31 30 0:47 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw\n"
		    "32 30 0:48 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro\n"
		    "33 30 254:0 / /data\\040dir ro,relatime - ext4 ext4 rw,discard\n",
		    rewrite_mounts(mountinfo, REWRITE_MOUNTINFO, trees, out));
	EXPECT_TEXT("", rewrite_mounts("nonsense\n", REWRITE_MOUNTINFO, trees, out));
}
