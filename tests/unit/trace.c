/* The ring of a trace as a reader meets it, also one that a hostile sentry has written, and what is
 * printed. */
#include "sentry/trace.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "lib/cleanup.h"
#include "runtime/trace_words.h"

static struct trace_ring *ring;

static void make(void)
{
	ring = calloc(1, sizeof *ring);
	cr_assert(ring);
}

static void write_record(uint64_t n)
{
	struct trace_record *r = &ring->records[n % TRACE_RECORDS];
	*r = (struct trace_record){.nr = (int32_t)(n % 300)};
	r->sequence = 2 * n + 2;
	ring->next = n + 1;
}

Test(trace, takes_what_is_written_in_order, .init = make)
{
	uint64_t place = 0, lost = 0;
	struct trace_record out;
	cr_expect_eq(trace_take(ring, &place, &lost, &out), 0);
	for (uint64_t n = 0; n < 10; n++)
		write_record(n);
	for (int n = 0; n < 10; n++) {
		cr_assert_eq(trace_take(ring, &place, &lost, &out), 1);
		cr_expect_eq(out.nr, n);
	}
	cr_expect_eq(trace_take(ring, &place, &lost, &out), 0);
	cr_expect_eq(lost, 0);
}

Test(trace, counts_what_was_overwritten, .init = make)
{
	uint64_t place = 0, lost = 0;
	struct trace_record out;
	for (uint64_t n = 0; n < TRACE_RECORDS + 100; n++)
		write_record(n);
	cr_assert_eq(trace_take(ring, &place, &lost, &out), 1);
	cr_expect_eq(lost, 100);
	cr_expect_eq(out.nr, 100);
}

Test(trace, waits_for_a_record_that_is_being_written, .init = make)
{
	uint64_t place = 0, lost = 0;
	struct trace_record out;
	write_record(0);
	write_record(1);
	ring->records[0].sequence = 1;
	cr_expect_eq(trace_take(ring, &place, &lost, &out), 0);
	cr_expect_eq(place, 0);
	/* Given up by its writer: many others have come. */
	for (uint64_t n = 2; n < TRACE_RECORDS / 2; n++)
		write_record(n);
	cr_expect_eq(trace_take(ring, &place, &lost, &out), 1);
	cr_expect_eq(out.nr, 1);
	cr_expect_eq(lost, 1);
}

Test(trace, a_hostile_ring_ends, .init = make)
{
	uint64_t place = 0, lost = 0;
	struct trace_record out;
	ring->next = UINT64_MAX;
	cr_expect_eq(trace_take(ring, &place, &lost, &out), 0);
	cr_expect_leq(place, UINT64_MAX);
	ring->next = 3;
	cr_expect_eq(trace_take(ring, &place, &lost, &out), 0);
	unsigned seed = 1;
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof *ring; i += sizeof(int))
			*(int *)((char *)ring + i) = rand_r(&seed);
		place = (uint64_t)rand_r(&seed);
		for (unsigned i = 0; i < TRACE_RECORDS; i++)
			ring->records[i].sequence = 2 * (place + (unsigned)rand_r(&seed) % 4) + 2;
		ring->next = place + (unsigned)rand_r(&seed) % 5000;
		while (trace_take(ring, &place, &lost, &out) > 0) {
			_cleanup_free_ char *text = NULL;
			size_t size;
			FILE *f = open_memstream(&text, &size);
			out.nr %= 470;
			for (size_t i = 0; i < out.copies.count; i++)
				out.args[i] = out.copies.pieces[i].address;
			trace_print_arguments(&out, f);
			fclose(f);
			cr_expect_lt(size, 8192);
		}
	}
}

static char *printed(const struct trace_record *r)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	trace_print_arguments(r, f);
	fclose(f);
	return text;
}

#define EXPECT(record, wanted)                                                                     \
	do {                                                                                       \
		_cleanup_free_ char *text = printed(record);                                       \
		cr_expect_str_eq(text, wanted);                                                    \
	} while (0)

Test(trace, prints_flags_as_strace_does)
{
	struct trace_record r = {.nr = SYS_openat, .args = {(uint64_t)AT_FDCWD, 0x1000}};
	copies_add(&r.copies, 0x1000, "/etc/a\"b\n\1", 11, 0);
	r.args[2] = O_RDONLY;
	r.args[3] = 0x1ff;
	EXPECT(&r, "AT_FDCWD, \"/etc/a\\\"b\\n\\1\", O_RDONLY");
	r.args[2] = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
	EXPECT(&r, "AT_FDCWD, \"/etc/a\\\"b\\n\\1\", O_RDWR|O_CREAT|O_TRUNC|O_CLOEXEC, 0777");
	r.args[2] = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_DIRECTORY;
	EXPECT(&r, "AT_FDCWD, \"/etc/a\\\"b\\n\\1\", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY");
	r = (struct trace_record){.nr = SYS_access, .args = {0, 0}};
	EXPECT(&r, "NULL, F_OK");
	r.args[1] = 6;
	EXPECT(&r, "NULL, R_OK|W_OK");
	r = (struct trace_record){.nr = SYS_kill, .args = {(uint64_t)-1, 15}};
	EXPECT(&r, "-1, SIGTERM");
	r = (struct trace_record){.nr = SYS_socket,
				  .args = {AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 6}};
	EXPECT(&r, "AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP");
	r = (struct trace_record){.nr = SYS_chown, .args = {0x10, 5, UINT32_MAX}};
	EXPECT(&r, "0x10, 5, -1");
	r = (struct trace_record){.nr = SYS_unlinkat, .args = {3, 0x10, AT_REMOVEDIR | 1u << 30}};
	EXPECT(&r, "3, 0x10, AT_REMOVEDIR|0x40000000");
	r = (struct trace_record){.nr = SYS_mkdir, .args = {0x10, 0755}};
	EXPECT(&r, "0x10, 0755");
}

Test(trace, prints_socket_addresses)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/x"};
	struct trace_record r = {.nr = SYS_connect, .args = {3, 0x1000, 9}};
	copies_add(&r.copies, 0x1000, &address, 9, 0);
	EXPECT(&r, "3, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, 9");
	address.sun_path[0] = '\0';
	r.copies.count = r.copies.used = 0;
	copies_add(&r.copies, 0x1000, &address, 8, 0);
	EXPECT(&r, "3, {sa_family=AF_UNIX, sun_path=@\"run/x\"}, 9");
	r.copies.count = r.copies.used = 0;
	copies_add(&r.copies, 0x1000, &address, 1, 0);
	EXPECT(&r, "3, 0x1000, 9");
}

Test(trace, copies_have_bounds)
{
	struct copies c = {0};
	char long_one[4096];
	memset(long_one, 'x', sizeof long_one);
	for (uint64_t i = 0; i < 20; i++)
		copies_add(&c, i, long_one, sizeof long_one, 0);
	cr_expect_leq(c.count, COPIES_MAX);
	cr_expect_leq(c.used, COPIES_SIZE);
	cr_expect_eq(copies_at(&c, 0)->length, COPIES_PIECE);
	cr_expect_eq(copies_at(&c, 0)->size, sizeof long_one);
	cr_expect_null(copies_at(&c, 99));
}
