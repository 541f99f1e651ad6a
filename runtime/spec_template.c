/*
 * The config.json that `capbox spec` writes: a shell with little privilege on a read-only root, the
 * same container that other runtimes offer to start from. The rootless form differs where an
 * unprivileged user could not do the same: its ids become root's in a user namespace, the network
 * is the user's, /sys is bound, and there are no resources to limit.
 */
#include "runtime/spec.h"
#include "lib/cleanup.h"
#include "lib/error.h"
#include "lib/io.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define CONFIG "config.json"

static const char head[] =
    "{\n"
    "\t\"ociVersion\": \"1.2.0\",\n"
    "\t\"process\": {\n"
    "\t\t\"terminal\": true,\n"
    "\t\t\"user\": {\n"
    "\t\t\t\"uid\": 0,\n"
    "\t\t\t\"gid\": 0\n"
    "\t\t},\n"
    "\t\t\"args\": [\n"
    "\t\t\t\"sh\"\n"
    "\t\t],\n"
    "\t\t\"env\": [\n"
    "\t\t\t\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\",\n"
    "\t\t\t\"TERM=xterm\"\n"
    "\t\t],\n"
    "\t\t\"cwd\": \"/\",\n"
    "\t\t\"capabilities\": {\n";

/* The same three in each set, as in other runtimes' template. */
static const char capability_set[] = "\t\t\t\"%s\": [\n"
				     "\t\t\t\t\"CAP_AUDIT_WRITE\",\n"
				     "\t\t\t\t\"CAP_KILL\",\n"
				     "\t\t\t\t\"CAP_NET_BIND_SERVICE\"\n"
				     "\t\t\t]%s\n";

static const char process_end[] = "\t\t},\n"
				  "\t\t\"rlimits\": [\n"
				  "\t\t\t{\n"
				  "\t\t\t\t\"type\": \"RLIMIT_NOFILE\",\n"
				  "\t\t\t\t\"hard\": 1024,\n"
				  "\t\t\t\t\"soft\": 1024\n"
				  "\t\t\t}\n"
				  "\t\t],\n"
				  "\t\t\"noNewPrivileges\": true\n"
				  "\t},\n"
				  "\t\"root\": {\n"
				  "\t\t\"path\": \"rootfs\",\n"
				  "\t\t\"readonly\": true\n"
				  "\t},\n"
				  "\t\"hostname\": \"capbox\",\n";

struct template_mount {
	const char *destination, *type, *source;
	const char *options[8];
};

