/*
 * From an argument to text: see trace_words.h. Every name of a flag stands in one of the tables
 * below; bits without a name follow in hexadecimal.
 */
#include "runtime/trace_words.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "syscalls/table.h"

#define TEXT_MAX 32 /* bytes of a buffer that are shown, as strace does; paths are shown whole */

struct bit {
	uint64_t value;
	const char *name;
};
#define BIT(name)                                                                                  \
	{                                                                                          \
		name, #name                                                                        \
	}

static const struct bit open_flags[] = {
    BIT(O_CREAT),
    BIT(O_EXCL),
    BIT(O_NOCTTY),
    BIT(O_TRUNC),
    BIT(O_APPEND),
    BIT(O_NONBLOCK),
    BIT(O_SYNC),
    BIT(O_DSYNC),
    BIT(O_ASYNC),
    BIT(O_DIRECT),
    {0100000, "O_LARGEFILE"},
    BIT(O_NOFOLLOW),
    BIT(O_NOATIME),
    BIT(O_CLOEXEC),
    BIT(O_PATH),
    BIT(O_TMPFILE),
    BIT(O_DIRECTORY),
    {0},
};
static const struct bit access_modes[] = {BIT(R_OK), BIT(W_OK), BIT(X_OK), {0}};
static const struct bit at_flags[] = {BIT(AT_SYMLINK_NOFOLLOW),
				      BIT(AT_REMOVEDIR),
				      BIT(AT_SYMLINK_FOLLOW),
				      BIT(AT_NO_AUTOMOUNT),
				      BIT(AT_EMPTY_PATH),
				      {0x2000, "AT_STATX_FORCE_SYNC"},
				      {0x4000, "AT_STATX_DONT_SYNC"},
				      {0}};
static const struct bit clone_flags[] = {BIT(CLONE_VM),
					 BIT(CLONE_FS),
					 BIT(CLONE_FILES),
					 BIT(CLONE_SIGHAND),
					 BIT(CLONE_PIDFD),
					 BIT(CLONE_PTRACE),
					 BIT(CLONE_VFORK),
					 BIT(CLONE_PARENT),
					 BIT(CLONE_THREAD),
					 BIT(CLONE_NEWNS),
					 BIT(CLONE_SYSVSEM),
					 BIT(CLONE_SETTLS),
					 BIT(CLONE_PARENT_SETTID),
					 BIT(CLONE_CHILD_CLEARTID),
					 BIT(CLONE_UNTRACED),
					 BIT(CLONE_CHILD_SETTID),
					 BIT(CLONE_NEWCGROUP),
					 BIT(CLONE_NEWUTS),
					 BIT(CLONE_NEWIPC),
					 BIT(CLONE_NEWUSER),
					 BIT(CLONE_NEWPID),
					 BIT(CLONE_NEWNET),
					 BIT(CLONE_IO),
					 {0}};
static const struct bit message_flags[] = {
    BIT(MSG_OOB),     BIT(MSG_PEEK),	 BIT(MSG_DONTROUTE), BIT(MSG_DONTWAIT), BIT(MSG_EOR),
    BIT(MSG_WAITALL), BIT(MSG_NOSIGNAL), BIT(MSG_MORE),	     BIT(MSG_FASTOPEN), {0}};
static const struct bit rename_flags[] = {
    BIT(RENAME_NOREPLACE), BIT(RENAME_EXCHANGE), BIT(RENAME_WHITEOUT), {0}};
static const struct bit xattr_flags[] = {BIT(XATTR_CREATE), BIT(XATTR_REPLACE), {0}};
static const struct bit resolve_flags[] = {BIT(RESOLVE_NO_XDEV),
					   BIT(RESOLVE_NO_MAGICLINKS),
					   BIT(RESOLVE_NO_SYMLINKS),
					   BIT(RESOLVE_BENEATH),
					   BIT(RESOLVE_IN_ROOT),
					   BIT(RESOLVE_CACHED),
					   {0}};
