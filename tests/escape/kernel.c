/*
 * The container's root, with every capability that there is, wants the host's kernel: its
 * interfaces, its settings and its devices.
 *
 *	kernel ATTACK
 */
#include "attack.h"

#include <dirent.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/ucontext.h>

#define HIGH	(UINT64_C(1) << 32)
#define X32_BIT 0x40000000

/* --- other entries -----------------------------------------------------------------------------
 */

static void expect_death(const char *what, void (*run)(void))
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		run();
		_exit(0);
	}
	int status = end_of(pid);
	if (status < 128)
		got("%s: status %d, not killed", what, status);
}

static int x32_number;

static void call_x32(void)
{
	syscall(X32_BIT | x32_number, 0, 0, 0, 0, 0, 0);
}

ATTACK(x32_calls)
{
	static const int numbers[] = {0,   1,	2,   39,  56,  59,  101, 165, 272, 308, 321, 424,
				      435, 512, 515, 520, 521, 526, 529, 531, 537, 545, 546, 547};
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		x32_number = numbers[i];
		expect_death("x32", call_x32);
	}
}

static int old_number;

static void call_interrupt(void)
{
	long result = old_number;
	__asm__ volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0) : "memory");
}

/* Numbers of i386 that are harmless calls of x86-64, and the other way round. */
ATTACK(interrupt_calls)
{
	static const int numbers[] = {0, 5, 11, 20, 21, 26, 102, 117, 120, 310, 347, 425};
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		old_number = numbers[i];
		expect_death("int 0x80", call_interrupt);
	}
}

/* Through a far return into the 32-bit code segment, where `syscall` and `sysenter` mean others. */
static char *low;

static void enter_compat(void)
{
	__asm__ volatile("push $0x23\n\tpush %0\n\tlretq"
			 :
			 : "r"((uint64_t)(uintptr_t)low)
			 : "memory");
}

static void compat_code(const char *code, size_t size)
{
	low = mmap((void *)0x20000, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_32BIT, -1, 0);
	need(low != MAP_FAILED, "low memory");
	memcpy(low, code, size);
	expect_death("32-bit code", enter_compat);
}

ATTACK(far_return_to_32_bit_code)
{
	/* mov $20,%eax; int $0x80 | sysenter | syscall; mov $1,%eax; mov $0,%ebx; int $0x80 */
	compat_code("\xb8\x14\0\0\0\xcd\x80\xb8\1\0\0\0\xbb\0\0\0\0\xcd\x80", 19);
	compat_code("\xb8\x14\0\0\0\x0f\x34\xb8\1\0\0\0\xbb\0\0\0\0\xcd\x80", 19);
	compat_code("\xb8\x14\0\0\0\x0f\x05\xb8\1\0\0\0\xbb\0\0\0\0\xcd\x80", 19);
}

static void land_in_compat(int number, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	u->uc_mcontext.gregs[REG_CSGSFS] = 0x2b000000000023 | (0x2bULL << 48);
	u->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)low;
	u->uc_mcontext.gregs[REG_EFL] |= 0x3000; /* I/O privilege */
}

static void return_to_compat(void)
{
	struct sigaction action = {.sa_sigaction = land_in_compat, .sa_flags = SA_SIGINFO};
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

ATTACK(sigreturn_to_32_bit_code)
{
	low = mmap((void *)0x20000, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_32BIT, -1, 0);
	memcpy(low, "\xb8\x14\0\0\0\xcd\x80\xb8\1\0\0\0\xbb\0\0\0\0\xcd\x80", 19);
	expect_death("a forged signal frame", return_to_compat);
}

static void use_ports(void)
{
	__asm__ volatile("outb %%al, $0x80" : : "a"(0));
}

static void land_with_io(int number, siginfo_t *info, void *context)
{
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] |= 0x3000;
}

static void return_with_io(void)
{
	struct sigaction action = {.sa_sigaction = land_with_io, .sa_flags = SA_SIGINFO};
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	use_ports();
}

ATTACK(ports)
{
	REFUSED(syscall(SYS_iopl, 3));
	REFUSED(syscall(SYS_ioperm, 0x80, 1, 1));
	expect_death("a port", use_ports);
	expect_death("a port after sigreturn", return_with_io);
}

