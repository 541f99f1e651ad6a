/* Egress policies: see egress.h. */
#include "sentry/egress.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

#define WORD_MAX       64
#define SHORTEST_INET6 24 /* SIN6_LEN_RFC2133: the kernel takes an address without its scope */
#define MAPPED_BITS    96 /* of ::ffff:0:0/96 */

struct rule {
	bool allow;
	enum egress_way way;
	int protocol;	      /* 0: any */
	struct in6_addr base; /* IPv4 in IPv6 form */
	unsigned bits;	      /* of base that count; 0: any address */
	unsigned first, last; /* ports */
};

struct egress {
	bool allow, metadata;
	int answer; /* errno */
	size_t count;
	struct rule rules[];
};

struct parser {
	const char *line; /* of the rule at hand */
	const char *at, *end;
	unsigned number; /* of the line, from 1 */
	struct error *e;
};

/* --- parsing -------------------------------------------------------------------------------- */

static int fail(const struct parser *p, const char *at, const char *what)
{
	return error_set(p->e, 0, "line %u, column %zu: %s", p->number, (size_t)(at - p->line) + 1,
			 what);
}

static bool ends_rule(const struct parser *p)
{
	return p->at == p->end || *p->at == '\n' || *p->at == ';' || *p->at == '#';
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\r'))
		p->at++;
}

/* The next word of the rule into word; where it begins. An empty word at the rule's end. */
static const char *next_word(struct parser *p, char word[WORD_MAX])
{
	skip_blanks(p);
	const char *start = p->at;
	size_t n = 0;
	while (!ends_rule(p) && !strchr(" \t\r", *p->at)) {
		if (n < WORD_MAX - 1)
			word[n++] = *p->at;
		p->at++;
	}
	word[n] = '\0';
	return start;
}

/* One of the words, or an error that says `what`. */
static int choose(struct parser *p, const char *const *words, const char *what)
{
	char word[WORD_MAX];
	const char *at = next_word(p, word);
	for (int i = 0; words[i]; i++)
		if (!strcmp(word, words[i]))
			return i;
	return fail(p, at, what);
}

/* A number up to `limit` from the start of *text, which moves behind it; -1 when there is none. */
static long number(const char **text, long limit)
{
	size_t digits = strspn(*text, "0123456789");
	long value = digits && digits <= 5 ? strtol(*text, NULL, 10) : -1;
	*text += digits;
	return value > limit ? -1 : value;
}

static int parse_address(struct parser *p, struct rule *r)
{
	char word[WORD_MAX];
	struct in_addr four;
	const char *at = next_word(p, word);
	if (!strcmp(word, "any"))
		return 0;
	char *slash = strchr(word, '/');
	const char *prefix = slash ? slash + 1 : NULL;
	if (slash)
		*slash = '\0';
	bool is_four = inet_pton(AF_INET, word, &four) == 1;
	if (!is_four && inet_pton(AF_INET6, word, &r->base) != 1)
		return fail(p, at,
			    "expected an address, ADDRESS/PREFIX or any (names are not looked up)");
	long most = is_four ? 32 : 128, bits = prefix ? number(&prefix, most) : most;
	if (bits < 0 || (prefix && *prefix))
		return fail(p, at,
			    is_four ? "expected a prefix of 0 to 32"
				    : "expected a prefix of 0 to 128");
	if (is_four) {
		memset(&r->base, 0, sizeof r->base);
		memset(&r->base.s6_addr[10], 0xff, 2);
		memcpy(&r->base.s6_addr[12], &four, sizeof four);
	}
	r->bits = (unsigned)bits + (is_four ? MAPPED_BITS : 0);
	return 0;
}

static int parse_ports(struct parser *p, struct rule *r)
{
	char word[WORD_MAX];
	const char *at = next_word(p, word), *text = word;
	r->first = 0;
	r->last = UINT16_MAX;
	if (!*word)
		return 0;
	if (strcmp(word, "port"))
		return fail(p, at, "expected port or the end of the rule");
	at = next_word(p, word);
	long first = number(&text, UINT16_MAX), last = first;
	if (*text == '-') {
		text++;
		last = number(&text, UINT16_MAX);
	}
	if (first < 0 || last < first || *text)
		return fail(p, at, "expected a port or a range such as 1000-2000");
	r->first = (unsigned)first;
	r->last = (unsigned)last;
	return 0;
}

static int parse_rule(struct parser *p, bool allow, struct rule *r)
{
	static const char *const protocols[] = {"any", "tcp", "udp", "icmp", NULL};
	static const int numbers[] = {0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP};
	static const char *const ways[] = {[EGRESS_TO] = "to", [EGRESS_AT] = "at", NULL};
	*r = (struct rule){.allow = allow};
	int protocol = choose(p, protocols, "expected tcp, udp, icmp or any");
	if (protocol < 0)
		return protocol;
	r->protocol = numbers[protocol];
	int way = choose(p, ways, "expected to or at");
	if (way < 0)
		return way;
	r->way = (enum egress_way)way;
	int code = parse_address(p, r);
	return code < 0 ? code : parse_ports(p, r);
}

