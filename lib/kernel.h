/* Names of the kernel's interface that the build host's headers may be too old for. */
#ifndef CAPBOX_LIB_KERNEL_H
#define CAPBOX_LIB_KERNEL_H

#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sys/socket.h>

/* ioctl_nsfs(2), Linux 6.11. */
#ifndef NS_GET_PID_FROM_PIDNS
#define NS_GET_PID_FROM_PIDNS  _IOR(NSIO, 0x6, int) /* from the descriptor's namespace to ours */
#define NS_GET_TGID_FROM_PIDNS _IOR(NSIO, 0x7, int)
#define NS_GET_PID_IN_PIDNS    _IOR(NSIO, 0x8, int) /* from ours to the descriptor's */
#define NS_GET_TGID_IN_PIDNS   _IOR(NSIO, 0x9, int)
#endif

#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif
#ifndef SIOCUNIXFILE
#define SIOCUNIXFILE 0x89E0
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

/* execveat(2), Linux 6.14: only asks. */
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif

#endif
