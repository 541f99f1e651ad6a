/* See process_attributes.h. */
#include "runtime/process_attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/log.h"

#define POLICY_DEADLINE	 6u	/* SCHED_DEADLINE, which glibc does not name */
#define OOM_SCORE_MIN	 (-999) /* one more would exempt it */
#define SENTRY_OOM_BONUS 900	/* thousandths of all memory */

/* --- what there is -------------------------------------------------------------------------- */

static bool has_apparmor(void)
{
	char text[8];
	return read_file_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", text,
			    sizeof text) > 0 &&
	       text[0] == 'Y';
}

bool process_has_selinux(void)
{
	return faccessat(AT_FDCWD, "/sys/fs/selinux/enforce", F_OK, 0) == 0;
}

static bool is_asked(const char *name)
{
	return name && *name && strcmp(name, "unconfined");
}

static int check_scheduler(const struct spec_scheduler *s, struct error *e)
{
	if (s->policy == POLICY_DEADLINE)
		return error_set(e, ENOTSUP,
				 "process.scheduler.policy: SCHED_DEADLINE, whose processes cannot "
				 "make others,");
	if (s->flags)
		return error_set(e, ENOTSUP, "process.scheduler.flags");
	return 0;
}

int process_attributes_check(const struct spec_process *p, bool exec, struct error *e)
{
	if (is_asked(p->apparmor_profile) && !has_apparmor())
		return error_set(e, 0, "process.apparmorProfile %s: AppArmor is not enabled here",
				 p->apparmor_profile);
	if (p->selinux_label && *p->selinux_label && !process_has_selinux())
		return error_set(e, 0, "process.selinuxLabel %s: SELinux is not enabled here",
				 p->selinux_label);
	if (exec)
		return 0;
	return p->scheduler.set ? check_scheduler(&p->scheduler, e) : 0;
}

/* --- giving it ------------------------------------------------------------------------------ */

int process_oom_score(const struct spec_process *p)
{
	char text[16];
	if (p->oom_score_adj.set)
		return (int)p->oom_score_adj.value;
	if (read_file_at(AT_FDCWD, "/proc/self/oom_score_adj", text, sizeof text) < 0)
		return 0;
	return atoi(text);
}

static int write_oom_score(pid_t pid, int score)
{
	char path[40], text[24];
	snprintf(path, sizeof path, "/proc/%d/oom_score_adj", (int)pid);
	snprintf(text, sizeof text, "%d", score);
	return write_file_at(AT_FDCWD, path, text);
}

static int apply_oom_score(const struct spec_process *p, pid_t pid, struct error *e)
{
	int guests = process_oom_score(p);
	int r = p->oom_score_adj.set ? write_oom_score(pid, guests) : 0;
	if (r < 0)
		return error_set(e, -r, "process.oomScoreAdj %d", guests);
	int own = MAX(guests - SENTRY_OOM_BONUS, OOM_SCORE_MIN);
	r = own < guests ? write_oom_score(pid, own) : 0;
	if (r < 0)
		log_debug("oom_score_adj of the sentry: %s", strerror(-r));
	return 0;
}

/* struct sched_attr of sched_setattr(2), version 0; the kernel's header and glibc's exclude each
 * other. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int apply_scheduler(const struct spec_scheduler *s, pid_t pid, struct error *e)
{
	struct scheduling attr = {
	    .size = sizeof attr, .policy = s->policy, .nice = s->nice, .priority = s->priority};
	if (!s->set || syscall(SYS_sched_setattr, pid, &attr, 0) == 0)
		return 0;
	return error_set(e, errno, "process.scheduler");
}

static int apply_io_priority(const struct spec_io_priority *io, pid_t pid, struct error *e)
{
	if (!io->set || syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid,
				IOPRIO_PRIO_VALUE(io->ioclass, io->priority)) == 0)
		return 0;
	return error_set(e, errno, "process.ioPriority");
}

int process_attributes_apply(const struct spec_process *p, pid_t sentry, struct error *e)
{
	int r = apply_oom_score(p, sentry, e);
	if (r == 0)
		r = apply_scheduler(&p->scheduler, sentry, e);
	return r < 0 ? r : apply_io_priority(&p->io_priority, sentry, e);
}
