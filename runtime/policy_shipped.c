/* The policies that are built in: see policy_shipped.h. */
#include "runtime/policy_shipped.h"

#include <stddef.h>

/*
 * What has had holes and what programs do without: they copy by read and write, wait by other
 * means, or go on. epoll and messages with descriptors are too common to be denied; as traps they
 * can be watched, counted and traced.
 */
static const char strict[] =
    "{\n"
    "	\"comment\": \"memory, threads, time, signals, reading, writing and waiting on handles\",\n"
    "	\"base\": \"default\",\n"
    "	\"classes\": {\n"
    "		\"ipc\": {\"action\": \"deny\", \"errno\": \"ENOSYS\"},\n"
    "		\"terminal\": \"sentry\"\n"
    "	},\n"
    "	\"syscalls\": {\n"
    "		\"epoll_create\": \"sentry\",\n"
    "		\"epoll_create1\": \"sentry\",\n"
    "		\"epoll_ctl\": \"sentry\",\n"
    "		\"epoll_wait\": \"sentry\",\n"
    "		\"epoll_pwait\": \"sentry\",\n"
    "		\"epoll_pwait2\": \"sentry\",\n"
    "		\"sendmsg\": \"sentry\",\n"
    "		\"recvmsg\": \"sentry\",\n"
    "		\"sendmmsg\": \"sentry\",\n"
    "		\"recvmmsg\": \"sentry\",\n"
    "		\"setsockopt\": \"sentry\",\n"
    "		\"inotify_rm_watch\": \"sentry\",\n"
    "		\"memfd_create\": {\"action\": \"deny\", \"errno\": \"ENOSYS\"},\n"
    "		\"sendfile\": {\"action\": \"deny\", \"errno\": \"EINVAL\"},\n"
    "		\"copy_file_range\": {\"action\": \"deny\", \"errno\": \"ENOSYS\"},\n"
    "		\"readahead\": {\"action\": \"deny\", \"errno\": \"EINVAL\"},\n"
    "		\"sync_file_range\": {\"action\": \"deny\", \"errno\": \"ENOSYS\"},\n"
    "		\"timer_create\": {\"action\": \"deny\", \"errno\": \"EOPNOTSUPP\"},\n"
    "		\"signalfd\": {\"action\": \"deny\", \"errno\": \"ENOSYS\"},\n"
    "		\"signalfd4\": {\"action\": \"deny\", \"errno\": \"ENOSYS\"},\n"
    "		\"futex_waitv\": {\"action\": \"deny\", \"errno\": \"ENOSYS\"},\n"
    "		\"pkey_alloc\": {\"action\": \"deny\", \"errno\": \"ENOSPC\"},\n"
    "		\"mseal\": {\"action\": \"deny\", \"errno\": \"ENOSYS\"}\n"
    "	}\n"
    "}\n";

const struct policy_shipped policy_shipped[] = {
    {"default", "{}"},
    {"strict", strict},
    {NULL, NULL},
};
