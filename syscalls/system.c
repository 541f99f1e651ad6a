/*
 * What the system says about itself: uname(2), sethostname(2), setdomainname(2), sysinfo(2),
 * personality(2). The sentry lives in the container's uts namespace.
 *
 * #syscalls: uname sethostname setdomainname sysinfo
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/utsname.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/sentry.h"
#include "sentry/vfs/load.h"
#include "sentry/vfs/memory.h"
#include "sentry/worker.h"
#include "syscalls/table.h"

/* Linux 4 and later for programs that expect 2.6: 2.6.(60 + minor), then what follows the third
 * number. */
static void make_old_release(char *release, size_t size)
{
	char old[__NEW_UTS_LEN + 1];
	const char *rest = release;
	unsigned minor = 0;
	int dots = 0;
	for (; isdigit((unsigned char)*rest) || *rest == '.'; rest++) {
		if (*rest != '.')
			continue;
		if (++dots == 3)
			break;
		if (dots == 1)
			minor = (unsigned)strtoul(rest + 1, NULL, 10);
	}
	snprintf(old, sizeof old, "2.6.%u%s", minor + 60, rest);
	snprintf(release, size, "%s", old);
}

int64_t sys_uname(struct worker *w, struct trap *t)
{
	struct utsname name;
	if (uname(&name) < 0)
		return -errno;
	if (w->ctx->personality & UNAME26)
		make_old_release(name.release, sizeof name.release);
	if ((w->ctx->personality & PER_MASK) == PER_LINUX32)
		snprintf(name.machine, sizeof name.machine, "i686");
	return trap_write(t, t->args[0], &name, sizeof name);
}

/* The worker wears the guest's CAP_SYS_ADMIN, and the kernel asks for it in the namespace's owner:
 * a container that shares the host's uts namespace gets EPERM, root or not. */
static int64_t set_name(struct worker *w, struct trap *t, int (*set)(const char *, size_t))
{
	char name[__NEW_UTS_LEN];
	int length = (int)t->args[1];
	if (!cred_capable(w->ctx->cred, CAP_SYS_ADMIN))
		return -EPERM;
	if (length < 0 || length > __NEW_UTS_LEN)
		return -EINVAL;
	int r = length ? trap_read(t, t->args[0], name, (size_t)length) : 0;
	if (r < 0)
		return r;
	return set(name, (size_t)length) < 0 ? -errno : 0;
}

int64_t sys_sethostname(struct worker *w, struct trap *t)
{
	return set_name(w, t, sethostname);
}

int64_t sys_setdomainname(struct worker *w, struct trap *t)
{
	return set_name(w, t, setdomainname);
}

/* Shows the memory limit of the container, as /proc/meminfo does. */
static void limit_memory(struct worker *w, struct sysinfo *info)
{
	struct memory_limit limit;
	uint64_t unit = info->mem_unit;
	memory_limit(w->sentry, info->totalram * unit, &limit);
	if (!limit.total)
		return;
	info->totalram = limit.total / unit;
	info->freeram = (limit.total - limit.used) / unit;
	info->sharedram = info->bufferram = 0;
	info->totalswap = limit.swap_total / unit;
	info->freeswap = (limit.swap_total - limit.swap_used) / unit;
}

/* The container's load and threads, as /proc/loadavg tells them. */
static void show_tasks(struct worker *w, struct sysinfo *info)
{
	double average[3];
	struct task_count count;
	load_average(w->sentry, average);
	for (int i = 0; i < 3; i++)
		info->loads[i] = (unsigned long)(average[i] * (1 << SI_LOAD_SHIFT));
	if (load_count_tasks(w->sentry, &count) == 0)
		info->procs = (unsigned short)MIN(count.threads, (unsigned)UINT16_MAX);
}

int64_t sys_sysinfo(struct worker *w, struct trap *t)
{
	struct sysinfo info;
	if (sysinfo(&info) < 0)
		return -errno;
	limit_memory(w, &info);
	show_tasks(w, &info);
	return trap_write(t, t->args[0], &info, sizeof info);
}

/*
 * A personality is kept in the context and shows in uname. ADDR_NO_RANDOMIZE is the host's to
 * honour as well, so a call that changes it is passed: its argument is a value, which concerns the
 * caller's own memory from its next exec on. The others change how the host kernel maps memory,
 * also that of set-user-ID programs: Linux forgets such bits when one is executed, which the host
 * cannot do for the sentry's.
 */
int64_t sys_personality(struct worker *w, struct trap *t)
{
	uint32_t persona = (uint32_t)t->args[0];
	if (persona == 0xffffffff)
		return w->ctx->personality;
	uint32_t domain = persona & ~(uint32_t)(UNAME26 | ADDR_NO_RANDOMIZE);
	if (domain != PER_LINUX && domain != PER_LINUX32)
		return -EPERM;
	struct context *new = context_edit_begin(w);
	if (!new)
		return -errno;
	uint32_t old = new->personality;
	new->personality = persona;
	new->was_fixed |= persona &ADDR_NO_RANDOMIZE;
	int r = context_edit_commit(w, new);
	if (r < 0)
		return r;
	return (old ^ persona) & ADDR_NO_RANDOMIZE ? TRAP_PASS : (int64_t)old;
}