static const struct template_mount mounts[] = {
    {"/proc", "proc", "proc", {NULL}},
    {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
    {"/dev/pts",
     "devpts",
     "devpts",
     {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
    {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}},
    {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
    {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
    {"/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}},
};

/* The group that owns terminals, 5, is not mapped for a single user; nor can that user mount sysfs.
 */
static const struct template_mount rootless_mounts[] = {
    {"/dev/pts",
     "devpts",
     "devpts",
     {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}},
    {"/sys", "none", "/sys", {"rbind", "nosuid", "noexec", "nodev", "ro"}},
};

static const char *const namespaces[] = {"pid", "network", "ipc", "uts", "mount"};
static const char *const rootless_namespaces[] = {"pid", "ipc", "uts", "mount", "user"};

static const char *const masked[] = {
    "/proc/acpi",	   "/proc/asound",     "/proc/kcore",	    "/proc/keys",
    "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
    "/sys/firmware",	   "/proc/scsi",
};

static const char *const readonly[] = {
    "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static void write_mount(FILE *f, const struct template_mount *mount, bool last)
{
	fprintf(f,
		"\t\t{\n\t\t\t\"destination\": \"%s\",\n\t\t\t\"type\": \"%s\",\n"
		"\t\t\t\"source\": \"%s\"",
		mount->destination, mount->type, mount->source);
	for (const char *const *o = mount->options; *o; o++)
		fprintf(f, "%s\t\t\t\t\"%s\"",
			o == mount->options ? ",\n\t\t\t\"options\": [\n" : ",\n", *o);
	fprintf(f, "%s\n\t\t}%s\n", mount->options[0] ? "\n\t\t\t]" : "", last ? "" : ",");
}

static void write_mounts(FILE *f, bool rootless)
{
	fputs("\t\"mounts\": [\n", f);
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		const struct template_mount *mount = &mounts[i];
		for (size_t j = 0; rootless && j < ARRAY_SIZE(rootless_mounts); j++) {
			if (strcmp(rootless_mounts[j].destination, mounts[i].destination) == 0)
				mount = &rootless_mounts[j];
		}
		write_mount(f, mount, i + 1 == ARRAY_SIZE(mounts));
	}
	fputs("\t],\n", f);
}

static void write_map(FILE *f, const char *key, unsigned id)
{
	fprintf(f,
		"\t\t\"%s\": [\n\t\t\t{\n\t\t\t\t\"containerID\": 0,\n\t\t\t\t\"hostID\": %u,\n"
		"\t\t\t\t\"size\": 1\n\t\t\t}\n\t\t],\n",
		key, id);
}

static void write_list(FILE *f, const char *key, const char *const *list, size_t count, bool last)
{
	fprintf(f, "\t\t\"%s\": [\n", key);
	for (size_t i = 0; i < count; i++)
		fprintf(f, "\t\t\t\"%s\"%s\n", list[i], i + 1 < count ? "," : "");
	fprintf(f, "\t\t]%s\n", last ? "" : ",");
}

static bool has_unified_cgroups(void)
{
	struct statfs fs;
	return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static void write_linux(FILE *f, bool rootless)
{
	fputs("\t\"linux\": {\n", f);
	if (rootless) {
		write_map(f, "uidMappings", geteuid());
		write_map(f, "gidMappings", getegid());
	} else {
		fputs("\t\t\"resources\": {\n\t\t\t\"devices\": [\n\t\t\t\t{\n"
		      "\t\t\t\t\t\"allow\": false,\n\t\t\t\t\t\"access\": \"rwm\"\n"
		      "\t\t\t\t}\n\t\t\t]\n\t\t},\n",
		      f);
	}
	const char *const *list = rootless ? rootless_namespaces : namespaces;
	size_t count = rootless ? ARRAY_SIZE(rootless_namespaces) : ARRAY_SIZE(namespaces);
	fputs("\t\t\"namespaces\": [\n", f);
	for (size_t i = 0; i < count; i++)
		fprintf(f, "%s\t\t\t{\n\t\t\t\t\"type\": \"%s\"\n\t\t\t}", i ? ",\n" : "", list[i]);
	if (has_unified_cgroups())
		fputs(",\n\t\t\t{\n\t\t\t\t\"type\": \"cgroup\"\n\t\t\t}", f);
	fputs("\n\t\t],\n", f);
	write_list(f, "maskedPaths", masked, ARRAY_SIZE(masked), false);
	write_list(f, "readonlyPaths", readonly, ARRAY_SIZE(readonly), true);
	fputs("\t}\n", f);
}

static void write_template(FILE *f, bool rootless)
{
	static const char *const sets[] = {"bounding", "effective", "permitted", "ambient"};
	fputs(head, f);
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		fprintf(f, capability_set, sets[i], i + 1 < ARRAY_SIZE(sets) ? "," : "");
	fputs(process_end, f);
	write_mounts(f, rootless);
	write_linux(f, rootless);
	fputs("}\n", f);
}

static int template_text(bool rootless, char **text, size_t *size)
{
	FILE *f = open_memstream(text, size);
	if (!f)
		return -ENOMEM;
	write_template(f, rootless);
	return fclose(f) ? -ENOMEM : 0;
}

int spec_write_template(int dirfd, bool rootless, struct error *e)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = template_text(rootless, &text, &size);
	if (r < 0)
		return error_set(e, -r, CONFIG);
	_cleanup_close_ int fd =
	    openat(dirfd, CONFIG, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST) {
		error_set(e, 0, CONFIG " exists already; remove it first");
		return -EEXIST;
	}
	if (fd < 0)
		return error_set(e, errno, "cannot create " CONFIG);
	r = write_all(fd, text, size);
	if (r < 0) {
		unlinkat(dirfd, CONFIG, 0);
		return error_set(e, -r, "cannot write " CONFIG);
	}
	return 0;
}
