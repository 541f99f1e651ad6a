/* Calls without data: on the process itself, and on names. */
#include "micro.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define ENTRIES 100

static char hit[] = "micro.hit", directory[] = "micro.dir";
static int dirfd_;

static void run_getpid(long n)
{
	while (n--)
		must(syscall(SYS_getpid) > 0);
}

static void run_getuid(long n)
{
	while (n--)
		must(syscall(SYS_getuid) >= 0);
}

static void run_gettimeofday(long n)
{
	struct timeval t;
	while (n--)
		must(gettimeofday(&t, NULL) == 0);
}

static void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0644);
	must(fd >= 0);
	close(fd);
}

static void setup_file(void)
{
	make_file(hit);
}

static void end_file(void)
{
	must(unlink(hit) == 0);
}

static void run_stat_hit(long n)
{
	struct stat st;
	while (n--)
		must(stat(hit, &st) == 0);
}

static void run_stat_miss(long n)
{
	struct stat st;
	while (n--)
		must(stat("micro.miss", &st) < 0);
}

static void run_open(long n)
{
	while (n--) {
		int fd = open(hit, O_RDONLY);
		must(fd >= 0 && close(fd) == 0);
	}
}

static void setup_directory(void)
{
	char path[64];
	must(mkdir(directory, 0755) == 0);
	for (int i = 0; i < ENTRIES; i++) {
		snprintf(path, sizeof path, "%s/%d", directory, i);
		make_file(path);
	}
	dirfd_ = open(directory, O_RDONLY | O_DIRECTORY);
	must(dirfd_ >= 0);
}

static void end_directory(void)
{
	char path[64];
	for (int i = 0; i < ENTRIES; i++) {
		snprintf(path, sizeof path, "%s/%d", directory, i);
		must(unlink(path) == 0);
	}
	close(dirfd_);
	must(rmdir(directory) == 0);
}

/* A directory of a hundred entries, read once. */
static void run_getdents(long n)
{
	static char buffer[32768];
	while (n--) {
		must(lseek(dirfd_, 0, SEEK_SET) == 0);
		long got, total = 0;
		while ((got = syscall(SYS_getdents64, dirfd_, buffer, sizeof buffer)) > 0)
			total += got;
		must(got == 0 && total > ENTRIES * 20);
	}
}

const struct benchmark call_benchmarks[] = {
    {"getpid", run_getpid, NULL, NULL},
    {"getuid", run_getuid, NULL, NULL},
    {"gettimeofday", run_gettimeofday, NULL, NULL},
    {"stat-hit", run_stat_hit, setup_file, end_file},
    {"stat-miss", run_stat_miss, NULL, NULL},
    {"open-close", run_open, setup_file, end_file},
    {"getdents-100", run_getdents, setup_directory, end_directory},
    {NULL, NULL, NULL, NULL},
};