/* The page that emulates calls takes the filter's word as well. */
static void call_vsyscall(void)
{
	long (*get_time)(long *) = (long (*)(long *))0xffffffffff600400;
	get_time(NULL);
}

ATTACK(vsyscall_page)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		call_vsyscall();
		/* It has the page: a write there is death all the same. */
		*(volatile char *)0xffffffffff600400 = 1;
		_exit(3);
	}
	if (end_of(pid) == 3)
		got("wrote to the kernel's page");
}

/* The upper half of the number, and numbers that are none. */
ATTACK(odd_numbers)
{
	static char page[4096];
	REFUSED(syscall((long)(HIGH | SYS_unshare), CLONE_NEWUSER));
	REFUSED(syscall((long)(HIGH | SYS_bpf), 0, page, 64));
	for (long number = 470; number < 700; number++)
		REFUSED(syscall(number, page, page, page, page, page, page));
	/* Below zero is x32, too, but for -1, which is no call at all. */
	for (x32_number = -65; x32_number < 0; x32_number += 9)
		expect_death("a negative number", call_x32);
	for (int bit = 10; bit < 30; bit++)
		REFUSED(syscall((1L << bit) + SYS_bpf, 0, page, 64));
}

ATTACK(segments_and_personality)
{
	static char page[4096];
	REFUSED(syscall(SYS_modify_ldt, 1, page, 16));
	REFUSED(syscall(SYS_modify_ldt, 17, page, 16));
	REFUSED(syscall(SYS_set_thread_area, page));
	personality(READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE | MMAP_PAGE_ZERO | PER_LINUX32);
	REFUSED(syscall(SYS_unshare, CLONE_NEWUSER));
	void *zero = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (zero == NULL)
		got("the zero page is mapped");
}

/* --- interfaces --------------------------------------------------------------------------------
 */

ATTACK(namespaces)
{
	static const char *const names[] = {"mnt", "net", "pid",    "user",
					    "uts", "ipc", "cgroup", "time"};
	static const int flags[] = {CLONE_NEWNS,  CLONE_NEWNET, CLONE_NEWPID,	 CLONE_NEWUSER,
				    CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWCGROUP, 0x80};
	char path[64];
	for (size_t i = 0; i < 8; i++) {
		snprintf(path, sizeof path, "/proc/1/ns/%s", names[i]);
		int fd = open(path, O_RDONLY);
		REFUSED(setns(fd, 0));
		REFUSED(setns(fd, flags[i]));
		REFUSED(syscall(SYS_setns, fd, HIGH));
		for (unsigned request = 1; request < 12; request++) {
			int r = ioctl(fd, _IO(0xb7, request));
			/* 3 is NS_GET_NSTYPE: which type it has is no secret. */
			if (r > 2 && request != 3)
				got("a namespace's request %u gives %d", request, r);
		}
		close(fd);
		REFUSED(unshare(flags[i]));
		/* Of clone(2), the last one is a part of the signal's number. */
		if (flags[i] != 0x80)
			REFUSED(syscall(SYS_clone, flags[i] | SIGCHLD, NULL, NULL, NULL, NULL));
	}
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	REFUSED(setns(pidfd, CLONE_NEWNS | CLONE_NEWNET));
	uint64_t clone_args[11] = {CLONE_NEWUSER};
	REFUSED(syscall(SYS_clone3, clone_args, sizeof clone_args));
}

ATTACK(mounts)
{
	REFUSED(mount("none", "/tmp", "tmpfs", 0, NULL));
	REFUSED(mount("none", "/tmp", "overlay", 0, "lowerdir=/,upperdir=/tmp,workdir=/tmp"));
	REFUSED(mount("/dev/vda", "/tmp", "ext4", 0, NULL));
	REFUSED(mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL));
	REFUSED(mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL));
	REFUSED(mount(NULL, "/readonly", NULL, MS_REMOUNT | MS_BIND, NULL));
	REFUSED(mount("none", "/tmp", "cgroup", 0, "memory,release_agent=/tmp/x"));
	REFUSED(mount("none", "/tmp", "proc", 0, NULL));
	REFUSED(umount2("/proc", MNT_DETACH));
	REFUSED(umount2("/sys/firmware", MNT_DETACH));
	REFUSED(umount2("/", MNT_DETACH));
	REFUSED(syscall(SYS_pivot_root, "/", "/tmp"));
	REFUSED(syscall(SYS_fsopen, "ext4", 0));
	REFUSED(syscall(SYS_fspick, AT_FDCWD, "/", 0));
	REFUSED(syscall(SYS_open_tree, AT_FDCWD, "/", 1));
	REFUSED(syscall(SYS_open_tree, AT_FDCWD, "/", 0));
	REFUSED(syscall(SYS_move_mount, AT_FDCWD, "/tmp", AT_FDCWD, "/mnt", 0));
	uint64_t attributes[4] = {0, 1, 0, 0};
	REFUSED(
	    syscall(SYS_mount_setattr, AT_FDCWD, "/readonly", 0, attributes, sizeof attributes));
}

