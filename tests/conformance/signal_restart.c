/* Signals that meet a blocking call: opening a fifo, reading, locking; SA_RESTART or EINTR. */
#include "facts.h"
#include <pthread.h>
#include <sys/file.h>

static volatile sig_atomic_t handled;
static int flags;

static void handler(int signal)
{
	handled++;
}

static void arm(int restart)
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = restart};

	handled = 0;
	sigaction(SIGUSR1, &sa, NULL);
}

/* Signals its parent twice, a while apart, then runs finish. */
static pid_t signaller(void (*finish)(void))
{
	pid_t parent = getpid(), pid = child();

	if (pid == 0) {
		sleep_ms(20);
		wait_state(parent, 'S');
		sleep_ms(100);
		kill(parent, SIGUSR1);
		sleep_ms(100);
		if (finish)
			finish();
		_exit(0);
	}
	return pid;
}

static void open_writer(void)
{
	close(open("fifo", O_WRONLY));
}

static void open_reader(void)
{
	close(open("fifo", O_RDONLY));
}

static void fifo_open(void)
{
	arm(0);
	pid_t pid = signaller(NULL);
	FD("open a fifo for reading, no restart", open("fifo", O_RDONLY));
	FACT("  handled", handled);
	say_end("  signaller", pid);
	pid = signaller(NULL);
	FD("open a fifo for writing, no restart", open("fifo", O_WRONLY));
	say_end("  signaller", pid);
	arm(SA_RESTART);
	pid = signaller(open_writer);
	FD("open a fifo for reading, restart", open("fifo", O_RDONLY));
	FACT("  handled", handled);
	say_end("  signaller", pid);
	pid = signaller(open_reader);
	FD("open a fifo for writing, restart", open("fifo", O_WRONLY));
	say_end("  signaller", pid);
}

static void killed(void)
{
	pid_t pid = child();

	if (pid == 0) {
		open("fifo", O_RDONLY);
		_exit(0);
	}
	sleep_ms(100);
	FACT("kill a process that waits for a fifo", kill(pid, SIGTERM));
	say_end("it", pid);
	pid = child();
	if (pid == 0) {
		signal(SIGTERM, SIG_IGN);
		FD("an ignored signal does not wake it", open("fifo", O_RDONLY));
		_exit(0);
	}
	sleep_ms(100);
	kill(pid, SIGTERM);
	sleep_ms(50);
	close((int)MUST(open("fifo", O_WRONLY)));
	say_end("it", pid);
	pid = child();
	if (pid == 0) {
		FD("stopped and continued", open("fifo", O_RDONLY));
		_exit(0);
	}
	sleep_ms(100);
	kill(pid, SIGSTOP);
	FACT("it stops", waitpid(pid, NULL, WUNTRACED) == pid);
	kill(pid, SIGCONT);
	sleep_ms(50);
	close((int)MUST(open("fifo", O_WRONLY)));
	say_end("it", pid);
}

static void *opener(void *arg)
{
	return (void *)(intptr_t)open("fifo", O_RDONLY);
}

static void threads(void)
{
	pthread_t t[12];
	int opened = 0;

	for (int i = 0; i < 12; i++)
		pthread_create(&t[i], NULL, opener, NULL);
	sleep_ms(100);
	FACT("other calls go on meanwhile", access("fifo", F_OK));
	int fd = open("fifo", O_WRONLY);
	for (int i = 0; i < 12; i++) {
		void *result;
		pthread_join(t[i], &result);
		opened += (intptr_t)result >= 0;
	}
	FACT("threads that waited for the fifo", opened);
	close(fd);
}

static void other_calls(void)
{
	int pipes[2];
	char b;
	struct timespec t = {5, 0}, left;

	MUST(pipe(pipes));
	arm(0);
	pid_t pid = signaller(NULL);
	FACT("read a pipe", read(pipes[0], &b, 1));
	say_end("  signaller", pid);
	pid = signaller(NULL);
	FACT("nanosleep", nanosleep(&t, &left));
	FACT("  time is left", left.tv_sec > 3);
	say_end("  signaller", pid);
	int fd = (int)MUST(open("file", O_RDWR));
	pid_t holder = child();
	if (holder == 0) {
		int mine = open("file", O_RDWR);
		struct flock lock = {.l_type = F_WRLCK};
		flock(mine, LOCK_EX);
		fcntl(mine, F_SETLK, &lock);
		sleep(10);
		_exit(0);
	}
	sleep_ms(50);
	pid = signaller(NULL);
	FACT("flock", flock(fd, LOCK_EX));
	say_end("  signaller", pid);
	pid = signaller(NULL);
	struct flock lock = {.l_type = F_WRLCK};
	FACT("fcntl lock", fcntl(fd, F_SETLKW, &lock));
	say_end("  signaller", pid);
	kill(holder, SIGKILL);
	say_end("  holder", holder);
	pid = signaller(NULL);
	FACT("wait for a child that lives", ({
		     pid_t sleeper = child();
		     if (sleeper == 0) {
			     sleep(10);
			     _exit(0);
		     }
		     int r = waitpid(sleeper, NULL, 0), error = errno;
		     kill(sleeper, SIGKILL);
		     waitpid(sleeper, NULL, 0);
		     errno = error;
		     r;
	     }));
	say_end("  signaller", pid);
}

/* A call that does not block is not disturbed. */
static void storm(void)
{
	int good = 0, wrong = 0;

	arm(flags);
	pid_t parent = getpid(), pid = child();
	if (pid == 0) {
		for (int i = 0; i < 2000; i++)
			kill(parent, SIGUSR1);
		_exit(0);
	}
	for (int i = 0; i < 2000; i++) {
		int fd = open("file", O_RDONLY);
		struct stat st;
		bool right = fd >= 0 && stat("file", &st) == 0;
		if (!right)
			wrong = errno;
		good += right && access("missing", F_OK) == -1 && errno == ENOENT;
		close(fd);
	}
	say_end("storm", pid);
	FACT("calls that were right in a storm of signals", good);
	say("the last one that was not: %s", wrong ? errno_name(wrong) : "none");
	pid = child();
	if (pid == 0) {
		pid_t inner = fork();
		if (inner == 0) {
			for (int i = 0; i < 300; i++) {
				kill(getppid(), SIGUSR1);
				usleep(100);
			}
			_exit(0);
		}
		int ended = 0, status;
		for (int i = 0; i < 30; i++) {
			pid_t program = fork();
			if (program == 0) {
				execl("/bin/true", "true", NULL);
				_exit(1);
			}
			while (waitpid(program, &status, 0) < 0 && errno == EINTR)
				;
			ended += status == 0;
		}
		FACT("programs started in a storm of signals", ended);
		kill(inner, SIGKILL);
		_exit(0);
	}
	say_end("programs", pid);
}

int main(void)
{
	start("signal_restart");
	MUST(mkfifo("fifo", 0644));
	put_file("file", "x", 0644);
	fifo_open();
	killed();
	threads();
	other_calls();
	storm();
	flags = SA_RESTART;
	storm();
	return 0;
}
