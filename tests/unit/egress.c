/* Egress policies: what their text means, and where it is wrong. */
#include "sentry/egress.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

static struct egress *parse(const char *text)
{
	struct error e = {0};
	struct egress *egress = NULL;
	cr_assert_eq(egress_parse(text, strlen(text), &egress, &e), 0, "%s: %s", text, e.message);
	return egress;
}

static int ask(const struct egress *egress, enum egress_way way, int protocol, const char *host,
	       unsigned port)
{
	struct sockaddr_storage a = {0};
	struct sockaddr_in *four = (struct sockaddr_in *)&a;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&a;
	bool is_four = inet_pton(AF_INET, host, &four->sin_addr) == 1;
	a.ss_family = is_four ? AF_INET : AF_INET6;
	four->sin_port = htons((uint16_t)port);
	if (!is_four)
		cr_assert_eq(inet_pton(AF_INET6, host, &six->sin6_addr), 1, "%s", host);
	return egress_check(egress, way, a.ss_family, protocol, &a,
			    is_four ? sizeof *four : sizeof *six);
}

static int to(const char *policy, int protocol, const char *host, unsigned port)
{
	_cleanup_free_ struct egress *egress = parse(policy);
	return ask(egress, EGRESS_TO, protocol, host, port);
}

#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP

Test(egress, the_first_rule_decides)
{
	const char *policy =
	    "default deny\n"
	    "deny tcp to 10.1.0.0/16\n"
	    "allow tcp to 10.0.0.0/8 port 80 # web\n"
	    "allow any to 2001:db8::/33 port 1000-2000; allow udp to any port 53\n";
	cr_expect_eq(to(policy, TCP, "10.2.3.4", 80), 0);
	cr_expect_eq(to(policy, TCP, "10.1.3.4", 80), -EACCES);
	cr_expect_eq(to(policy, TCP, "10.2.3.4", 81), -EACCES);
	cr_expect_eq(to(policy, UDP, "10.2.3.4", 80), -EACCES);
	cr_expect_eq(to(policy, TCP, "11.0.0.0", 80), -EACCES);
	cr_expect_eq(to(policy, UDP, "10.1.3.4", 53), 0);
	cr_expect_eq(to(policy, UDP, "2001:db9::", 53), 0);
	cr_expect_eq(to(policy, TCP, "2001:db8:7fff::", 1000), 0);
	cr_expect_eq(to(policy, TCP, "2001:db8:8000::", 1000), -EACCES);
	cr_expect_eq(to(policy, TCP, "2001:db8::1", 2001), -EACCES);
	cr_expect_eq(to(policy, IPPROTO_ICMPV6, "2001:db8::1", 1500), 0);
}

Test(egress, an_address_has_one_meaning)
{
	const char *policy = "default deny; allow tcp to 127.0.0.1; allow tcp to ::1 port 9";
	cr_expect_eq(to(policy, TCP, "0.0.0.0", 80), 0);
	cr_expect_eq(to(policy, TCP, "::ffff:127.0.0.1", 80), 0);
	cr_expect_eq(to(policy, TCP, "::ffff:0.0.0.0", 80), 0);
	cr_expect_eq(to(policy, TCP, "::", 9), 0);
	cr_expect_eq(to(policy, TCP, "::", 8), -EACCES);
	cr_expect_eq(to("deny tcp to 192.0.2.0/24", TCP, "::ffff:192.0.2.7", 1), -EACCES);
	cr_expect_eq(to("deny tcp to 0.0.0.0/0", TCP, "2001:db8::1", 1), 0);
	cr_expect_eq(to("deny tcp to any", TCP, "2001:db8::1", 1), -EACCES);
}

Test(egress, what_the_kernel_reads_is_what_is_checked)
{
	_cleanup_free_ struct egress *egress = parse("default deny");
	struct sockaddr_storage a = {0};
	/* An IPv4 socket sends to AF_UNSPEC as to AF_INET. */
	cr_expect_eq(egress_check(egress, EGRESS_TO, AF_INET, UDP, &a, 16), -EACCES);
	cr_expect_eq(egress_check(egress, EGRESS_TO, AF_INET, UDP, &a, 15), 0);
	cr_expect_eq(egress_check(egress, EGRESS_TO, AF_INET6, UDP, &a, 28), 0);
	a.ss_family = AF_INET; /* on an IPv6 socket */
	cr_expect_eq(egress_check(egress, EGRESS_TO, AF_INET6, UDP, &a, 16), -EACCES);
	a.ss_family = AF_INET6;
	cr_expect_eq(egress_check(egress, EGRESS_TO, AF_INET6, UDP, &a, 24), -EACCES);
	cr_expect_eq(egress_check(egress, EGRESS_TO, AF_INET6, UDP, &a, 23), 0);
}