/* One rule; *out has room for one more. */
static int parse_line(struct parser *p, struct egress *out)
{
	static const char *const heads[] = {"deny", "allow", "default", "answer", "metadata", NULL};
	static const char *const verdicts[] = {"deny", "allow", NULL};
	static const char *const answers[] = {"EACCES", "ECONNREFUSED", NULL};
	int r = 0, head = choose(p, heads, "expected allow, deny, default, answer or metadata");
	if (head < 0)
		return head;
	if (head <= 1 && out->count == EGRESS_RULES_MAX)
		return fail(p, p->line, "too many rules");
	if (head <= 1)
		r = parse_rule(p, head == 1, &out->rules[out->count]);
	else if (head == 3)
		r = choose(p, answers, "expected EACCES or ECONNREFUSED");
	else
		r = choose(p, verdicts, "expected allow or deny");
	if (r < 0)
		return r;
	if (head <= 1)
		out->count++;
	else if (head == 2)
		out->allow = r;
	else if (head == 3)
		out->answer = r ? ECONNREFUSED : EACCES;
	else
		out->metadata = r;
	skip_blanks(p);
	return ends_rule(p) ? 0 : fail(p, p->at, "expected the end of the rule");
}

int egress_parse(const char *text, size_t size, struct egress **out, struct error *e)
{
	struct parser p = {text, text, text + size, 1, e};
	size_t most = 1;
	if (size > EGRESS_TEXT_MAX)
		return error_set(e, EFBIG, "more than %d bytes", EGRESS_TEXT_MAX);
	for (size_t i = 0; i < size; i++)
		most += text[i] == '\n' || text[i] == ';';
	_cleanup_free_ struct egress *egress =
	    calloc(1, sizeof *egress + MIN(most, (size_t)EGRESS_RULES_MAX) * sizeof(struct rule));
	if (!egress)
		return error_set(e, ENOMEM, "egress policy");
	egress->allow = true;
	egress->answer = EACCES;
	while (p.at < p.end) {
		skip_blanks(&p);
		int r = ends_rule(&p) ? 0 : parse_line(&p, egress);
		if (r < 0)
			return r;
		while (p.at < p.end && *p.at == '#' &&
		       (p.at = memchr(p.at, '\n', (size_t)(p.end - p.at))) == NULL)
			p.at = p.end;
		if (p.at < p.end && *p.at++ == '\n') {
			p.number++;
			p.line = p.at;
		}
	}
	*out = steal_pointer(&egress);
	return 0;
}

/* --- asking --------------------------------------------------------------------------------- */

static bool within(const struct in6_addr *a, const struct in6_addr *base, unsigned bits)
{
	unsigned bytes = bits / 8, rest = bits % 8;
	if (memcmp(a, base, bytes) != 0)
		return false;
	return !rest || !((a->s6_addr[bytes] ^ base->s6_addr[bytes]) >> (8 - rest));
}

static bool matches(const struct rule *r, enum egress_way way, int protocol,
		    const struct in6_addr *a, unsigned port)
{
	return r->way == way && (!r->protocol || r->protocol == protocol) &&
	       within(a, &r->base, r->bits) && port >= r->first && port <= r->last;
}

/* A connection to the unspecified address leads to the loopback one. */
static void map_four(uint32_t four, enum egress_way way, struct in6_addr *a)
{
	four = four || way == EGRESS_AT ? four : htonl(INADDR_LOOPBACK);
	memset(a, 0, sizeof *a);
	memset(&a->s6_addr[10], 0xff, 2);
	memcpy(&a->s6_addr[12], &four, sizeof four);
}

/* The address in IPv6 form, its port in *port; false when the kernel will not take it. */
static bool normalize(enum egress_way way, int domain, const struct sockaddr_storage *address,
		      socklen_t length, struct in6_addr *a, unsigned *port)
{
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
	/* UDP takes AF_UNSPEC for AF_INET when it sends. */
	bool is_four =
	    four->sin_family == AF_INET || (domain == AF_INET && four->sin_family == AF_UNSPEC);
	*port = ntohs(four->sin_port);
	if (is_four && length >= sizeof *four) {
		map_four(four->sin_addr.s_addr, way, a);
		return true;
	}
	if (domain != AF_INET6 || six->sin6_family != AF_INET6 || length < SHORTEST_INET6)
		return false;
	*a = six->sin6_addr;
	uint32_t last;
	memcpy(&last, &a->s6_addr[12], sizeof last);
	if (IN6_IS_ADDR_V4MAPPED(a))
		map_four(last, way, a);
	else if (IN6_IS_ADDR_UNSPECIFIED(a) && way == EGRESS_TO)
		*a = in6addr_loopback;
	return true;
}

static bool is_metadata(const struct in6_addr *a)
{
	static const struct in6_addr services[] = {
	    {{{[10] = 0xff, 0xff, 169, 254, 169, 254}}},
	    {{{0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, 0x54}}},
	};
	for (size_t i = 0; i < ARRAY_SIZE(services); i++)
		if (IN6_ARE_ADDR_EQUAL(a, &services[i]))
			return true;
	return false;
}

int egress_check(const struct egress *egress, enum egress_way way, int domain, int protocol,
		 const struct sockaddr_storage *address, socklen_t length)
{
	struct in6_addr a;
	unsigned port;
	if (!normalize(way, domain, address, length, &a, &port))
		return 0;
	if (protocol == IPPROTO_ICMPV6)
		protocol = IPPROTO_ICMP;
	if (way == EGRESS_TO && !egress->metadata && is_metadata(&a))
		return -egress->answer;
	for (size_t i = 0; i < egress->count; i++)
		if (matches(&egress->rules[i], way, protocol, &a, port))
			return egress->rules[i].allow ? 0 : -egress->answer;
	return way == EGRESS_AT || egress->allow ? 0 : -egress->answer;
}