static const struct bit families[] = {BIT(AF_UNIX),    BIT(AF_INET),   BIT(AF_INET6),
				      BIT(AF_NETLINK), BIT(AF_PACKET), {0}};
static const struct bit socket_types[] = {
    BIT(SOCK_STREAM), BIT(SOCK_DGRAM), BIT(SOCK_RAW), BIT(SOCK_SEQPACKET), {0}};
static const struct bit socket_flags[] = {BIT(SOCK_CLOEXEC), BIT(SOCK_NONBLOCK), {0}};
static const struct bit levels[] = {
    BIT(SOL_SOCKET),	      {IPPROTO_TCP, "SOL_TCP"},	    {IPPROTO_IPV6, "SOL_IPV6"},
    {IPPROTO_UDP, "SOL_UDP"}, {SOL_NETLINK, "SOL_NETLINK"}, {0}};
static const struct bit inet_protocols[] = {BIT(IPPROTO_ICMP),	 BIT(IPPROTO_TCP), BIT(IPPROTO_UDP),
					    BIT(IPPROTO_ICMPV6), BIT(IPPROTO_RAW), {0}};
static const struct bit netlink_protocols[] = {BIT(NETLINK_SOCK_DIAG),
					       BIT(NETLINK_AUDIT),
					       BIT(NETLINK_NETFILTER),
					       BIT(NETLINK_KOBJECT_UEVENT),
					       {0}};
static const struct bit socket_options[] = {
    BIT(SO_DEBUG),	 BIT(SO_REUSEADDR),    BIT(SO_TYPE),	      BIT(SO_ERROR),
    BIT(SO_DONTROUTE),	 BIT(SO_BROADCAST),    BIT(SO_SNDBUF),	      BIT(SO_RCVBUF),
    BIT(SO_KEEPALIVE),	 BIT(SO_OOBINLINE),    BIT(SO_NO_CHECK),      BIT(SO_PRIORITY),
    BIT(SO_LINGER),	 BIT(SO_BSDCOMPAT),    BIT(SO_REUSEPORT),     BIT(SO_PASSCRED),
    BIT(SO_PEERCRED),	 BIT(SO_RCVLOWAT),     BIT(SO_SNDLOWAT),      BIT(SO_RCVTIMEO),
    BIT(SO_SNDTIMEO),	 BIT(SO_BINDTODEVICE), BIT(SO_ATTACH_FILTER), BIT(SO_DETACH_FILTER),
    BIT(SO_PEERNAME),	 BIT(SO_TIMESTAMP),    BIT(SO_ACCEPTCONN),    BIT(SO_PEERSEC),
    BIT(SO_SNDBUFFORCE), BIT(SO_RCVBUFFORCE),  BIT(SO_PASSSEC),	      BIT(SO_MARK),
    BIT(SO_PROTOCOL),	 BIT(SO_DOMAIN),       BIT(SO_RXQ_OVFL),      BIT(SO_PEEK_OFF),
    BIT(SO_LOCK_FILTER), BIT(SO_BUSY_POLL),    BIT(SO_INCOMING_CPU),  BIT(SO_ATTACH_BPF),
    BIT(SO_PEERGROUPS),	 BIT(SO_ZEROCOPY),     BIT(SO_BINDTOIFINDEX), {0}};
static const struct bit file_types[] = {BIT(S_IFREG), BIT(S_IFDIR), BIT(S_IFCHR),  BIT(S_IFBLK),
					BIT(S_IFIFO), BIT(S_IFLNK), BIT(S_IFSOCK), {0}};
static const struct bit priorities[] = {BIT(PRIO_PGRP), BIT(PRIO_USER), {0}};
static const struct bit clocks[] = {BIT(CLOCK_MONOTONIC),
				    {2, "CLOCK_PROCESS_CPUTIME_ID"},
				    {3, "CLOCK_THREAD_CPUTIME_ID"},
				    {7, "CLOCK_BOOTTIME"},
				    {0}};
