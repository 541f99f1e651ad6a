/* See sandbox.h. */
#include "tests/fuzz/sandbox.h"

#include "lib/cleanup.h"
#include "lib/error.h"
#include "lib/io.h"
#include "runtime/spec.h"
#include "sentry/context_table.h"
#include "sentry/pool.h"
#include "sentry/counters.h"
#include "sentry/vfs.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define SPACES                                                                                     \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

/* Waits for the fuzzer and saves what it has died of. Never returns. */
_Noreturn static void watch(pid_t child, const struct shared_input *input, const char *save)
{
	int status = 0;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		_exit(0);
	_cleanup_close_ int fd = open(save, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0 && write_all(fd, input->data, input->size) == 0)
		fprintf(stderr, "the input is in %s\n", save);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void write_map(pid_t pid, const char *name)
{
	char path[40];
	snprintf(path, sizeof path, "%d/%s", (int)pid, name);
	_cleanup_close_ int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* Not the host's root, whose the files of /proc/sys are. */
	MUST(write_file_at(proc, path, "0 1000000 65536") == 0);
}

static int detached(const char *type)
{
	_cleanup_close_ int fs = fsopen(type, FSOPEN_CLOEXEC);
	MUST(fs >= 0 && fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0);
	int fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	MUST(fd >= 0);
	return fd;
}

static void make_root(void)
{
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	MUST(mount("fuzz", "/mnt", "tmpfs", MS_NOSUID | MS_NODEV, "size=16m,nr_inodes=4000") == 0);
	MUST(mkdir("/mnt/proc", 0755) == 0 && mkdir("/mnt/sys", 0755) == 0);
	MUST(mkdir("/mnt/old", 0755) == 0 && mkdir("/mnt/host", 0700) == 0);
	_cleanup_close_ int program = open("/bin/true", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int copy = open("/mnt/program", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	MUST(program >= 0 && copy >= 0);
	static char text[1 << 20];
	ssize_t n = read(program, text, sizeof text);
	MUST(n > 0 && write_all(copy, text, (size_t)n) == 0);
	/* A procfs can be made only where one is in sight. */
	_cleanup_close_ int proc = detached("proc");
	MUST(move_mount(proc, "", AT_FDCWD, "/mnt/host", MOVE_MOUNT_F_EMPTY_PATH) == 0);
	MUST(syscall(SYS_pivot_root, "/mnt", "/mnt/old") == 0);
	MUST(umount2("/old", MNT_DETACH) == 0 && rmdir("/old") == 0);
}

struct shared_input *sandbox_enter(const char *save)
{
	struct shared_input *input =
	    mmap(NULL, sizeof *input, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int pair[2];
	char go;
	MUST(input != MAP_FAILED && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	pid_t child = (pid_t)syscall(SYS_clone, SPACES | SIGCHLD, NULL, NULL, NULL, NULL);
	MUST(child >= 0);
	if (child > 0) {
		write_map(child, "uid_map");
		write_map(child, "gid_map");
		MUST(write(pair[1], "g", 1) == 1);
		close(pair[0]);
		close(pair[1]);
		watch(child, input, save);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	MUST(read(pair[0], &go, 1) == 1);
	close(pair[0]);
	close(pair[1]);
	MUST(setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0);
	/* The change has made it undumpable, and with it its descriptors and namespaces. */
	prctl(PR_SET_DUMPABLE, 1);
	make_root();
	return input;
}

/* --- files ------------------------------------------------------------------------------------ */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	if (ftw->level > 0 && strcmp(path, "/program") && strcmp(path, "/proc") &&
	    strcmp(path, "/sys") && strcmp(path, "/host"))
		remove(path);
	return 0;
}

static void make_file(const char *path, const char *text, mode_t mode)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd >= 0)
		write_all(fd, text, strlen(text));
}

void sandbox_fill(void)
{
	umask(0);
	nftw("/", remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	chmod("/", 0755);
	mkdir("/tmp", 01777);
	mkdir("/home", 0755);
	mkdir("/home/d", 0755);
	chown("/home", 1000, 1000);
	make_file("/file", "text\n", 0644);
	make_file("/script", "#!/program -a\n", 0755);
	make_file("/scripts", "#! /script b \n", 0755);
	make_file("/set", "#!/program\n", 06755);
	symlink("/file", "/link");
	symlink("/proc/self", "/me");
	symlink("loop", "/loop");
	mkfifo("/fifo", 0666);
}

/* --- the sentry ------------------------------------------------------------------------------- */

static int skeleton(const char *point, uint64_t *dev)
{
	struct stat st;
	int fd = detached("tmpfs");
	MUST(fchmodat(fd, ".", 0555, 0) == 0 && fstat(fd, &st) == 0);
	_cleanup_close_ int copy =
	    open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	MUST(copy >= 0 && move_mount(copy, "", AT_FDCWD, point, MOVE_MOUNT_F_EMPTY_PATH) == 0);
	MUST(mount(NULL, point, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV,
		   NULL) == 0);
	*dev = st.st_dev;
	return fd;
}

static const struct spec *a_spec(void)
{
	static const char text[] = "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"/\"},"
				   "\"process\":{\"cwd\":\"/\",\"args\":[\"/program\"],"
				   "\"user\":{\"uid\":0,\"gid\":0}},"
				   "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}";
	struct spec *spec = NULL;
	struct error e = {0};
	int r = spec_parse(text, strlen(text), &spec, &e);
	if (r < 0)
		fprintf(stderr, "%s\n", e.message);
	MUST(r == 0);
	return spec;
}

struct sentry *sandbox_sentry(void)
{
	struct sentry *s = calloc(1, sizeof *s);
	MUST(s);
	*s = (struct sentry){.spec = a_spec(),
			     .id = "fuzz",
			     .bundle = "/",
			     .guest_uid = 60000,
			     .guest_gid = 60000,
			     .cgroup_fds = {-1},
			     .guest_pidns = -1,
			     .guest_proc_fd = -1,
			     .proc_path = "/proc",
			     .sys_path = "/sys"};
	s->proc_fd = detached("proc");
	s->own_pidns = openat(s->proc_fd, "self/ns/pid", O_RDONLY | O_CLOEXEC);
	s->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	s->loader_fd = memfd_create("loader", MFD_CLOEXEC);
	s->proc_skeleton = skeleton("/proc", &s->proc_dev);
	s->sys_skeleton = skeleton("/sys", &s->sys_dev);
	s->root = place_new(s, fcntl(s->root_fd, F_DUPFD_CLOEXEC, 0));
	s->contexts = context_table_new();
	s->counters = mmap(NULL, sizeof *s->counters, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(s->own_pidns >= 0 && s->counters != MAP_FAILED && s->root && s->contexts && s->loader_fd >= 0);
	sandbox_guests(s);
	MUST(vfs_init(s) == 0 && pool_start(s) == 0);
	return s;
}

/* --- guests ----------------------------------------------------------------------------------- */

_Noreturn static void sleep_for_good(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

_Noreturn static void guest_init(int sock)
{
	int proc = detached("proc");
	MUST(send_message(sock, "p", 1, &proc, 1) == 0);
	if (fork() == 0)
		sleep_for_good();
	MUST(write(sock, "r", 1) == 1);
	sleep_for_good();
}

pid_t sandbox_guests(struct sentry *s)
{
	int pair[2];
	size_t one = 1;
	char text[8];
	close_fd(&s->guest_proc_fd);
	close_fd(&s->guest_pidns);
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	s->init = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
	MUST(s->init >= 0);
	if (s->init == 0)
		guest_init(pair[1]);
	MUST(receive_message(pair[0], text, sizeof text, &s->guest_proc_fd, &one) == 1);
	MUST(read(pair[0], text, sizeof text) == 1);
	close(pair[0]);
	close(pair[1]);
	snprintf(text, sizeof text, "%d", (int)s->init);
	char path[40];
	snprintf(path, sizeof path, "%s/ns/pid", text);
	s->guest_pidns = openat(s->proc_fd, path, O_RDONLY | O_CLOEXEC);
	MUST(s->guest_pidns >= 0);
	pid_t child = pid_to_sentry(s, 2);
	MUST(child > 0);
	return child;
}