ATTACK(kernel_objects)
{
	static char page[4096];
	REFUSED(syscall(SYS_bpf, 5, page, 120));
	REFUSED(syscall(SYS_bpf, 0, page, 120));
	REFUSED(syscall(SYS_perf_event_open, page, 0, -1, -1, 0));
	REFUSED(syscall(SYS_io_uring_setup, 8, page));
	REFUSED(syscall(SYS_io_uring_enter, 0, 1, 0, 0, NULL, 0));
	REFUSED(syscall(SYS_io_uring_register, 0, 0, page, 1));
	REFUSED(syscall(SYS_userfaultfd, 0));
	REFUSED(syscall(SYS_userfaultfd, 1));
	REFUSED(syscall(SYS_add_key, "user", "x", "x", 1, -3));
	REFUSED(syscall(SYS_request_key, "user", "x", NULL, -3));
	REFUSED(syscall(SYS_keyctl, 1, NULL));
	REFUSED(syscall(SYS_fanotify_init, 0, 0));
	REFUSED(syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 100 ? 0 : -1);
	REFUSED(syscall(SYS_memfd_secret, 0));
	REFUSED(syscall(SYS_vmsplice, 1, page, 1, 0));
	REFUSED(syscall(SYS_splice, 0, NULL, 1, NULL, 1, 0));
	REFUSED(syscall(SYS_tee, 0, 1, 1, 0));
	REFUSED(syscall(SYS_open_by_handle_at, AT_FDCWD, page, 0));
	REFUSED(syscall(SYS_lookup_dcookie, 1, page, sizeof page));
	REFUSED(syscall(SYS_move_pages, 1, 1, page, page, page, 0));
	REFUSED(syscall(SYS_migrate_pages, 1, 1, page, page));
	REFUSED(syscall(SYS_kcmp, 1, 1, 0, 0, 0));
	int files[2];
	REFUSED(syscall(SYS_pipe2, files, O_EXCL /* O_NOTIFICATION_PIPE */));
	REFUSED(syscall(SYS_futex, page, 6 /* FUTEX_LOCK_PI */, 0, NULL, NULL, 0) == 0 ? 0 : -1);
	REFUSED(syscall(SYS_futex, page, 11 /* FUTEX_WAIT_REQUEUE_PI */, 0, NULL, page + 8, 0));
	REFUSED(syscall(SYS_uselib, "/bin/true"));
}

/* Numbers that the headers of Debian 12 do not have. */
#ifndef SYS_cachestat
#define SYS_cachestat	     451
#define SYS_futex_wake	     454
#define SYS_lsm_list_modules 461
#define SYS_listxattrat	     465
#define SYS_file_getattr     468
#endif

/* With arguments that the kernel would take from a container's root. */
ATTACK(denied_interfaces)
{
	static char page[4096] __attribute__((aligned(4096)));
	static uint64_t id, range[2], out[16];
	static uint32_t word, size = sizeof page;
	int fd = open("/etc/passwd", O_RDONLY);
	void *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REFUSED(syscall(SYS_io_setup, 8, &id));
	REFUSED(syscall(SYS_set_mempolicy, 0, NULL, 0));
	REFUSED(syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 0));
	REFUSED(syscall(SYS_mbind, page, sizeof page, 0, NULL, 0, 0));
	REFUSED(syscall(SYS_remap_file_pages, shared, 4096, 0, 1, 0));
	REFUSED(syscall(SYS_sysfs, 3));
	REFUSED(syscall(SYS_adjtimex, &(struct timex){.modes = ADJ_TICK, .tick = 10000}));
	REFUSED(syscall(SYS_cachestat, fd, range, out, 0));
	REFUSED(syscall(SYS_futex_wake, &word, ~0U, 1, 2));
	REFUSED(syscall(SYS_lsm_list_modules, page, &size, 0));
	REFUSED(syscall(SYS_listxattrat, AT_FDCWD, "/etc/passwd", 0, page, sizeof page));
	REFUSED(syscall(SYS_file_getattr, AT_FDCWD, "/etc/passwd", page, 24, 0));
	close(fd);
}