static const struct bit resources[] = {
    BIT(RLIMIT_FSIZE),	 BIT(RLIMIT_DATA),	BIT(RLIMIT_STACK),	   BIT(RLIMIT_CORE),
    BIT(RLIMIT_RSS),	 BIT(RLIMIT_NPROC),	BIT(RLIMIT_NOFILE),	   BIT(RLIMIT_MEMLOCK),
    BIT(RLIMIT_AS),	 {10, "RLIMIT_LOCKS"},	{11, "RLIMIT_SIGPENDING"}, {12, "RLIMIT_MSGQUEUE"},
    {13, "RLIMIT_NICE"}, {14, "RLIMIT_RTPRIO"}, {15, "RLIMIT_RTTIME"},	   {0}};

/* --- numbers -------------------------------------------------------------------------------- */

/* The names of the bits, and what is left; `first` says whether none was printed before. */
static void print_bits(FILE *f, const struct bit *bits, uint64_t value, bool first)
{
	bool empty = first;
	for (; bits->name; bits++)
		if (bits->value && (value & bits->value) == bits->value) {
			fprintf(f, "%s%s", first ? "" : "|", bits->name);
			value &= ~bits->value;
			first = false;
		}
	if (value)
		fprintf(f, "%s%#" PRIx64, first ? "" : "|", value);
	else if (empty && first)
		fputc('0', f);
}

static const char *name_of(const struct bit *bits, uint64_t value)
{
	for (; bits->name; bits++)
		if (bits->value == value)
			return bits->name;
	return NULL;
}

/* One of several, not a sum; zero has its own name, if any. */
static void print_choice(FILE *f, const struct bit *bits, const char *zero, uint64_t value)
{
	const char *name = value == 0 ? zero : name_of(bits, value);
	if (name)
		fputs(name, f);
	else
		fprintf(f, "%#" PRIx64, value);
}

static void print_open_flags(FILE *f, uint64_t value)
{
	static const char *const modes[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
	fputs(modes[value & O_ACCMODE], f);
	value &= ~(uint64_t)O_ACCMODE;
	if (value)
		print_bits(f, open_flags, value, false);
}

static void print_id(FILE *f, uint32_t id)
{
	if (id == UINT32_MAX)
		fputs("-1", f);
	else
		fprintf(f, "%" PRIu32, id);
}

static void print_signal(FILE *f, int number)
{
	const char *name = number > 0 && number < NSIG ? sigabbrev_np(number) : NULL;
	if (name)
		fprintf(f, "SIG%s", name);
	else
		fprintf(f, "%d", number);
}

/* Octal with a leading zero, of three digits when it is nothing, behind the type of a file. */
static void print_mode(FILE *f, uint64_t value)
{
	const char *type = name_of(file_types, value & S_IFMT);
	if (type) {
		fprintf(f, "%s|", type);
		value &= ~(uint64_t)S_IFMT;
	}
	fprintf(f, value ? "0%o" : "%03o", (unsigned)value);
}

static void print_clone(FILE *f, uint64_t value)
{
	print_bits(f, clone_flags, value & ~(uint64_t)CSIGNAL, true);
	if (value & CSIGNAL) {
		fputc('|', f);
		print_signal(f, (int)(value & CSIGNAL));
	}
}

static void print_socket_type(FILE *f, uint64_t value)
{
	uint64_t flags = value & (SOCK_CLOEXEC | SOCK_NONBLOCK);
	print_choice(f, socket_types, "0", value & ~flags);
	if (flags)
		print_bits(f, socket_flags, flags, false);
}

/* --- memory ---------------------------------------------------------------------------------- */

void trace_print_bytes(FILE *f, const char *bytes, size_t length, bool cut)
{
	static const char escapes[] = "\a\b\t\n\v\f\r", letters[] = "abtnvfr";
	fputc('"', f);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)bytes[i];
		const char *escape = c ? strchr(escapes, c) : NULL;
		bool digit = i + 1 < length && isdigit((unsigned char)bytes[i + 1]);
		if (escape)
			fprintf(f, "\\%c", letters[escape - escapes]);
		else if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c >= ' ' && c < 0x7f)
			fputc(c, f);
		else
			fprintf(f, digit ? "\\%03o" : "\\%o", c);
	}
	fputs(cut ? "\"..." : "\"", f);
}

