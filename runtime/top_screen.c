/*
 * The screen of `capbox top`. One loop: a sample each interval, keys in between. Trace, stacks and
 * refusals of a container are shown by the commands of that name, which get the terminal meanwhile.
 */
#include "runtime/top.h"

#include <errno.h>
#include <ncurses.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"

struct view {
	const char *root;
	double interval; /* seconds */
	struct metrics_list before, now;
	struct top_row *rows;
	uint64_t sampled; /* counters_now() */
	double seconds;	  /* between the two samples */
	enum top_order order;
	char selected[256]; /* an id; its row is found again after each sort */
	size_t first;	    /* row at the top of the list */
	SCREEN *screen;
};

static void sort(struct view *v)
{
	free(v->rows);
	v->rows = top_rows(&v->before, &v->now, v->seconds, v->order);
}

static int sample(struct view *v, struct error *e)
{
	struct metrics_list fresh;
	int r = metrics_collect(v->root, &fresh, e);
	if (r < 0)
		return r;
	uint64_t now = counters_now();
	metrics_release(&v->before);
	v->before = v->now;
	v->now = fresh;
	v->seconds = (double)(now - v->sampled) / 1e9;
	v->sampled = now;
	sort(v);
	return 0;
}

static size_t selected_row(const struct view *v)
{
	for (size_t i = 0; v->rows && i < v->now.count; i++)
		if (!strcmp(v->rows[i].id, v->selected))
			return i;
	return 0;
}

static void select_row(struct view *v, size_t i)
{
	if (v->rows && i < v->now.count)
		snprintf(v->selected, sizeof v->selected, "%s", v->rows[i].id);
}

/* --- drawing ---------------------------------------------------------------------------------- */

/* A size in a few characters: 12K, 3.4M. */
static const char *size_text(uint64_t bytes, char *text, size_t size)
{
	static const char units[] = "BKMGT";
	double value = (double)bytes;
	size_t unit = 0;
	while (value >= 1000 && unit + 2 < sizeof units) {
		value /= 1024;
		unit++;
	}
	snprintf(text, size, value < 10 && unit ? "%.1f%c" : "%.0f%c", value, units[unit]);
	return text;
}

static void calls_text(const struct top_row *row, char *text, size_t size)
{
	size_t used = 0;
	*text = '\0';
	for (size_t i = 0; i < TOP_CALLS && row->calls[i] < COUNTERS_ROWS && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s %.0f", i ? ", " : "",
					 metrics_call_name(row->calls[i]), row->rates[i]);
}

#define FORMAT_HEAD "%-16.16s %9s %7s %5s %7s %5s %7s  %s"
#define FORMAT_ROW  "%-16.16s %9.0f %7llu %5.0f %7s %5llu %3u/%-3u  %s"

static void draw_row(const struct view *v, int y, const struct top_row *row)
{
	char memory[16], calls[128], line[512];
	calls_text(row, calls, sizeof calls);
	if (row->running)
		snprintf(line, sizeof line, FORMAT_ROW, row->id, row->traps,
			 (unsigned long long)row->refusals, row->cpu,
			 size_text(row->memory, memory, sizeof memory),
			 (unsigned long long)row->tasks, row->busy, row->workers, calls);
	else
		snprintf(line, sizeof line, FORMAT_HEAD, row->id, "stopped", "", "", "", "", "",
			 "");
	bool marked = !strcmp(row->id, v->selected);
	attrset(marked ? A_REVERSE : A_NORMAL);
	mvprintw(y, 0, "%-*.*s", COLS, COLS, line);
	attrset(A_NORMAL);
}

static void draw_head(const struct view *v)
{
	static const char *const orders[] = {"traps", "refusals", "cpu", "memory", "name"};
	char clock[16] = "", line[512];
	time_t now = time(NULL);
	struct tm tm;
	double traps = 0;
	if (localtime_r(&now, &tm))
		strftime(clock, sizeof clock, "%H:%M:%S", &tm);
	for (size_t i = 0; v->rows && i < v->now.count; i++)
		traps += v->rows[i].traps;
	snprintf(line, sizeof line, "capbox top %s  %zu container%s  %.0f traps/s  by %s", clock,
		 v->now.count, v->now.count == 1 ? "" : "s", traps, orders[v->order]);
	mvprintw(0, 0, "%-*.*s", COLS, COLS, line);
	snprintf(line, sizeof line, FORMAT_HEAD, "CONTAINER", "TRAPS/S", "REFUSED", "CPU%",
		 "MEMORY", "TASKS", "WORKERS", "BUSIEST CALLS");
	attrset(A_BOLD);
	mvprintw(2, 0, "%-*.*s", COLS, COLS, line);
	attrset(A_NORMAL);
}