Test(egress, metadata_services_are_denied_unless_said_otherwise)
{
	cr_expect_eq(to("", TCP, "169.254.169.254", 80), -EACCES);
	cr_expect_eq(to("allow any to any", TCP, "::ffff:169.254.169.254", 80), -EACCES);
	cr_expect_eq(to("allow any to any", TCP, "fd00:ec2::254", 80), -EACCES);
	cr_expect_eq(to("metadata allow", TCP, "169.254.169.254", 80), 0);
	cr_expect_eq(to("", TCP, "169.254.169.253", 80), 0);
	cr_expect_eq(to("answer ECONNREFUSED", TCP, "169.254.169.254", 80), -ECONNREFUSED);
}

Test(egress, binding_has_rules_of_its_own)
{
	_cleanup_free_ struct egress *egress =
	    parse("default deny\ndeny tcp at any port 1-1023\ndeny any at 127.0.0.0/8 port 0");
	cr_expect_eq(ask(egress, EGRESS_AT, TCP, "192.0.2.1", 80), -EACCES);
	cr_expect_eq(ask(egress, EGRESS_AT, TCP, "192.0.2.1", 8080), 0);
	cr_expect_eq(ask(egress, EGRESS_AT, UDP, "127.0.0.1", 0), -EACCES);
	cr_expect_eq(ask(egress, EGRESS_AT, UDP, "0.0.0.0", 0), 0);
	cr_expect_eq(ask(egress, EGRESS_TO, TCP, "192.0.2.1", 8080), -EACCES);
}

Test(egress, errors_tell_the_place)
{
	static const struct {
		const char *text, *place;
	} wrong[] = {
	    {"permit tcp to any", "line 1, column 1: expected allow, deny"},
	    {"\n\nallow sctp to any", "line 3, column 7: expected tcp"},
	    {"allow tcp from any", "line 1, column 11: expected to or at"},
	    {"allow tcp to example.org", "line 1, column 14: expected an address"},
	    {"allow tcp to 10.0.0.0/33", "line 1, column 14: expected a prefix of 0 to 32"},
	    {"allow tcp to 10.0.0.0/", "line 1, column 14: expected a prefix"},
	    {"allow tcp to ::/129", "line 1, column 14: expected a prefix of 0 to 128"},
	    {"allow tcp to ::/64x", "line 1, column 14: expected a prefix"},
	    {"allow tcp to any 80", "line 1, column 18: expected port"},
	    {"allow tcp to any port 70000", "line 1, column 23: expected a port"},
	    {"allow tcp to any port 20-10", "line 1, column 23: expected a port"},
	    {"allow tcp to any port 1 2", "line 1, column 25: expected the end"},
	    {"default maybe", "line 1, column 9: expected allow or deny"},
	    {"answer EPERM", "line 1, column 8: expected EACCES"},
	    {"default deny; allow", "line 1, column 20: expected tcp"},
	    {"\177ELF\002\001\001", "line 1, column 1: expected allow"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct error e = {0};
		struct egress *egress = NULL;
		cr_expect_lt(egress_parse(wrong[i].text, strlen(wrong[i].text), &egress, &e), 0,
			     "%s", wrong[i].text);
		cr_expect_null(egress);
		cr_expect(strstr(e.message, wrong[i].place), "%s: %s", wrong[i].text, e.message);
	}
}

Test(egress, any_bytes_are_an_error_or_a_policy)
{
	static const char letters[] = "allow denytcpudpto/any0123.:;#\n\t port-\0\377";
	char text[200];
	for (unsigned seed = 1; seed < 3000; seed++) {
		unsigned x = seed;
		for (size_t i = 0; i < sizeof text; i++) {
			x = x * 1103515245 + 12345;
			text[i] = letters[(x >> 16) % sizeof letters];
		}
		struct error e = {0};
		struct egress *egress = NULL;
		int r = egress_parse(text, sizeof text, &egress, &e);
		cr_expect_eq(r == 0, egress != NULL);
		free(egress);
	}
}

Test(egress, has_bounds)
{
	size_t size = EGRESS_TEXT_MAX + 1;
	_cleanup_free_ char *text = malloc(size);
	struct error e = {0};
	struct egress *egress = NULL;
	memset(text, '\n', size);
	cr_expect_lt(egress_parse(text, size, &egress, &e), 0);
	cr_expect_eq(egress_parse(text, size - 1, &egress, &e), 0);
	free(egress);
	egress = NULL;
	_cleanup_free_ char *many = calloc(EGRESS_RULES_MAX + 2, 20);
	for (int i = 0; i <= EGRESS_RULES_MAX; i++)
		strcat(many, "deny any to ::1\n");
	cr_expect_lt(egress_parse(many, strlen(many), &egress, &e), 0);
	cr_expect(strstr(e.message, "line 1025, column 1: too many rules"), "%s", e.message);
}