static void print_address(FILE *f, uint64_t address)
{
	if (address)
		fprintf(f, "%#" PRIx64, address);
	else
		fputs("NULL", f);
}

/* A string: as far as its NUL, which the copy of a long one lacks. */
static void print_string(FILE *f, const struct trace_record *r, uint64_t address)
{
	const struct copy *c = copies_at(&r->copies, address);
	if (!c) {
		print_address(f, address);
		return;
	}
	const char *bytes = r->copies.bytes + c->offset;
	size_t length = strnlen(bytes, c->length);
	trace_print_bytes(f, bytes, length, length == c->length && c->length < c->size);
}

/* Text that was written: some calls end it with a NUL, some do not. */
static void print_written(FILE *f, const struct trace_record *r, uint64_t address)
{
	const struct copy *c = copies_at(&r->copies, address);
	if (!c) {
		print_address(f, address);
		return;
	}
	const char *bytes = r->copies.bytes + c->offset;
	trace_print_bytes(f, bytes, strnlen(bytes, c->length), c->length < c->size);
}

/* A buffer: as many bytes as the call is about. */
static void print_buffer(FILE *f, const struct trace_record *r, uint64_t address)
{
	const struct copy *c = copies_at(&r->copies, address);
	if (!c)
		print_address(f, address);
	else
		trace_print_bytes(f, r->copies.bytes + c->offset, MIN(c->length, TEXT_MAX),
				  c->size > TEXT_MAX);
}

static void print_unix(FILE *f, const struct sockaddr_un *address, size_t length)
{
	size_t size = length - offsetof(struct sockaddr_un, sun_path);
	const char *path = address->sun_path;
	fputs("sun_path=", f);
	if (size && !*path) {
		fputc('@', f);
		trace_print_bytes(f, path + 1, size - 1, false);
	} else {
		trace_print_bytes(f, path, strnlen(path, size), false);
	}
}

static void print_inet(FILE *f, const struct sockaddr_storage *address)
{
	char host[INET6_ADDRSTRLEN] = "";
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
	if (address->ss_family == AF_INET) {
		inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
		fprintf(f, "sin_port=htons(%u), sin_addr=inet_addr(\"%s\")", ntohs(four->sin_port),
			host);
		return;
	}
	inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
	fprintf(f,
		"sin6_port=htons(%u), sin6_flowinfo=htonl(%u), inet_pton(AF_INET6, \"%s\", "
		"&sin6_addr), sin6_scope_id=%u",
		ntohs(six->sin6_port), ntohl(six->sin6_flowinfo), host, six->sin6_scope_id);
}

static void print_socket_address(FILE *f, const struct trace_record *r, uint64_t address)
{
	const struct copy *c = copies_at(&r->copies, address);
	struct sockaddr_storage storage = {0};
	if (!c || c->length < sizeof storage.ss_family) {
		print_address(f, address);
		return;
	}
	size_t length = MIN(c->length, sizeof(struct sockaddr_un));
	memcpy(&storage, r->copies.bytes + c->offset, length);
	fputs("{sa_family=", f);
	print_choice(f, families, "AF_UNSPEC", storage.ss_family);
	if (storage.ss_family == AF_UNIX)
		fputs(", ", f), print_unix(f, (struct sockaddr_un *)&storage, length);
	else if (storage.ss_family == AF_INET || storage.ss_family == AF_INET6)
		fputs(", ", f), print_inet(f, &storage);
	fputc('}', f);
}

