/*
 * A controlling terminal can only be taken by the process itself: the caller makes the ioctl, by an
 * injected call (inject.h). Its errors are nobody's business: open(2) succeeds also when the
 * terminal is another session's.
 *
 * A caller that job control stops in the moment of its trap makes its call anew, and has the
 * descriptor twice then.
 */
#include "platform/notify/inject.h"

#include "platform/platform.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>

int trap_take_terminal(struct trap *t, int guest_fd)
{
	struct injection in = {.trap = t};
	int r = inject_stop(&in);
	if (r != 0)
		return r < 0 ? r : 0;
	inject_call(&in, SYS_ioctl, (const uint64_t[6]){(unsigned)guest_fd, TIOCSCTTY, 0});
	inject_release(&in, guest_fd);
	return 0;
}
