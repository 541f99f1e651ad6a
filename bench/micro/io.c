/* Reading and writing, of a file where the program is and of one on tmpfs; mapping memory. */
#include "micro.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (1 << 20)

static const char *file = "micro.data", *shm = "/dev/shm/micro.data", *path;
static char buffer[SIZE];
static int fd;

static void setup_on(const char *where)
{
	path = where;
	memset(buffer, 'x', sizeof buffer);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	must(fd >= 0 && write(fd, buffer, SIZE) == SIZE);
}

static void setup_file(void)
{
	setup_on(file);
}

static void setup_shm(void)
{
	setup_on(shm);
}

static void end_data(void)
{
	close(fd);
	must(unlink(path) == 0);
}

/* Sequential reads, from the beginning again at the end. */
static void read_sized(long n, size_t size)
{
	size_t done = 0;
	must(lseek(fd, 0, SEEK_SET) == 0);
	for (; n--; done += size) {
		if (done + size > SIZE)
			done = (size_t)lseek(fd, 0, SEEK_SET);
		must(read(fd, buffer, size) == (ssize_t)size);
	}
}

static void pread_sized(long n, size_t size)
{
	for (size_t at = 0; n--; at = (at + 7 * size) % (SIZE - size + 1))
		must(pread(fd, buffer, size, (off_t)at) == (ssize_t)size);
}

static void write_sized(long n, size_t size)
{
	while (n--)
		must(pwrite(fd, buffer, size, 0) == (ssize_t)size);
}

#define SIZED(call, name, size)                                                                    \
	static void run_##call##_##name(long n)                                                    \
	{                                                                                          \
		call##_sized(n, size);                                                             \
	}
#define SIZES(call)                                                                                \
	SIZED(call, 1, 1) SIZED(call, 4k, 4096) SIZED(call, 64k, 65536) SIZED(call, 1m, SIZE)
SIZES(read)
SIZES(pread)
SIZES(write)

static void run_mmap(long n)
{
	while (n--) {
		char *p =
		    mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		must(p != MAP_FAILED);
		*(volatile char *)p = 1;
		must(munmap(p, 4096) == 0);
	}
}

static void run_mmap_file(long n)
{
	while (n--) {
		char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
		must(p != MAP_FAILED);
		must(*(volatile char *)p == 'x');
		must(munmap(p, 4096) == 0);
	}
}

#define ON_BOTH(call, size, text)                                                                  \
	{#call "-" text "-file", run_##call##_##size, setup_file, end_data},                       \
	{                                                                                          \
#call "-" text "-tmpfs", run_##call##_##size, setup_shm, end_data                  \
	}

const struct benchmark io_benchmarks[] = {
    ON_BOTH(read, 1, "1B"),
    ON_BOTH(read, 4k, "4KiB"),
    ON_BOTH(read, 64k, "64KiB"),
    ON_BOTH(read, 1m, "1MiB"),
    ON_BOTH(pread, 1, "1B"),
    ON_BOTH(pread, 4k, "4KiB"),
    ON_BOTH(pread, 64k, "64KiB"),
    ON_BOTH(pread, 1m, "1MiB"),
    ON_BOTH(write, 1, "1B"),
    ON_BOTH(write, 4k, "4KiB"),
    ON_BOTH(write, 64k, "64KiB"),
    ON_BOTH(write, 1m, "1MiB"),
    {"mmap-fault", run_mmap, NULL, NULL},
    {"mmap-fault-file", run_mmap_file, setup_file, end_data},
    {NULL, NULL, NULL, NULL},
};