/* The arguments of an exec: strings behind one another, the last of which may be cut. */
static void print_vector(FILE *f, const struct trace_record *r, uint64_t address)
{
	const struct copy *c = copies_at(&r->copies, address);
	if (!c) {
		print_address(f, address);
		return;
	}
	const char *bytes = r->copies.bytes + c->offset, *end = bytes + c->length, *nul;
	bool more = c->length < c->size || c->flags & COPIES_MORE;
	fputc('[', f);
	for (const char *s = bytes; s < end; s = nul + 1) {
		nul = memchr(s, '\0', (size_t)(end - s));
		if (!nul)
			break;
		size_t length = (size_t)(nul - s);
		fputs(s == bytes ? "" : ", ", f);
		trace_print_bytes(f, s, MIN(length, (size_t)TEXT_MAX), length > TEXT_MAX);
	}
	fputs(more ? ", ...]" : "]", f);
}

/* A number, as most options have; otherwise bytes. */
static void print_option_value(FILE *f, const struct trace_record *r, uint64_t address,
			       uint64_t size)
{
	const struct copy *c = copies_at(&r->copies, address);
	int value;
	if (!c || size != sizeof value || c->length < sizeof value) {
		print_buffer(f, r, address);
		return;
	}
	memcpy(&value, r->copies.bytes + c->offset, sizeof value);
	fprintf(f, "[%d]", value);
}

static void print_how(FILE *f, const struct trace_record *r, uint64_t address)
{
	const struct copy *c = copies_at(&r->copies, address);
	struct open_how how;
	if (!c || c->length < sizeof how) {
		print_address(f, address);
		return;
	}
	memcpy(&how, r->copies.bytes + c->offset, sizeof how);
	fputs("{flags=", f);
	print_open_flags(f, how.flags);
	if (how.mode) {
		fputs(", mode=", f);
		print_mode(f, how.mode);
	}
	fputs(", resolve=", f);
	print_bits(f, resolve_flags, how.resolve, true);
	fputc('}', f);
}

/* --- words ------------------------------------------------------------------------------------ */

/* Numbers that have a form; false when the word is none of these. */
static bool print_number(FILE *f, const char *word, uint64_t value)
{
	if (!strcmp(word, "fd") || !strcmp(word, "int") || !strcmp(word, "pid"))
		fprintf(f, "%d", (int)value);
	else if (!strcmp(word, "dirfd") && (int)value == AT_FDCWD)
		fputs("AT_FDCWD", f);
	else if (!strcmp(word, "dirfd"))
		fprintf(f, "%d", (int)value);
	else if (!strcmp(word, "uint"))
		fprintf(f, "%u", (unsigned)value);
	else if (!strcmp(word, "size"))
		fprintf(f, "%" PRIu64, value);
	else if (!strcmp(word, "off"))
		fprintf(f, "%" PRId64, (int64_t)value);
	else if (!strcmp(word, "mode"))
		print_mode(f, value & UINT32_MAX);
	else if (!strcmp(word, "uid") || !strcmp(word, "gid"))
		print_id(f, (uint32_t)value);
	else if (!strcmp(word, "sig"))
		print_signal(f, (int)value);
	else
		return false;
	return true;
}

static const struct names {
	const char *word;
	const struct bit *bits;
	const char *zero; /* for one of several; NULL: a sum of bits */
} names[] = {
    {"atflags", at_flags, NULL},	 {"msgflags", message_flags, NULL},
    {"renameflags", rename_flags, NULL}, {"xattrflags", xattr_flags, NULL},
    {"family", families, "AF_UNSPEC"},	 {"level", levels, "SOL_IP"},
    {"clock", clocks, "CLOCK_REALTIME"}, {"resource", resources, "RLIMIT_CPU"},
    {"amode", access_modes, NULL},	 {"prio", priorities, "PRIO_PROCESS"},
};

