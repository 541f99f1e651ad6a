/* personality(2): what it may be, who keeps it, and memory without randomness. */
#include "facts.h"
#include <sys/personality.h>
#include <sys/utsname.h>

static void say_persona(const char *label)
{
	say("%s: %x", label, personality(0xffffffff));
}

/* Where a local variable and a mapping lie in a process that is executed twice. */
static void say_layout(void)
{
	char first[64] = "", second[64] = "";

	for (int i = 0; i < 2; i++) {
		char *b = i ? second : first;
		int pipes[2];
		MUST(pipe(pipes));
		pid_t pid = child();
		if (pid == 0) {
			dup2(pipes[1], 1);
			execl("/proc/self/exe", "personality_calls", "layout", NULL);
			_exit(1);
		}
		close(pipes[1]);
		read(pipes[0], b, 63);
		close(pipes[0]);
		waitpid(pid, NULL, 0);
	}
	say("layout: %s", strcmp(first, second) ? "differs" : "the same");
}

static void kept(void)
{
	FACT("ADDR_NO_RANDOMIZE", personality(PER_LINUX | ADDR_NO_RANDOMIZE));
	say_persona("it is");
	pid_t pid = child();
	if (pid == 0) {
		say_persona("a child's");
		execl("/proc/self/exe", "personality_calls", "say", NULL);
		_exit(1);
	}
	say_end("child", pid);
	say_layout();
	FACT("back", personality(PER_LINUX) == ADDR_NO_RANDOMIZE);
	say_layout();
}

int main(int argc, char **argv)
{
	struct utsname u;

	if (argc > 1 && !strcmp(argv[1], "layout")) {
		say("%p %p", (void *)&u,
		    mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
		return 0;
	}
	if (argc > 1) {
		say_persona("after exec");
		return 0;
	}
	start("personality_calls");
	say_persona("at first");
	in_child("kept", kept);
	FACT("PER_LINUX32", personality(PER_LINUX32));
	uname(&u);
	say("machine: %s", u.machine);
	FACT("UNAME26", personality(PER_LINUX | UNAME26));
	uname(&u);
	say("release: %.4s", u.release);
	return 0;
}