ATTACK(the_machine)
{
	static char page[4096];
	struct timeval time = {1, 0};
	struct timespec precise = {1, 0};
	struct timex adjust = {.modes = ADJ_SETOFFSET, .time = {1000, 0}};
	REFUSED(reboot(RB_AUTOBOOT));
	REFUSED(reboot(RB_DISABLE_CAD));
	REFUSED(settimeofday(&time, NULL));
	REFUSED(clock_settime(CLOCK_REALTIME, &precise));
	REFUSED(adjtimex(&adjust));
	REFUSED(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &adjust));
	REFUSED(syscall(SYS_swapon, "/tmp", 0));
	REFUSED(syscall(SYS_swapoff, "/tmp"));
	REFUSED(syscall(SYS_acct, "/tmp/acct"));
	REFUSED(syscall(SYS_quotactl, 0x80000100, "/dev/vda", 0, page));
	REFUSED(syscall(SYS_kexec_load, 0, 0, NULL, 0));
	REFUSED(syscall(SYS_kexec_file_load, 0, 0, 0, NULL, 0));
	REFUSED(syscall(SYS_init_module, page, sizeof page, ""));
	REFUSED(syscall(SYS_finit_module, 0, "", 0));
	REFUSED(syscall(SYS_delete_module, "x", 0));
	REFUSED(syscall(SYS_vhangup));
	REFUSED(syscall(SYS_syslog, 3, page, sizeof page));
	REFUSED(syscall(SYS_syslog, 5, NULL, 0));
	REFUSED(syscall(SYS_syslog, 8, NULL, 1));
	/* Its own name is the container's to change: that the host keeps its own, the host sees. */
	sethostname("attacked", 8);
	setdomainname("attacked", 8);
}

/* --- settings ----------------------------------------------------------------------------------
 */

static void try_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	if (fd >= 0 && write(fd, text, strlen(text)) > 0)
		got("wrote to %s", path);
	if (fd >= 0)
		close(fd);
}

ATTACK(settings_of_the_host)
{
	static const char *const names[] = {"/proc/sys/kernel/core_pattern",
					    "/proc/sys/kernel/modprobe",
					    "/proc/sys/kernel/hotplug",
					    "/proc/sys/kernel/poweroff_cmd",
					    "/proc/sys/kernel/sysrq",
					    "/proc/sys/kernel/panic",
					    "/proc/sys/kernel/randomize_va_space",
					    "/proc/sys/kernel/kptr_restrict",
					    "/proc/sys/kernel/pid_max",
					    "/proc/sys/kernel/threads-max",
					    "/proc/sys/vm/overcommit_memory",
					    "/proc/sys/vm/drop_caches",
					    "/proc/sys/vm/panic_on_oom",
					    "/proc/sys/fs/binfmt_misc/register",
					    "/proc/sys/fs/file-max",
					    "/proc/sys/fs/protected_symlinks",
					    "/proc/sys/fs/suid_dumpable",
					    "/proc/sys/net/ipv4/ip_forward",
					    "/proc/sysrq-trigger",
					    "/proc/irq/0/smp_affinity",
					    "/proc/mtrr",
					    "/proc/acpi/wakeup",
					    "/proc/self/uid_map",
					    "/proc/self/gid_map",
					    "/proc/self/setgroups",
					    "/proc/self/projid_map",
					    "/proc/self/attr/current",
					    "/proc/1/attr/exec",
					    "/sys/kernel/uevent_helper",
					    "/sys/power/state",
					    "/sys/kernel/mm/transparent_hugepage/enabled",
					    "/sys/module/printk/parameters/time",
					    "/sys/fs/cgroup/cgroup.procs",
					    "/sys/kernel/debug/sched/debug",
					    "/sys/kernel/tracing/tracing_on",
					    "/sys/kernel/security/lockdown",
					    "/sys/block/vda/queue/scheduler",
					    "/sys/bus/pci/rescan"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		try_write(names[i], "1");
}

/* A process that the host's killer spares would make the host kill others. */
ATTACK(oom_score)
{
	char before[16] = "", after[16] = "";
	int fd = open("/proc/self/oom_score_adj", O_RDONLY);
	need(fd >= 0 && read(fd, before, 15) > 0, "oom_score_adj");
	close(fd);
	fd = open("/proc/self/oom_score_adj", O_WRONLY);
	if (fd >= 0)
		write(fd, "-1000", 5);
	close(fd);
	fd = open("/proc/self/oom_score_adj", O_RDONLY);
	read(fd, after, 15);
	if (atoi(after) < atoi(before))
		got("oom_score_adj %d, before %d", atoi(after), atoi(before));
}

static void try_cgroup(const char *directory)
{
	static const char *const files[] = {
	    "release_agent", "notify_on_release", "devices.allow", "memory.limit_in_bytes",
	    "memory.max",    "pids.max",	  "cgroup.procs",  "tasks",
	    "cpu.max"};
	char path[512];
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, files[i]);
		try_write(path, "1");
	}
	snprintf(path, sizeof path, "%s/attack", directory);
	REFUSED(mkdir(path, 0755));
}

