/* Rates and order of `capbox top`, and where counters of a call stand. */
#include "runtime/top.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/syscall.h>

#include "lib/cleanup.h"

static struct counters first[2], second[2];

static void count(struct counters *c, int nr, uint64_t n)
{
	c->calls[counters_row(nr)].outcomes[OUTCOME_ANSWERED] = n;
}

static void prepare(void)
{
	for (int i = 0; i < 2; i++)
		first[i].started = second[i].started = 7;
	count(&first[0], SYS_chdir, 100);
	count(&second[0], SYS_chdir, 300);
	count(&second[0], SYS_openat, 1000);
	count(&second[0], SYS_stat, 10);
	count(&second[0], SYS_uname, 20);
	count(&second[1], SYS_stat, 5);
	second[1].calls[0].outcomes[OUTCOME_REFUSED] = 3;
}

Test(top, computes_rates_and_sorts, .init = prepare)
{
	struct metrics a[] = {{.id = "a", .counters = &first[0]},
			      {.id = "b", .counters = &first[1], .cpu_seconds = 1}};
	struct metrics b[] = {{.id = "a", .counters = &second[0], .memory_bytes = 5},
			      {.id = "b", .counters = &second[1], .cpu_seconds = 2},
			      {.id = "c"}};
	struct metrics_list before = {a, 2}, now = {b, 3};
	_cleanup_free_ struct top_row *rows = top_rows(&before, &now, 2, TOP_BY_TRAPS);
	cr_assert(rows);
	cr_expect_str_eq(rows[0].id, "a");
	cr_expect_float_eq(rows[0].traps, 615, 0.01);
	cr_expect_eq(rows[0].calls[0], SYS_openat);
	cr_expect_eq(rows[0].calls[1], SYS_chdir);
	cr_expect_eq(rows[0].calls[2], SYS_uname);
	cr_expect_float_eq(rows[1].cpu, 50, 0.01);
	cr_expect_eq(rows[1].refusals, 3);
	cr_expect_eq(rows[2].calls[0], COUNTERS_ROWS);
	_cleanup_free_ struct top_row *by_cpu = top_rows(&before, &now, 2, TOP_BY_CPU);
	cr_expect_str_eq(by_cpu[0].id, "b");
	_cleanup_free_ struct top_row *by_name = top_rows(&before, &now, 2, TOP_BY_NAME);
	cr_expect_str_eq(by_name[2].id, "c");
}

/* The id was given to another container meanwhile, whose counters are smaller. */
Test(top, a_new_container_has_no_rates, .init = prepare)
{
	second[0].started = 8;
	struct metrics a = {.id = "a", .counters = &first[0]},
		       b = {.id = "a", .counters = &second[0]};
	struct metrics_list before = {&a, 1}, now = {&b, 1};
	_cleanup_free_ struct top_row *rows = top_rows(&before, &now, 2, TOP_BY_TRAPS);
	cr_expect_float_eq(rows[0].traps, 0, 0.01);
}

Test(top, calls_have_rows_of_their_own)
{
	for (size_t i = 0; i < SYSCALL_COUNT; i++) {
		int nr = syscall_table[i].number;
		if (counters_row(nr) == COUNTERS_ROWS - 1)
			continue;
		cr_expect_str_eq(metrics_call_name(counters_row(nr)), syscall_table[i].name);
		cr_expect_eq(counters_class(nr), syscall_table[i].class);
	}
	cr_expect_eq(counters_row(-1), COUNTERS_ROWS - 1);
	cr_expect_eq(counters_row(1 << 20), COUNTERS_ROWS - 1);
	cr_expect_str_eq(metrics_call_name(COUNTERS_ROWS - 1), "other");
	cr_expect_eq(counters_class(400), CLASS_COUNT);
}
