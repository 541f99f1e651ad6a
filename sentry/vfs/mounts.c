/*
 * Mount tables: PID/mounts, mountinfo and mountstats, from the mountinfo of a sentry thread, whose
 * mount tree is the container's. What would tell about the host is left out: where on the host's
 * filesystems a bind mount begins, block devices, the layers of an overlay.
 */
#include "sentry/vfs/rewrite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lib/cleanup.h"

struct mount {
	const char *id, *parent, *dev, *root, *point, *optional, *type, *source, *super;
	char *options;
};

/* Cuts one word off; the empty end of the line when there is none left. */
static char *word(char **p)
{
	char *w = *p;
	*p += strcspn(*p, " ");
	if (**p)
		*(*p)++ = 0;
	return w;
}

/* Options of the filesystem itself that name places of the host. */
static void hide_layers(char *super)
{
	static const char *const host[] = {
	    "lowerdir=", "lowerdir+=", "upperdir=", "workdir=", "datadir+="};
	char *to = super, *from = super, *option;
	while ((option = strsep(&from, ","))) {
		bool hide = false;
		for (size_t i = 0; i < ARRAY_SIZE(host); i++)
			hide |= !strncmp(option, host[i], strlen(host[i]));
		if (hide)
			continue;
		if (to != super)
			*to++ = ',';
		size_t n = strlen(option);
		memmove(to, option, n);
		to += n;
	}
	*to = 0;
}

/* proc_pid_mountinfo(5): "36 35 98:0 /root /point options [optional...] - type source super" */
static bool parse_mount(char *line, struct mount *m)
{
	char *tail = strstr(line, " - ");
	if (!tail)
		return false;
	*tail = 0;
	tail += 3;
	m->id = word(&line);
	m->parent = word(&line);
	m->dev = word(&line);
	m->root = word(&line);
	m->point = word(&line);
	m->options = word(&line);
	m->optional = line;
	m->type = word(&tail);
	m->source = word(&tail);
	hide_layers(tail);
	m->super = tail;
	return true;
}

static void disguise(struct mount *m, const struct rewrite_tree trees[2])
{
	unsigned major_, minor_;
	m->root = "/";
	if (m->source[0] == '/')
		m->source = m->type;
	if (sscanf(m->dev, "%u:%u", &major_, &minor_) != 2)
		return;
	for (int i = 0; i < 2; i++) {
		if (!trees[i].type || trees[i].dev != makedev(major_, minor_))
			continue;
		m->type = m->source = trees[i].type;
		/* The skeleton is read-only; what stands for it, only sysfs. */
		bool proc = !strcmp(trees[i].type, "proc");
		m->super = proc ? "rw" : "ro";
		if (proc && !strncmp(m->options, "ro", 2))
			memcpy(m->options, "rw", 2);
	}
}

/* "ro" if the mount or its filesystem is, then the mount's options, then the filesystem's own. */
static void print_options(const struct mount *m, FILE *out)
{
	bool ro = !strncmp(m->options, "ro", 2) || !strncmp(m->super, "ro", 2);
	const char *own = strchr(m->options, ','), *super = strchr(m->super, ',');
	fprintf(out, "%s%s%s", ro ? "ro" : "rw", own ? own : "", super ? super : "");
}

static void print_mount(const struct mount *m, enum rewrite_mounts form, FILE *out)
{
	switch (form) {
	case REWRITE_MOUNTINFO:
		fprintf(out, "%s %s %s %s %s %s%s%s - %s %s %s\n", m->id, m->parent, m->dev,
			m->root, m->point, m->options, *m->optional ? " " : "", m->optional,
			m->type, m->source, m->super);
		break;
	case REWRITE_MOUNTS:
		fprintf(out, "%s %s %s ", m->source, m->point, m->type);
		print_options(m, out);
		fputs(" 0 0\n", out);
		break;
	case REWRITE_MOUNTSTATS:
		fprintf(out, "device %s mounted on %s with fstype %s\n", m->source, m->point,
			m->type);
		break;
	}
}

int rewrite_mounts(const char *text, enum rewrite_mounts form, const struct rewrite_tree trees[2],
		   FILE *out)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line;
	if (!copy)
		return -ENOMEM;
	while ((line = strsep(&rest, "\n"))) {
		struct mount m;
		if (!parse_mount(line, &m))
			continue;
		disguise(&m, trees);
		print_mount(&m, form, out);
	}
	return ferror(out) ? -ENOMEM : 0;
}
