/*
 * The machine as a container sees it: processors and memory.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "sentry/vfs/cgroup.h"
#include "sentry/vfs/cpu.h"
#include "sentry/vfs/load.h"
#include "sentry/vfs/memory.h"

#define EXPECT_TEXT(expected, call)                                                                \
	do {                                                                                       \
		char *data_ = NULL;                                                                \
		size_t size_;                                                                      \
		FILE *out = open_memstream(&data_, &size_);                                        \
		call;                                                                              \
		fclose(out);                                                                       \
		cr_assert_str_eq(data_, expected);                                                 \
		free(data_);                                                                       \
	} while (0)

static cpu_set_t set_of(const int *cpus, size_t count)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	for (size_t i = 0; i < count; i++)
		CPU_SET(cpus[i], &set);
	return set;
}

#define SET(...) set_of((const int[]){__VA_ARGS__}, sizeof((int[]){__VA_ARGS__}) / sizeof(int))

Test(vfs_machine, sets_of_processors)
{
	cpu_set_t some = SET(0, 1, 2, 5, 7, 8), one = SET(33);
	EXPECT_TEXT("0-2,5,7-8", cpu_print_list(&some, out));
	EXPECT_TEXT("1a7", cpu_print_mask(&some, out));
	EXPECT_TEXT("33", cpu_print_list(&one, out));
	EXPECT_TEXT("2,00000000", cpu_print_mask(&one, out));
}

static const char cpuinfo[] = "processor\t: 0\n"
			      "physical id\t: 0\n"
			      "core id\t\t: 0\n"
			      "\n"
			      "processor\t: 1\n"
			      "physical id\t: 0\n"
			      "core id\t\t: 3\n"
			      "\n"
			      "processor\t: 2\n"
			      "physical id\t: 1\n"
			      "core id\t\t: 0\n"
			      "\n";

Test(vfs_machine, cpuinfo_has_the_containers_processors)
{
	cpu_set_t set = SET(1);
	EXPECT_TEXT("processor\t: 1\nphysical id\t: 0\ncore id\t\t: 3\n\n",
		    cr_assert_eq(cpu_rewrite_info(cpuinfo, &set, out), 0));
	EXPECT_TEXT("", cr_assert_eq(cpu_rewrite_info("", &set, out), 0));
	cr_assert_eq(cpu_place(cpuinfo, 2).package, 1);
	cr_assert_eq(cpu_place(cpuinfo, 1).core, 3);
	cr_assert_eq(cpu_place(cpuinfo, 9).core, 9);
}

static const char stat_text[] = "cpu  6 0 0 60 0 0 0 0 0 0\n"
				"cpu0 1 0 0 10 0 0 0 0 0 0\n"
				"cpu1 2 0 0 20 0 0 0 0 0 0\n"
				"cpu2 3 0 0 30 0 0 0 0 0 0\n"
				"intr 425378 0 0 1\n"
				"ctxt 792854\n"
				"btime 1795505175\n"
				"processes 14808\n"
				"procs_running 1\n"
				"procs_blocked 0\n"
				"softirq 386030 0 40482\n";

#define STAT_TAIL                                                                                  \
	"intr 0\nctxt 0\nbtime 1795505175\nprocesses 7\nprocs_running 1\nprocs_blocked 0\n"        \
	"softirq 0 0 0 0 0 0 0 0 0 0 0\n"

Test(vfs_machine, stat_counts_the_containers_processors)
{
	cpu_set_t set = SET(0, 2);
	struct cpu_usage unknown = {.forks = 7};
	EXPECT_TEXT("cpu  4 0 0 40 0 0 0 0 0 0\n"
		    "cpu0 1 0 0 10 0 0 0 0 0 0\n"
		    "cpu2 3 0 0 30 0 0 0 0 0 0\n" STAT_TAIL,
		    cr_assert_eq(cpu_rewrite_stat(stat_text, &set, &unknown, out), 0));
	/* 2 s of user and 1 s of system time in 10 s of two processors */
	struct cpu_usage usage = {true, 2000000000, 1000000000, UINT64_C(10000000000), 7};
	EXPECT_TEXT("cpu  200 0 100 1700 0 0 0 0 0 0\n"
		    "cpu0 100 0 50 850 0 0 0 0 0 0\n"
		    "cpu2 100 0 50 850 0 0 0 0 0 0\n" STAT_TAIL,
		    cr_assert_eq(cpu_rewrite_stat(stat_text, &set, &usage, out), 0));
}

Test(vfs_machine, meminfo_follows_the_limit)
{
	struct memory_limit m = {.total = 64 << 20,
				 .used = 16 << 20,
				 .swap_total = 8 << 20,
				 .swap_used = 1 << 20,
				 .stat = "anon 1048576\nfile 4194304\ninactive_file 2097152\n"
					 "active_file 2097152\n"};
	const char *host = "MemTotal:       24683620 kB\n"
			   "MemFree:        24178548 kB\n"
			   "MemAvailable:   24303924 kB\n"
			   "Buffers:            1712 kB\n"
			   "Cached:           264360 kB\n"
			   "SwapTotal:       1048576 kB\n"
			   "SwapFree:        1048576 kB\n"
			   "AnonPages:         24096 kB\n"
			   "VmallocTotal:   34359738367 kB\n"
			   "HugePages_Total:       3\n"
			   "Hugepagesize:       2048 kB\n";
	const char *guest = "MemTotal:          65536 kB\n"
			    "MemFree:           49152 kB\n"
			    "MemAvailable:      53248 kB\n"
			    "Buffers:               0 kB\n"
			    "Cached:             4096 kB\n"
			    "SwapTotal:          8192 kB\n"
			    "SwapFree:           7168 kB\n"
			    "AnonPages:          1024 kB\n"
			    "VmallocTotal:   34359738367 kB\n"
			    "HugePages_Total:       0\n"
			    "Hugepagesize:       2048 kB\n";
	EXPECT_TEXT(guest, cr_assert_eq(memory_rewrite(host, &m, out), 0));
}

Test(vfs_machine, cgroup_values_are_whole_words)
{
	uint64_t value = 0;
	cr_assert_eq(vfs_cgroup_find("total_cache 5\ncache 7\n", "cache", &value), 0);
	cr_assert_eq(value, 7);
	cr_assert_lt(vfs_cgroup_find("cache_x 5\n", "cache", &value), 0);
	cr_assert_lt(vfs_cgroup_find("", "cache", &value), 0);
}

Test(vfs_machine, as_many_processors_as_a_quota_is_worth)
{
	cpu_set_t set = SET(1, 4, 6), two = SET(1, 4), none = SET(1);
	CPU_CLR(1, &none);
	cpu_keep_first(&set, 5);
	cr_expect_eq(CPU_COUNT(&set), 3);
	cpu_keep_first(&set, 2);
	cr_expect(CPU_EQUAL(&set, &two));
	cpu_keep_first(&set, 0);
	cr_expect(CPU_EQUAL(&set, &none));
}

Test(vfs_machine, load_averages)
{
	double average[3] = {};
	/* 1 - 1/e of a constant load after the period, and all of it in the long run. */
	load_add(average, 60, 2);
	cr_expect(average[0] > 1.263 && average[0] < 1.266, "%f", average[0]);
	cr_expect(average[1] > 0.36 && average[1] < 0.37, "%f", average[1]);
	load_add(average, 1e9, 2);
	for (int i = 0; i < 3; i++)
		cr_expect(average[i] > 1.999 && average[i] < 2.001);
	load_add(average, 60, 0);
	cr_expect(average[0] > 0.73 && average[0] < 0.74, "%f", average[0]);
}
