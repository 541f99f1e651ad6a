/*
 * Detached mounts: clones of the host's trees (open_tree(2)) and new filesystems (fsopen(2)), with
 * the options of a configured mount. Options change what they name: a flag that the source of a
 * bind mount has and config.json does not mention stays.
 */
#include "runtime/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif

static const struct {
	unsigned long flag;
	uint64_t attribute;
} attributes[] = {
    {MS_RDONLY, MOUNT_ATTR_RDONLY},	    {MS_NOSUID, MOUNT_ATTR_NOSUID},
    {MS_NODEV, MOUNT_ATTR_NODEV},	    {MS_NOEXEC, MOUNT_ATTR_NOEXEC},
    {MS_NOATIME, MOUNT_ATTR_NOATIME},	    {MS_STRICTATIME, MOUNT_ATTR_STRICTATIME},
    {MS_NODIRATIME, MOUNT_ATTR_NODIRATIME}, {MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
};

uint64_t mount_attributes(unsigned long flags)
{
	uint64_t result = 0;
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (flags & attributes[i].flag)
			result |= attributes[i].attribute;
	return result;
}

int mount_set(int mount, uint64_t attributes_)
{
	struct mount_attr attr = {.attr_set = attributes_};
	return mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0 ? -errno : 0;
}

int mount_forbid_devices(int mount)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NODEV};
	unsigned flags = AT_EMPTY_PATH | AT_RECURSIVE;
	return mount_setattr(mount, "", flags, &attr, sizeof attr) < 0 ? -errno : 0;
}

int mount_clone(const struct spec_mount *m, struct error *e)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	if (m->flags & MS_REC)
		flags |= AT_RECURSIVE;
	_cleanup_close_ int fd = open_tree(AT_FDCWD, m->source, flags);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(e, errno, "bind %s", m->source);
	/* A device node that is bound by itself is meant; one that lies in a volume is not. Its
	 * owner and mode stay the host's: a device is written on a read-only mount, too. */
	bool device = S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode);
	int r = device ? mount_set(fd, MOUNT_ATTR_RDONLY) : mount_forbid_devices(fd);
	return r < 0 ? error_set(e, -r, "bind %s: forbid devices in it", m->source) : steal_fd(&fd);
}

static int set_propagation(int mount, unsigned long propagation)
{
	struct mount_attr attr = {.propagation = propagation & ~(unsigned long)MS_REC};
	unsigned flags = AT_EMPTY_PATH | (propagation & MS_REC ? AT_RECURSIVE : 0);
	return mount_setattr(mount, "", flags, &attr, sizeof attr) < 0 ? -errno : 0;
}

int mount_configure(int mount, const struct spec_mount *m, unsigned how, struct error *e)
{
	struct mount_attr attr = {.attr_set = mount_attributes(m->flags),
				  .attr_clr = mount_attributes(m->flags_cleared)};
	/* The access-time setting is one field: it is cleared whole before it is set. */
	if ((m->flags | m->flags_cleared) & (MS_NOATIME | MS_STRICTATIME | MS_RELATIME))
		attr.attr_clr |= MOUNT_ATTR__ATIME;
	if (how & MOUNT_KEEP_WRITABLE)
		attr.attr_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	int r = 0;
	if ((attr.attr_set || attr.attr_clr) &&
	    mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
		r = -errno;
	struct mount_attr recursive = {.attr_set = m->recursive_set,
				       .attr_clr = m->recursive_clear};
	if (recursive.attr_set & MOUNT_ATTR__ATIME || recursive.attr_clr & MOUNT_ATTR__ATIME)
		recursive.attr_clr |= MOUNT_ATTR__ATIME;
	if (r == 0 && (recursive.attr_set || recursive.attr_clr) &&
	    mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &recursive, sizeof recursive) <
		0)
		r = -errno;
	if (r < 0)
		return error_set(e, -r, "set its flags");
	for (size_t i = 0; i < m->propagation_count; i++) {
		r = set_propagation(mount, m->propagation[i]);
		if (r < 0)
			return error_set(e, -r, "set its propagation");
	}
	return 0;
}

/* --- new filesystems ------------------------------------------------------------------------ */

/* The kernel explains what it did not like in the context's own log: "e tmpfs: Bad value for
 * 'size'". */
static int filesystem_error(int context, int error, const char *type, const char *option,
			    struct error *e)
{
	char text[256];
	ssize_t n = read(context, text, sizeof text - 1);
	if (n > 2) {
		text[n] = '\0';
		text[strcspn(text, "\n")] = '\0';
		return error_set(e, error, "%s", text + 2);
	}
	if (option)
		return error_set(e, error, "%s: option '%s'", type, option);
	return error_set(e, error, "mount %s", type);
}

static int set_options(int context, const char *type, const char *data, struct error *e)
{
	_cleanup_free_ char *copy = strdup(data);
	if (!copy)
		return error_set(e, ENOMEM, "mount %s", type);
	char *save;
	for (char *o = strtok_r(copy, ",", &save); o; o = strtok_r(NULL, ",", &save)) {
		char *value = strchr(o, '=');
		if (value)
			*value++ = '\0';
		if (fsconfig(context, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, o, value,
			     0) < 0)
			return filesystem_error(context, errno, type, o, e);
	}
	return 0;
}

/* Flags that belong to the filesystem and not to the mount. */
static int set_superblock_flags(int context, const char *type, unsigned long flags, struct error *e)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} names[] = {{MS_SYNCHRONOUS, "sync"}, {MS_DIRSYNC, "dirsync"}, {MS_LAZYTIME, "lazytime"}};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag &&
		    fsconfig(context, FSCONFIG_SET_FLAG, names[i].name, NULL, 0) < 0)
			return filesystem_error(context, errno, type, names[i].name, e);
	return 0;
}

static int create(int context, const char *type, uint64_t attributes_, struct error *e)
{
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return filesystem_error(context, errno, type, NULL, e);
	int fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)attributes_);
	return fd < 0 ? filesystem_error(context, errno, type, NULL, e) : fd;
}

int mount_filesystem(const struct spec_mount *m, const char *type, const char *data,
		     struct error *e)
{
	_cleanup_close_ int context = fsopen(type, FSOPEN_CLOEXEC);
	if (context < 0)
		return error_set(e, errno, "mount %s", type);
	const char *source = m->source ? m->source : type;
	if (fsconfig(context, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return filesystem_error(context, errno, type, "source", e);
	data = data ? data : m->data;
	int r = data ? set_options(context, type, data, e) : 0;
	if (r == 0)
		r = set_superblock_flags(context, type, m->flags, e);
	if (r == 0 && m->label &&
	    fsconfig(context, FSCONFIG_SET_STRING, "context", m->label, 0) < 0)
		r = filesystem_error(context, errno, type, "context", e);
	if (r < 0)
		return r;
	return create(context, type, mount_attributes(m->flags) & ~(uint64_t)MOUNT_ATTR_RDONLY, e);
}

int mount_plain(const char *type, const char *data, uint64_t attributes_, struct error *e)
{
	_cleanup_close_ int context = fsopen(type, FSOPEN_CLOEXEC);
	if (context < 0)
		return error_set(e, errno, "mount %s", type);
	if (fsconfig(context, FSCONFIG_SET_STRING, "source", type, 0) < 0)
		return filesystem_error(context, errno, type, "source", e);
	int r = data ? set_options(context, type, data, e) : 0;
	return r < 0 ? r : create(context, type, attributes_, e);
}