ATTACK(control_groups)
{
	try_cgroup("/sys/fs/cgroup");
	DIR *dir = opendir("/sys/fs/cgroup");
	struct dirent *entry;
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			char path[300];
			snprintf(path, sizeof path, "/sys/fs/cgroup/%s", entry->d_name);
			struct stat st;
			if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
				try_cgroup(path);
		}
}

/* What the host's root alone may read. */
ATTACK(secrets_of_the_kernel)
{
	static const char *const names[] = {"/proc/kcore",
					    "/proc/kallsyms",
					    "/proc/keys",
					    "/proc/key-users",
					    "/proc/timer_list",
					    "/proc/sched_debug",
					    "/proc/iomem",
					    "/proc/ioports",
					    "/proc/kmsg",
					    "/proc/vmallocinfo",
					    "/proc/slabinfo",
					    "/proc/modules",
					    "/proc/config.gz",
					    "/proc/kpageflags",
					    "/proc/pagetypeinfo",
					    "/sys/kernel/notes",
					    "/sys/kernel/vmcoreinfo",
					    "/sys/kernel/debug/x86/efi",
					    "/sys/firmware/acpi/tables/DSDT",
					    "/sys/firmware/dmi/tables/DMI",
					    "/dev/kmsg",
					    "/dev/mem",
					    "/dev/port",
					    "/dev/kvm",
					    "/dev/fuse",
					    "/dev/net/tun",
					    "/dev/vda",
					    "/dev/loop-control"};
	char text[64];
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		int fd = open(names[i], O_RDONLY | O_NONBLOCK);
		if (fd >= 0 && read(fd, text, sizeof text) > 0)
			got("%s can be read", names[i]);
		if (fd >= 0)
			close(fd);
	}
}

ATTACK(device_nodes)
{
	static const struct {
		mode_t type;
		unsigned major, minor;
	} nodes[] = {{S_IFBLK, 8, 0},	 {S_IFBLK, 253, 0},  {S_IFBLK, 254, 0},	 {S_IFBLK, 7, 0},
		     {S_IFCHR, 1, 1},	 {S_IFCHR, 1, 2},    {S_IFCHR, 1, 4},	 {S_IFCHR, 1, 11},
		     {S_IFCHR, 10, 200}, {S_IFCHR, 10, 232}, {S_IFCHR, 10, 237}, {S_IFCHR, 5, 1}};
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
		static const char *const places[] = {"/tmp/n", "/root/n", "/dev/n", "/vol/n"};
		for (size_t j = 0; j < 4; j++) {
			mknod(places[j], nodes[i].type | 0666,
			      makedev(nodes[i].major, nodes[i].minor));
			REFUSED(open(places[j], O_RDONLY | O_NONBLOCK));
			unlink(places[j]);
		}
	}
}

int main(int argc, char **argv)
{
	return attack_main(argc, argv);
}
