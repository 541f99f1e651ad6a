/*
 * The rules of table.def: which argument values make a call harmless enough for the host kernel.
 * They are lists of what is allowed. Whatever is not listed here goes where the table says, so a
 * request that a later Linux adds is never native by accident.
 *
 * Constants of newer kernels than the headers of Debian 12 stand here by value.
 */
#include "syscalls/table.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/ioprio.h>
#include <linux/prctl.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define TEST(argument, mask, ...)                                                                  \
	{                                                                                          \
		argument, mask, (const uint64_t[]){__VA_ARGS__},                                   \
		    sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)                     \
	}
#define INT(argument, ...) TEST(argument, RULE_INT, __VA_ARGS__)
#define CASE(...)                                                                                  \
	{                                                                                          \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
#define RULE(name, words, ...)                                                                     \
	const struct syscall_rule rule_##name = {.text = words, .cases = {__VA_ARGS__}}

/* Terminals (ioctl_tty(2)), descriptors, pending bytes. Not here: TIOCSTI and TIOCLINUX (type for
 * others), TIOCSETD (line disciplines), TIOCCONS, owners of signals, everything about interfaces,
 * and what changes files by ownership. A pty's other end is a handle made from a handle. */
RULE(ioctl_request, "the request is a terminal's or a descriptor's",
     CASE(INT(1, TCGETS, TCSETS, TCSETSW, TCSETSF, TCGETA, TCSETA, TCSETAW, TCSETAF, TCSBRK,
	      TCSBRKP, TCXONC, TCFLSH, TCGETS2, TCSETS2, TCSETSW2, TCSETSF2, TIOCEXCL, TIOCNXCL,
	      TIOCSCTTY, TIOCNOTTY, TIOCGPGRP, TIOCSPGRP, TIOCGSID, TIOCOUTQ, FIONREAD, TIOCGWINSZ,
	      TIOCSWINSZ, TIOCGSOFTCAR, TIOCSSOFTCAR, TIOCPKT, TIOCGPKT, TIOCGETD, TIOCGPTN,
	      TIOCSPTLCK, TIOCGPTLCK, TIOCGPTPEER, TIOCGDEV, TIOCSIG, TIOCGEXCL, FIONBIO, FIOCLEX,
	      FIONCLEX, FIOASYNC, FIOQSIZE, FIGETBSZ, FS_IOC_GETFLAGS, RNDGETENTCNT, SIOCATMARK,
	      FIOGETOWN, SIOCGPGRP)));

RULE(madvise_advice, "the advice is about own pages",
     CASE(INT(2, MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED, MADV_FREE,
	      MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK, MADV_HUGEPAGE, MADV_NOHUGEPAGE,
	      MADV_DONTDUMP, MADV_DODUMP, MADV_WIPEONFORK, MADV_KEEPONFORK, MADV_COLD, MADV_PAGEOUT,
	      MADV_POPULATE_READ, MADV_POPULATE_WRITE, 24 /* MADV_DONTNEED_LOCKED */,
	      25 /* MADV_COLLAPSE */, 102 /* MADV_GUARD_INSTALL */, 103 /* MADV_GUARD_REMOVE */)));

RULE(family_unix, "the family is AF_UNIX", CASE(INT(0, AF_UNIX)));

/* The address pointer is compared whole. */
RULE(sendto_connected, "there is no address and no MSG_OOB",
     CASE(TEST(4, UINT64_MAX, 0), TEST(3, MSG_OOB, 0)));
/* MSG_FASTOPEN would connect to an address that lies in memory. */
RULE(sendmsg_flags, "the flags have no MSG_OOB and no MSG_FASTOPEN",
     CASE(TEST(2, MSG_OOB | MSG_FASTOPEN, 0)));
RULE(sendmmsg_flags, "the flags have no MSG_OOB and no MSG_FASTOPEN",
     CASE(TEST(3, MSG_OOB | MSG_FASTOPEN, 0)));
RULE(flags2_not_urgent, "the flags have no MSG_OOB", CASE(TEST(2, MSG_OOB, 0)));
RULE(flags3_not_urgent, "the flags have no MSG_OOB", CASE(TEST(3, MSG_OOB, 0)));

#define COMMON_SOCKET                                                                              \
	SO_REUSEADDR, SO_DONTROUTE, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE,              \
	    SO_OOBINLINE, SO_PRIORITY, SO_LINGER, SO_REUSEPORT, SO_PASSCRED, SO_RCVLOWAT,          \
	    SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD, SO_RCVTIMEO_NEW, SO_SNDTIMEO_NEW, SO_TIMESTAMP_OLD,  \
	    SO_TIMESTAMP_NEW, SO_TIMESTAMPNS_OLD, SO_TIMESTAMPNS_NEW, SO_RXQ_OVFL, SO_PEEK_OFF,    \
	    SO_MAX_PACING_RATE
#define COMMON_IP                                                                                  \
	IP_TOS, IP_TTL, IP_RECVOPTS, IP_PKTINFO, IP_MTU_DISCOVER, IP_RECVERR, IP_RECVTTL,          \
	    IP_RECVTOS, IP_MINTTL, IP_BIND_ADDRESS_NO_PORT, IP_MULTICAST_IF, IP_MULTICAST_TTL,     \
	    IP_MULTICAST_LOOP, IP_MULTICAST_ALL
#define COMMON_IPV6                                                                                \
	IPV6_UNICAST_HOPS, IPV6_MULTICAST_IF, IPV6_MULTICAST_HOPS, IPV6_MULTICAST_LOOP,            \
	    IPV6_MTU_DISCOVER, IPV6_MTU, IPV6_RECVERR, IPV6_V6ONLY, IPV6_RECVPKTINFO,              \
	    IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS, IPV6_TCLASS, IPV6_DONTFRAG, IPV6_MULTICAST_ALL
#define COMMON_TCP                                                                                 \
	TCP_NODELAY, TCP_MAXSEG, TCP_CORK, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT,   \
	    TCP_LINGER2, TCP_DEFER_ACCEPT, TCP_WINDOW_CLAMP, TCP_QUICKACK, TCP_CONGESTION,         \
	    TCP_USER_TIMEOUT, TCP_FASTOPEN, TCP_NOTSENT_LOWAT, TCP_FASTOPEN_CONNECT
#define COMMON_UDP UDP_CORK, UDP_SEGMENT, UDP_GRO

RULE(setsockopt_names, "level and option are common ones",
     CASE(INT(1, SOL_SOCKET), INT(2, COMMON_SOCKET)),
     CASE(INT(1, IPPROTO_IP), INT(2, COMMON_IP, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP)),
     CASE(INT(1, IPPROTO_IPV6), INT(2, COMMON_IPV6, IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP)),
     CASE(INT(1, IPPROTO_TCP), INT(2, COMMON_TCP)), CASE(INT(1, IPPROTO_UDP), INT(2, COMMON_UDP)));
RULE(getsockopt_names, "level and option are common ones",
     CASE(INT(1, SOL_SOCKET), INT(2, COMMON_SOCKET, SO_TYPE, SO_ERROR, SO_ACCEPTCONN, SO_PROTOCOL,
				  SO_DOMAIN, SO_SNDLOWAT, SO_MEMINFO, SO_COOKIE)),
     CASE(INT(1, IPPROTO_IP), INT(2, COMMON_IP, IP_MTU)),
     CASE(INT(1, IPPROTO_IPV6), INT(2, COMMON_IPV6)),
     CASE(INT(1, IPPROTO_TCP), INT(2, COMMON_TCP, TCP_INFO)),
     CASE(INT(1, IPPROTO_UDP), INT(2, COMMON_UDP)));

/* clone(2) uses the lower half of the flags, but whoever sets the upper half wants no plain clone.
 * CLONE_PARENT: a process that the sentry started would make the sentry a parent. */
RULE(clone_plain, "the flags have no CLONE_NEW*, CLONE_PARENT or CLONE_PTRACE",
     CASE(TEST(0,
	       ~RULE_INT | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
		   CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_PARENT | CLONE_PTRACE,
	       0)));
RULE(unshare_tables, "the flags are CLONE_FILES and CLONE_SYSVSEM at most",
     CASE(TEST(0, ~(uint64_t)(CLONE_FILES | CLONE_SYSVSEM), 0)));

/* Not here: F_SETOWN and F_SETOWN_EX (names), F_SETSIG (whom it reaches, credentials decide),
 * F_SETLEASE, F_NOTIFY. */
RULE(fcntl_command, "the command works on the descriptor alone",
     CASE(INT(1, F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK,
	      F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW, F_GETOWN, F_GETOWN_EX, F_GETSIG,
	      F_GETLEASE, F_SETPIPE_SZ, F_GETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS, F_GET_RW_HINT,
	      F_SET_RW_HINT, F_GET_FILE_RW_HINT, F_SET_FILE_RW_HINT, 1027 /* F_DUPFD_QUERY */,
	      1028 /* F_CREATED_QUERY */)));

#define RLIMITS_BUT_LOCKS                                                                          \
	RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS,              \
	    RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_SIGPENDING,             \
	    RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_RTTIME
RULE(rlimit_own, "the resource is not RLIMIT_LOCKS", CASE(INT(0, RLIMITS_BUT_LOCKS)));
RULE(prlimit_own, "pid is 0 and the resource is not RLIMIT_LOCKS",
     CASE(INT(0, 0), INT(1, RLIMITS_BUT_LOCKS)));

RULE(pid_self, "pid is 0", CASE(INT(0, 0)));
RULE(priority_self, "which is PRIO_PROCESS and who is 0", CASE(INT(0, PRIO_PROCESS), INT(1, 0)));
RULE(ioprio_self, "which is IOPRIO_WHO_PROCESS and who is 0",
     CASE(INT(0, IOPRIO_WHO_PROCESS), INT(1, 0)));

/* Not here: what credentials decide (keepcaps, securebits, capability sets, no_new_privs, seccomp
 * filters), what needs privilege on the host, and syscall user dispatch (its SIGSYS would hit the
 * sentry's exec). PR_SET_MM_MAP describes the own memory to procfs, as the loader does. */
RULE(prctl_option, "the option is about the own thread or memory",
     CASE(INT(0, PR_SET_NAME, PR_GET_NAME, PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_GET_DUMPABLE,
	      PR_SET_DUMPABLE, PR_GET_SECCOMP, PR_GET_TIMING, PR_SET_TIMING, PR_GET_TSC, PR_SET_TSC,
	      PR_SET_TIMERSLACK, PR_GET_TIMERSLACK, PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER,
	      PR_SET_THP_DISABLE, PR_GET_THP_DISABLE, PR_GET_SPECULATION_CTRL,
	      PR_SET_SPECULATION_CTRL, PR_SET_PTRACER, PR_SET_VMA, 65 /* PR_SET_MDWE */,
	      66 /* PR_GET_MDWE */, 0x41555856 /* PR_GET_AUXV */)),
     CASE(INT(0, PR_SET_MM), INT(1, PR_SET_MM_MAP, PR_SET_MM_MAP_SIZE)));
/* Strict mode can only take away; the other two ask. */
RULE(seccomp_harmless, "the operation is not SECCOMP_SET_MODE_FILTER",
     CASE(INT(0, SECCOMP_SET_MODE_STRICT, SECCOMP_GET_ACTION_AVAIL, SECCOMP_GET_NOTIF_SIZES)));

/* futex2's words take no priority inheritance; of futex(2), only these operations have none. */
RULE(futex_operation, "the operation has no priority inheritance",
     CASE(TEST(1, RULE_INT & ~(uint64_t)(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME), FUTEX_WAIT,
	       FUTEX_WAKE, FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP, FUTEX_WAIT_BITSET,
	       FUTEX_WAKE_BITSET)));

RULE(clock_common, "the clock is realtime, monotonic, boottime or tai",
     CASE(INT(0, CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI)));

/* The working directory, AT_FDCWD, is the context's; it and all bad descriptors are negative. */
#define SIGN_BIT 0x80000000ULL
RULE(fstatat_descriptor, "dirfd is a descriptor and the flags are exactly AT_EMPTY_PATH",
     CASE(TEST(0, SIGN_BIT, 0), INT(3, AT_EMPTY_PATH)));

/* O_EXCL is O_NOTIFICATION_PIPE here. */
RULE(pipe_plain, "the flags have no O_NOTIFICATION_PIPE", CASE(TEST(1, O_EXCL, 0)));
