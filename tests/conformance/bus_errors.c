/* Pages of files that have become shorter: SIGBUS to who touches them, EFAULT to calls that do. */
#include "facts.h"
#include <setjmp.h>

static sigjmp_buf back;
static volatile siginfo_t last;
static char *volatile page;
static char stack[65536];

static void handler(int signal, siginfo_t *si, void *context)
{
	char here;

	last = *si;
	say("  SIG%s code %d at the page's %ld, on the alternate stack %d", sigabbrev_np(signal),
	    si->si_code, (long)((char *)si->si_addr - page),
	    &here >= stack && &here < stack + sizeof(stack));
	siglongjmp(back, 1);
}

static void shorten(const char *name)
{
	int fd = (int)MUST(open(name, O_RDWR | O_CREAT | O_TRUNC, 0600));

	MUST(ftruncate(fd, 8192));
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	strcpy(page, "file");
	MUST(ftruncate(fd, 0));
	close(fd);
}

static void touching(void)
{
	if (sigsetjmp(back, 1) == 0)
		say("read %d", page[4100]);
	if (sigsetjmp(back, 1) == 0)
		page[5] = 'x';
	if (sigsetjmp(back, 1) == 0)
		say("strlen %zu", strlen(page + 7));
}

static void calls(void)
{
	struct stat st;
	int pipes[2], fd = (int)MUST(open("other", O_RDWR | O_CREAT, 0600));

	MUST(pipe(pipes));
	FACT("write from it", write(fd, page, 10));
	FACT("write to a pipe", write(pipes[1], page, 10));
	write(fd, "0123456789", 10);
	FACT("read into it", pread(fd, page, 10, 0));
	FD("open by it", open(page, O_RDONLY));
	FACT("stat by it", stat(page, &st));
	FACT("stat into it", stat("other", (struct stat *)page));
	FACT("getcwd into it", syscall(SYS_getcwd, page, 4096));
	FACT("readlink into it", readlink("/proc/self/exe", page, 10));
	FACT("uname into it", syscall(SYS_uname, page));
	FACT("execve by it", execl(page, page, NULL));
	FACT("execve with it", execl("/bin/true", page, NULL));
	FACT("bind by it", bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)page, 10));
	FACT("clock_gettime into it", syscall(SYS_clock_gettime, 0, page));
	FACT("getdents into it", syscall(SYS_getdents64, open(".", O_RDONLY), page, 1000));
	FACT("setgroups from it", syscall(SYS_setgroups, 2, page));
}

static void unhandled(void)
{
	signal(SIGBUS, SIG_DFL);
	page[0] = 1;
}

static void ignored(void)
{
	signal(SIGBUS, SIG_IGN);
	page[0] = 1;
}

static void blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGBUS);
	sigprocmask(SIG_BLOCK, &set, NULL);
	page[0] = 1;
}

/* A tmpfs of 16 MiB holds no 32 MiB, however they are written. */
static void full(void)
{
	int fd = (int)MUST(open("/noexec/full", O_RDWR | O_CREAT, 0600));
	size_t n = 0;

	MUST(ftruncate(fd, 32 << 20));
	page = mmap(NULL, 32 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *begin = page;
	if (sigsetjmp(back, 1) == 0)
		for (;; n += 4096) {
			page = begin + n;
			*page = 1;
		}
	say("a full file system ends it before 17 MiB: %d", page < begin + (17 << 20));
	unlink("/noexec/full");
}

int main(void)
{
	struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)};

	start("bus_errors");
	sigaltstack(&s, NULL);
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	shorten("file");
	touching();
	calls();
	shorten("/tmp/bus_errors");
	unlink("/tmp/bus_errors");
	touching();
	in_child("unhandled", unhandled);
	in_child("ignored", ignored);
	in_child("blocked", blocked);
	in_child("full", full);
	return 0;
}