/* Numbers with names; false when the word is none of these. */
static bool print_names(FILE *f, const char *word, uint64_t value)
{
	value &= UINT32_MAX;
	if (!strcmp(word, "amode") && value == 0) {
		fputs("F_OK", f);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].word, word) != 0)
			continue;
		if (names[i].zero)
			print_choice(f, names[i].bits, names[i].zero, value);
		else
			print_bits(f, names[i].bits, value, true);
		return true;
	}
	if (!strcmp(word, "oflags"))
		print_open_flags(f, value);
	else if (!strcmp(word, "socktype"))
		print_socket_type(f, value);
	else if (!strcmp(word, "cloneflags"))
		print_clone(f, value);
	else
		return false;
	return true;
}

static void print_protocol(FILE *f, uint64_t family, uint64_t value)
{
	if (family == AF_INET || family == AF_INET6)
		print_choice(f, inet_protocols, "IPPROTO_IP", value);
	else if (family == AF_NETLINK)
		print_choice(f, netlink_protocols, "NETLINK_ROUTE", value);
	else
		fprintf(f, "%" PRIu64, value);
}

/* What depends on the argument before it, or behind it; false when the word is none of these. */
static bool print_related(FILE *f, const char *word, const struct trace_record *r, size_t i)
{
	uint64_t value = r->args[i] & UINT32_MAX, before = i ? r->args[i - 1] & UINT32_MAX : 0;
	if (!strcmp(word, "protocol") && i > 1)
		print_protocol(f, r->args[i - 2] & UINT32_MAX, value);
	else if (!strcmp(word, "optname") && before == SOL_SOCKET)
		print_choice(f, socket_options, NULL, value);
	else if (!strcmp(word, "optval") && i < 5)
		print_option_value(f, r, r->args[i], r->args[i + 1]);
	else if (!strcmp(word, "dev"))
		fprintf(f, "makedev(%#x, %#x)", major(value), minor(value));
	else
		return false;
	return true;
}

static void print_argument(FILE *f, const char *word, const struct trace_record *r, size_t i)
{
	uint64_t value = r->args[i];
	if (print_related(f, word, r, i))
		return;
	if (!strcmp(word, "path") || !strcmp(word, "str"))
		print_string(f, r, value);
	else if (!strcmp(word, "text"))
		print_written(f, r, value);
	else if (!strcmp(word, "buf"))
		print_buffer(f, r, value);
	else if (!strcmp(word, "sockaddr"))
		print_socket_address(f, r, value);
	else if (!strcmp(word, "argv"))
		print_vector(f, r, value);
	else if (!strcmp(word, "how"))
		print_how(f, r, value);
	else if (!strcmp(word, "out") || !strcmp(word, "ptr") || !strcmp(word, "addr"))
		print_address(f, value);
	else if (!print_number(f, word, value) && !print_names(f, word, value))
		fprintf(f, value ? "%#" PRIx64 : "%" PRIx64, value);
}

/* A mode that follows flags which make no file means nothing, nor does a device's number when it
 * is none; neither is printed. */
static bool means_nothing(const char *word, const char *previous, uint64_t before)
{
	if (!previous)
		return false;
	if (!strcmp(word, "dev"))
		return !S_ISCHR(before) && !S_ISBLK(before);
	return !strcmp(word, "mode") && !strcmp(previous, "oflags") &&
	       !(before & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)));
}

void trace_print_arguments(const struct trace_record *r, FILE *f)
{
	const struct syscall_info *info = syscall_by_number(r->nr);
	char words[128];
	snprintf(words, sizeof words, "%s", info ? info->arguments : "hex hex hex hex hex hex");
	char *rest = words, *word, *previous = NULL;
	for (size_t i = 0; i < 6 && (word = strtok_r(rest, " ", &rest)); i++) {
		if (means_nothing(word, previous, i ? r->args[i - 1] : 0))
			continue;
		fputs(i ? ", " : "", f);
		print_argument(f, word, r, i);
		previous = word;
	}
}
