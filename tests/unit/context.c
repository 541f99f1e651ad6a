/*
 * Contexts: tags, edits, and what is left when processes are gone. The processes are real children
 * of the test, which carry their tags as guests do.
 */
#include "sentry/context_table.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sentry/sentry.h"
#include "sentry/worker.h"

static struct sentry sentry;

static struct context *new_context(void)
{
	struct context *c = calloc(1, sizeof *c);
	c->refs = 1;
	c->cred = calloc(1, sizeof *c->cred);
	c->cred->refs = 1;
	c->root = place_new(&sentry, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	c->cwd = place_get(c->root);
	c->umask = 022;
	return c;
}

static pid_t new_process(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nobody */
		pause();
		_exit(0);
	}
	return pid;
}

static void end_process(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void setup(void)
{
	sentry = (struct sentry){.proc_skeleton = -1, .sys_skeleton = -1};
	sentry.contexts = context_table_new();
	cr_assert_not_null(sentry.contexts);
}

TestSuite(context, .init = setup);

Test(context, a_tag_finds_its_context_and_no_other)
{
	struct context *a = new_context(), *b = new_context();
	cr_assert_eq(context_table_add(sentry.contexts, a), 0);
	cr_assert_eq(context_table_add(sentry.contexts, b), 0);
	cr_assert_neq(a->tag, b->tag);
	struct context *found = context_table_lookup(sentry.contexts, a->tag);
	cr_assert_eq(found, a);
	context_put(found);
	cr_assert_null(context_table_lookup(sentry.contexts, 0));
	cr_assert_null(context_table_lookup(sentry.contexts, UINT64_MAX));
	/* The right slot of another generation is nobody's. */
	cr_assert_null(context_table_lookup(sentry.contexts, a->tag + SLOTS));
}

Test(context, a_slot_is_used_again_but_never_a_tag)
{
	uint64_t last = 0;
	for (int i = 0; i < 1000; i++) {
		struct context *c = new_context();
		cr_assert_eq(context_table_add(sentry.contexts, c), 0);
		cr_assert_gt(c->tag, last);
		last = c->tag;
		context_table_remove(sentry.contexts, (uint32_t)(c->tag & (SLOTS - 1)));
		cr_assert_null(context_table_lookup(sentry.contexts, c->tag));
		context_put(c);
	}
	cr_assert_eq(sentry.contexts->unused, 2, "one slot served them all");
}

Test(context, the_table_has_an_end)
{
	struct context *c = NULL;
	int r = 0;
	for (unsigned i = 0; i < SLOTS && r == 0; i++) {
		struct context *one = calloc(1, sizeof *one);
		one->refs = 1;
		one->cred = calloc(1, sizeof *one->cred);
		one->cred->refs = 1;
		r = context_table_add(sentry.contexts, one);
		if (r == 0)
			c = one;
		context_put(one);
	}
	cr_assert_eq(r, -ENOMEM);
	struct context *found = context_table_lookup(sentry.contexts, c->tag);
	cr_assert_eq(found, c);
	context_put(found);
}

Test(context, a_process_carries_its_tag_and_a_fork_copies_it)
{
	struct context *c = new_context();
	cr_assert_eq(context_table_add(sentry.contexts, c), 0);
	cr_assert_eq(context_write_tag(getpid(), c->tag), 0);
	pid_t child = new_process();
	struct context *of_child = context_of(&sentry, child);
	cr_assert_eq(of_child, c);
	context_put(of_child);
	end_process(child);
	cr_assert_null(context_of(&sentry, child));
	cr_assert_eq(errno, ESRCH);
}

Test(context, an_edit_changes_one_process_alone)
{
	struct context *c = new_context();
	cr_assert_eq(context_table_add(sentry.contexts, c), 0);
	pid_t one = new_process(), two = new_process();
	cr_assert_eq(context_write_tag(one, c->tag), 0);
	cr_assert_eq(context_write_tag(two, c->tag), 0);
	struct context *new = context_edit_process(&sentry, one);
	cr_assert_not_null(new);
	new->umask = 077;
	cr_assert_eq(context_commit_process(&sentry, one, new), 0);
	struct context *of_one = context_of(&sentry, one), *of_two = context_of(&sentry, two);
	cr_assert_eq(of_one->umask, 077);
	cr_assert_eq(of_two->umask, 022);
	cr_assert_eq(of_one->cwd, of_two->cwd, "parts are shared");
	context_put(of_one);
	context_put(of_two);
	end_process(one);
	end_process(two);
}

Test(context, a_process_without_a_known_tag_cannot_be_edited)
{
	pid_t pid = new_process();
	cr_assert_null(context_edit_process(&sentry, pid));
	cr_assert_eq(errno, ESRCH);
	end_process(pid);
}

struct editor {
	pid_t pid;
	int rounds;
};

static void *edit_again_and_again(void *arg)
{
	struct editor *e = arg;
	for (int i = 0; i < e->rounds; i++) {
		struct context *new = context_edit_process(&sentry, e->pid);
		if (!new)
			return "edit failed";
		uint64_t old = new->tag;
		new->personality++;
		if (context_commit_process(&sentry, e->pid, new) < 0)
			return "commit failed";
		context_table_remove(sentry.contexts, (uint32_t)(old & (SLOTS - 1)));
	}
	return NULL;
}

Test(context, edits_of_one_process_by_many_threads_are_all_kept)
{
	struct context *c = new_context();
	cr_assert_eq(context_table_add(sentry.contexts, c), 0);
	struct editor editor = {.pid = new_process(), .rounds = 2000};
	cr_assert_eq(context_write_tag(editor.pid, c->tag), 0);
	context_put(c); /* the table has a reference of its own */
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, edit_again_and_again, &editor);
	for (int i = 0; i < 4; i++) {
		void *problem;
		pthread_join(threads[i], &problem);
		cr_assert_null(problem, "%s", (char *)problem);
	}
	struct context *of = context_of(&sentry, editor.pid);
	cr_assert_eq(of->personality, 8000);
	context_put(of);
	end_process(editor.pid);
}

Test(context, the_sweep_drops_what_no_process_carries, .timeout = 20)
{
	sentry.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct context *kept = new_context(), *dropped = new_context();
	cr_assert_eq(context_table_add(sentry.contexts, kept), 0);
	cr_assert_eq(context_table_add(sentry.contexts, dropped), 0);
	context_table_settle(sentry.contexts, kept);
	context_table_settle(sentry.contexts, dropped);
	pid_t pid = new_process();
	cr_assert_eq(context_write_tag(pid, kept->tag), 0);
	uint64_t dropped_tag = dropped->tag;
	context_put(dropped); /* the table has a reference of its own */
	context_table_pressure(sentry.contexts);
	cr_assert_eq(sweep_start(&sentry), 0);
	for (int i = 0; i < 150; i++) {
		struct context *c = context_table_lookup(sentry.contexts, dropped_tag);
		context_put(c);
		if (!c)
			break;
		usleep(100000);
	}
	cr_assert_null(context_table_lookup(sentry.contexts, dropped_tag));
	struct context *c = context_table_lookup(sentry.contexts, kept->tag);
	cr_assert_eq(c, kept);
	context_put(c);
	end_process(pid);
}
