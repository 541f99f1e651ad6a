/*
 * See rewrite.h. Every function goes line by line; the formats are those of proc(5) and of
 * fs/proc/ of Linux, with which the conformance tests compare them.
 */
#include "sentry/vfs/rewrite.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lib/cleanup.h"
#include "sentry/cred.h"
#include "sentry/vfs/tree.h"

/* The next line of *text, without its newline: its length, or -1 at the end. Moves on. */
static ssize_t next_line(const char **text, const char **line)
{
	if (!**text)
		return -1;
	*line = *text;
	size_t n = strcspn(*text, "\n");
	*text += n + ((*text)[n] == '\n');
	return (ssize_t)n;
}

static int finish(FILE *out)
{
	return ferror(out) ? -ENOMEM : 0;
}

static void print_ids(FILE *out, const char *name, unsigned r, unsigned e, unsigned s, unsigned f)
{
	fprintf(out, "%s:\t%u\t%u\t%u\t%u\n", name, r, e, s, f);
}

static void print_groups(FILE *out, const struct cred *c)
{
	fputs("Groups:\t", out);
	for (size_t i = 0; i < c->ngroups; i++)
		fprintf(out, "%s%u", i ? " " : "", c->groups[i]);
	fputs(" \n", out);
}

/* Prints what a line of status says for the guest; false: the line is right as it is. */
/* `filters` of seccomp are the guest's. */
static bool status_line(const struct rewrite_status *s, int filters, const char *line, size_t n,
			FILE *out)
{
	const struct cred *c = s->cred;
	const struct {
		const char *name;
		uint64_t set;
	} caps[] = {{"CapInh:", c->inheritable},
		    {"CapPrm:", c->permitted},
		    {"CapEff:", c->effective},
		    {"CapBnd:", c->bounding},
		    {"CapAmb:", c->ambient}};

	for (size_t i = 0; i < sizeof caps / sizeof *caps; i++)
		if (n > 7 && !strncmp(line, caps[i].name, 7)) {
			fprintf(out, "%s\t%016" PRIx64 "\n", caps[i].name, caps[i].set);
			return true;
		}
#define LINE(name) (n >= sizeof(name) - 1 && !strncmp(line, name, sizeof(name) - 1))
	if (LINE("Uid:"))
		print_ids(out, "Uid", c->uid, c->euid, c->suid, c->fsuid);
	else if (LINE("Gid:"))
		print_ids(out, "Gid", c->gid, c->egid, c->sgid, c->fsgid);
	else if (LINE("Groups:"))
		print_groups(out, c);
	else if (LINE("Umask:"))
		fprintf(out, "Umask:\t%04o\n", s->umask);
	else if (LINE("State:") && s->running)
		fputs("State:\tR (running)\n", out);
	else if (LINE("NoNewPrivs:"))
		fprintf(out, "NoNewPrivs:\t%d\n", s->no_new_privs);
	else if (LINE("Seccomp:"))
		fprintf(out, "Seccomp:\t%d\n", filters ? SECCOMP_MODE_FILTER : 0);
	else if (LINE("Seccomp_filters:"))
		fprintf(out, "Seccomp_filters:\t%d\n", filters);
	else
		return false;
#undef LINE
	return true;
}

int rewrite_status(const char *text, const struct rewrite_status *s, FILE *out)
{
	/* The first filter is the sentry's. */
	const char *line, *count = strstr(text, "\nSeccomp_filters:\t");
	int filters = count ? MAX(atoi(strchr(count, '\t')) - 1, 0) : 0;
	for (ssize_t n; (n = next_line(&text, &line)) >= 0;)
		if (!status_line(s, filters, line, (size_t)n, out))
			fprintf(out, "%.*s\n", (int)n, line);
	return finish(out);
}

/* What a field of stat is for who may not see it: proc(5) marks them with [PT]. */
static const char *hidden_field(int field, const char *value)
{
	switch (field) {
	case 26: /* startcode */
	case 27: /* endcode */
		return strcmp(value, "0") ? "1" : "0";
	case 28:	/* startstack */
	case 29:	/* kstkesp */
	case 30:	/* kstkeip */
	case 35:	/* wchan */
	case 45 ... 51: /* start_data ... env_end */
	case 52:	/* exit_code */
		return "0";
	default:
		return value;
	}
}

int rewrite_stat_hidden(const char *text, FILE *out)
{
	/* The name in parentheses may hold anything; behind the last one are only numbers. */
	const char *end = strrchr(text, ')');
	if (!end || !end[1]) {
		fputs(text, out);
		return finish(out);
	}
	fprintf(out, "%.*s", (int)(end + 1 - text), text);
	const char *p = end + 1;
	for (int field = 3; *p == ' '; field++) {
		char value[32];
		size_t n = strcspn(++p, " \n");
		snprintf(value, sizeof value, "%.*s", (int)n, p);
		fprintf(out, " %s", hidden_field(field, value));
		p += n;
	}
	fputc('\n', out);
	return finish(out);
}

struct mapping {
	dev_t dev;
	uint64_t ino;
	int path; /* where the name begins in the line */
};

/* The head of a mapping: "start-end perms offset major:minor inode   path". */
static bool parse_mapping(const char *line, struct mapping *m)
{
	unsigned major_, minor_;
	m->path = 0;
	if (sscanf(line, "%*x-%*x %*4s %*x %x:%x %" SCNu64 "%n", &major_, &minor_, &m->ino,
		   &m->path) < 3)
		return false;
	m->dev = makedev(major_, minor_);
	return true;
}

int rewrite_maps(const char *text, dev_t dev, uint64_t ino, FILE *out)
{
	const char *line;
	bool hide = false;
	for (ssize_t n; (n = next_line(&text, &line)) >= 0;) {
		char copy[4096 + 256];
		struct mapping m;
		snprintf(copy, sizeof copy, "%.*s", (int)n, line);
		/* In smaps, lines of values follow the head that they belong to. */
		if (parse_mapping(copy, &m)) {
			hide = ino && m.ino == ino && m.dev == dev;
			text_path_clean(copy + m.path);
		}
		if (!hide)
			fprintf(out, "%s\n", copy);
	}
	return finish(out);
}

static void print_limit(FILE *out, rlim_t value)
{
	if (value == RLIM_INFINITY)
		fprintf(out, "%-20s ", "unlimited");
	else
		fprintf(out, "%-20lu ", (unsigned long)value);
}

int rewrite_limits(const char *text, const struct rlimit *locks, FILE *out)
{
	static const char name[] = "Max file locks";
	const char *line;
	for (ssize_t n; (n = next_line(&text, &line)) >= 0;) {
		if (strncmp(line, name, sizeof name - 1)) {
			fprintf(out, "%.*s\n", (int)n, line);
			continue;
		}
		fprintf(out, "%-25s ", name);
		print_limit(out, locks->rlim_cur);
		print_limit(out, locks->rlim_max);
		fprintf(out, "%-10s\n", "locks");
	}
	return finish(out);
}

int rewrite_cgroup(const char *text, FILE *out)
{
	const char *line;
	for (ssize_t n; (n = next_line(&text, &line)) >= 0;) {
		const char *first = memchr(line, ':', (size_t)n);
		const char *second =
		    first ? memchr(first + 1, ':', (size_t)(n - (first + 1 - line))) : NULL;
		if (second)
			fprintf(out, "%.*s:/\n", (int)(second - line), line);
	}
	return finish(out);
}