static void draw(struct view *v)
{
	static const char keys[] = "sort: t)raps r)efused c)pu m)emory n)ame  "
				   "Enter: trace s)tacks e)xplain q)uit";
	size_t space = LINES > 5 ? (size_t)LINES - 5 : 1, marked = selected_row(v);
	select_row(v, marked); /* the first, when the one before is gone */
	v->first = MIN(v->first, marked);
	if (marked >= v->first + space)
		v->first = marked - space + 1;
	erase();
	draw_head(v);
	for (size_t i = 0; i < space && v->rows && v->first + i < v->now.count; i++)
		draw_row(v, (int)i + 3, &v->rows[v->first + i]);
	if (!v->now.count)
		mvprintw(3, 0, "no containers below %s", v->root);
	mvprintw(LINES - 1, 0, "%.*s", MAX(COLS - 1, 0), keys);
	refresh();
}

/* --- keys ------------------------------------------------------------------------------------- */

static void run_command(const struct view *v, const char *const *arguments)
{
	pid_t pid = fork();
	if (pid == 0) {
		const char *argv[8] = {"capbox", "--root", v->root};
		size_t n = 3;
		while (*arguments)
			argv[n++] = *arguments++;
		argv[n] = NULL;
		signal(SIGINT, SIG_DFL);
		execv("/proc/self/exe", (char *const *)argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Gives the terminal to a command of capbox; Ctrl-C ends it, and a key leads back. */
static void show(const struct view *v, const char *const *arguments)
{
	if (!*v->selected)
		return;
	def_prog_mode();
	endwin();
	struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
	sigaction(SIGINT, &ignore, &old);
	run_command(v, arguments);
	fputs("\n-- press Enter to go back --", stdout);
	fflush(stdout);
	int c;
	do
		c = getchar();
	while (c != '\n' && c != '\r' && c != EOF);
	clearerr(stdin);
	sigaction(SIGINT, &old, NULL);
	reset_prog_mode();
	refresh();
}

static void move_selection(struct view *v, int by)
{
	long row = (long)selected_row(v) + by, last = (long)v->now.count - 1;
	select_row(v, (size_t)MAX(0L, MIN(row, last)));
}

static void order_by(struct view *v, enum top_order order)
{
	v->order = order;
	sort(v);
}

/* False when the user leaves. */
static bool handle_key(struct view *v, int key)
{
	switch (key) {
	case 'q':
		return false;
	case 't':
		order_by(v, TOP_BY_TRAPS);
		break;
	case 'r':
		order_by(v, TOP_BY_REFUSALS);
		break;
	case 'c':
		order_by(v, TOP_BY_CPU);
		break;
	case 'm':
		order_by(v, TOP_BY_MEMORY);
		break;
	case 'n':
		order_by(v, TOP_BY_NAME);
		break;
	case KEY_UP:
	case 'k':
		move_selection(v, -1);
		break;
	case KEY_DOWN:
	case 'j':
		move_selection(v, 1);
		break;
	case KEY_PPAGE:
		move_selection(v, -MAX(LINES - 5, 1));
		break;
	case KEY_NPAGE:
		move_selection(v, MAX(LINES - 5, 1));
		break;
	case '\n':
	case KEY_ENTER:
		show(v, (const char *const[]){"trace", v->selected, NULL});
		break;
	case 's':
		show(v, (const char *const[]){"debug", "stacks", v->selected, NULL});
		break;
	case 'e':
		show(v, (const char *const[]){"explain", v->selected, NULL});
		break;
	}
	return true;
}

/* Until the next sample is due; false when the user leaves. */
static bool handle_keys(struct view *v)
{
	uint64_t due = v->sampled + (uint64_t)(v->interval * 1e9);
	for (;;) {
		draw(v);
		uint64_t now = counters_now();
		if (now >= due)
			return true;
		timeout((int)((due - now) / 1000000) + 1);
		int key = getch();
		if (key != ERR && !handle_key(v, key))
			return false;
	}
}

static void view_release(struct view *v)
{
	if (v->screen) {
		endwin();
		delscreen(v->screen);
	}
	metrics_release(&v->before);
	metrics_release(&v->now);
	free(v->rows);
}

int top_show(const char *root, double interval, struct error *e)
{
	_cleanup_(view_release) struct view v = {.root = root, .interval = interval};
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return error_set(e, 0,
				 "top: standard input and output are to be a terminal "
				 "(capbox metrics is for the rest)");
	v.screen = newterm(NULL, stdout, stdin);
	if (!v.screen)
		return error_set(e, 0, "top: the terminal '%s' is not known", getenv("TERM") ?: "");
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	int r;
	do
		r = sample(&v, e);
	while (r == 0 && handle_keys(&v));
	return r;
}
