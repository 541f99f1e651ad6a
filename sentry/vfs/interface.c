/*
 * See interface.h. The sentry asks netdevice(7) on a socket of its own, which is in the container's
 * network namespace, and /proc/net/dev for the counters.
 *
 * #syscalls: socket:AF_UNIX close
 * #syscalls: ioctl:SIOCGIFINDEX,SIOCGIFNAME,SIOCGIFFLAGS,SIOCGIFMTU,SIOCGIFTXQLEN
 * #syscalls: ioctl:SIOCGIFHWADDR,SIOCETHTOOL
 */
#include "sentry/vfs/interface.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"

#define TEXT_LIMIT (4u << 20)
#define COUNTERS   16

static int ask(unsigned long request, struct ifreq *question)
{
	_cleanup_close_ int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return sock < 0 || ioctl(sock, request, question) < 0 ? -errno : 0;
}

bool interface_find(const char *name, unsigned long *index)
{
	struct ifreq q = {};
	if (strlen(name) >= sizeof q.ifr_name)
		return false;
	strcpy(q.ifr_name, name);
	if (ask(SIOCGIFINDEX, &q) < 0)
		return false;
	*index = (unsigned long)q.ifr_ifindex;
	return true;
}

bool interface_label(unsigned long index, char *buffer, size_t size)
{
	struct ifreq q = {.ifr_ifindex = (int)index};
	if (ask(SIOCGIFNAME, &q) < 0)
		return false;
	q.ifr_name[IFNAMSIZ - 1] = 0;
	snprintf(buffer, size, "%s", q.ifr_name);
	return true;
}

bool interface_exists(struct vfs_view *v, unsigned long index)
{
	char name[IFNAMSIZ];
	return interface_label(index, name, sizeof name);
}

/* The next line of /proc/net/dev that tells of an interface: where its counters begin. */
static const char *next_interface(const char **text, char name[IFNAMSIZ])
{
	while (**text) {
		const char *line = *text + strspn(*text, " ");
		size_t n = strcspn(line, "\n"), length = strcspn(line, ":\n");
		*text = line + n + (line[n] == '\n');
		if (line[length] != ':' || length >= IFNAMSIZ)
			continue;
		memcpy(name, line, length);
		name[length] = 0;
		return line + length + 1;
	}
	return NULL;
}

int interface_keys(struct vfs_view *v, struct vfs_keys *keys)
{
	_cleanup_free_ char *text = NULL;
	char name[IFNAMSIZ];
	ssize_t n = read_file_alloc(v->s->proc_fd, "self/net/dev", TEXT_LIMIT, &text);
	int r = n < 0 ? (int)n : 0;
	for (const char *p = text; r == 0 && next_interface(&p, name);) {
		unsigned long index;
		if (interface_find(name, &index))
			r = keys_add(keys, index);
	}
	keys_sort(keys);
	return r;
}

static unsigned long index_of(const struct vfs_node *node)
{
	int i = node->depth;
	while (i > 0 && node->level[i].row->exists != interface_exists)
		i--;
	return node->level[i].key;
}

/* The interface that the node is about, in a question; -ENOENT when it is gone. */
static int question(struct vfs_view *v, struct ifreq *q)
{
	*q = (struct ifreq){};
	return interface_label(index_of(v->node), q->ifr_name, sizeof q->ifr_name) ? 0 : -ENOENT;
}

static int show_index(struct vfs_view *v, FILE *out)
{
	fprintf(out, "%lu\n", index_of(v->node));
	return 0;
}

static int show_uevent(struct vfs_view *v, FILE *out)
{
	struct ifreq q;
	int r = question(v, &q);
	fprintf(out, "INTERFACE=%s\nIFINDEX=%lu\n", q.ifr_name, index_of(v->node));
	return r;
}

static int show_flags(struct vfs_view *v, FILE *out)
{
	struct ifreq q;
	int r = question(v, &q);
	if (r == 0)
		r = ask(SIOCGIFFLAGS, &q);
	/* sysfs shows what has been set, not what has come of it. */
	fprintf(out, "0x%x\n", (unsigned short)q.ifr_flags & ~(unsigned)IFF_RUNNING);
	return r;
}

/* "unknown" is an interface that has no notion of it, such as the loopback. */
static int show_operstate(struct vfs_view *v, FILE *out)
{
	struct ifreq q;
	int r = question(v, &q);
	if (r == 0)
		r = ask(SIOCGIFFLAGS, &q);
	bool loopback = q.ifr_flags & IFF_LOOPBACK && q.ifr_flags & IFF_UP;
	const char *state = q.ifr_flags & IFF_RUNNING ? "up" : "down";
	fprintf(out, "%s\n", loopback ? "unknown" : state);
	return r;
}

static int show_carrier(struct vfs_view *v, FILE *out)
{
	struct ifreq q;
	int r = question(v, &q);
	if (r == 0)
		r = ask(SIOCGIFFLAGS, &q);
	if (r == 0 && !(q.ifr_flags & IFF_UP))
		r = -EINVAL;
	fprintf(out, "%d\n", !!(q.ifr_flags & IFF_RUNNING));
	return r;
}

static int show_mtu(struct vfs_view *v, FILE *out)
{
	struct ifreq q;
	int r = question(v, &q);
	if (r == 0)
		r = ask(SIOCGIFMTU, &q);
	fprintf(out, "%d\n", q.ifr_mtu);
	return r;
}

static int show_queue_length(struct vfs_view *v, FILE *out)
{
	struct ifreq q;
	int r = question(v, &q);
	if (r == 0)
		r = ask(SIOCGIFTXQLEN, &q);
	fprintf(out, "%d\n", q.ifr_qlen);
	return r;
}

static int show_type(struct vfs_view *v, FILE *out)
{
	struct ifreq q;
	int r = question(v, &q);
	if (r == 0)
		r = ask(SIOCGIFHWADDR, &q);
	fprintf(out, "%d\n", q.ifr_hwaddr.sa_family);
	return r;
}

/* Of what is like an Ethernet, six bytes; other kinds tell none here. */
static int show_address(struct vfs_view *v, FILE *out)
{
	struct ifreq q;
	int r = question(v, &q);
	if (r == 0)
		r = ask(SIOCGIFHWADDR, &q);
	bool ether =
	    q.ifr_hwaddr.sa_family == ARPHRD_ETHER || q.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK;
	bool broadcast = vfs_row(v->node)->text && q.ifr_hwaddr.sa_family == ARPHRD_ETHER;
	for (int i = 0; ether && i < 6; i++)
		fprintf(out, i ? ":%02x" : "%02x",
			broadcast ? 0xff : (unsigned char)q.ifr_hwaddr.sa_data[i]);
	fputc('\n', out);
	return r;
}

/* speed and duplex: EINVAL where the driver knows neither. */
static int show_link_settings(struct vfs_view *v, FILE *out)
{
	struct ethtool_cmd command = {.cmd = ETHTOOL_GSET};
	struct ifreq q;
	int r = question(v, &q);
	q.ifr_data = (char *)&command;
	if (r == 0 && ask(SIOCETHTOOL, &q) < 0)
		r = -EINVAL;
	if (!strcmp(vfs_row(v->node)->name, "speed"))
		fprintf(out, "%d\n", (int)ethtool_cmd_speed(&command));
	else
		fprintf(out, "%s\n",
			command.duplex == DUPLEX_FULL	? "full"
			: command.duplex == DUPLEX_HALF ? "half"
							: "unknown");
	return r;
}

/* Columns of /proc/net/dev; what it adds up stands in one of the files. */
static int show_counter(struct vfs_view *v, FILE *out)
{
	static const char *const columns[COUNTERS] = {
	    "rx_bytes",	      "rx_packets",	 "rx_errors",	      "rx_dropped",
	    "rx_fifo_errors", "rx_frame_errors", "rx_compressed",     "multicast",
	    "tx_bytes",	      "tx_packets",	 "tx_errors",	      "tx_dropped",
	    "tx_fifo_errors", "collisions",	 "tx_carrier_errors", "tx_compressed"};
	_cleanup_free_ char *text = NULL;
	char name[IFNAMSIZ];
	const char *counters;
	struct ifreq q;
	uint64_t value = 0;

	ssize_t n = read_file_alloc(v->s->proc_fd, "self/net/dev", TEXT_LIMIT, &text);
	int r = n < 0 ? (int)n : question(v, &q);
	if (r < 0)
		return r;
	const char *p = text;
	while ((counters = next_interface(&p, name)) && strcmp(name, q.ifr_name))
		;
	for (int i = 0; counters && i < COUNTERS; i++) {
		char *end;
		uint64_t column = strtoull(counters, &end, 10);
		if (!strcmp(columns[i], vfs_row(v->node)->name))
			value = column;
		counters = end;
	}
	fprintf(out, "%" PRIu64 "\n", value);
	return 0;
}

static ssize_t link_to_device(struct vfs_view *v, char *buffer, size_t size)
{
	char text[64];
	struct ifreq q;
	int r = question(v, &q);
	if (r < 0)
		return r;
	size_t n = (size_t)snprintf(text, sizeof text, "../../devices/virtual/net/%s", q.ifr_name);
	n = MIN(n, size);
	memcpy(buffer, text, n);
	return (ssize_t)n;
}

#define SHOW(name_, show_)                                                                         \
	{                                                                                          \
		.name = name_, .mode = 0444, .show = show_                                         \
	}
#define TEXT(name_, text_)                                                                         \
	{                                                                                          \
		.name = name_, .mode = 0444, .show = show_text, .text = text_                      \
	}
#define COUNTER(name_) SHOW(name_, show_counter)

static const struct vfs_row statistics_rows[] = {
    COUNTER("collisions"),
    COUNTER("multicast"),
    COUNTER("rx_bytes"),
    COUNTER("rx_compressed"),
    COUNTER("rx_crc_errors"),
    COUNTER("rx_dropped"),
    COUNTER("rx_errors"),
    COUNTER("rx_fifo_errors"),
    COUNTER("rx_frame_errors"),
    COUNTER("rx_length_errors"),
    COUNTER("rx_missed_errors"),
    COUNTER("rx_nohandler"),
    COUNTER("rx_over_errors"),
    COUNTER("rx_packets"),
    COUNTER("tx_aborted_errors"),
    COUNTER("tx_bytes"),
    COUNTER("tx_carrier_errors"),
    COUNTER("tx_compressed"),
    COUNTER("tx_dropped"),
    COUNTER("tx_errors"),
    COUNTER("tx_fifo_errors"),
    COUNTER("tx_heartbeat_errors"),
    COUNTER("tx_packets"),
    COUNTER("tx_window_errors"),
    {},
};

static const struct vfs_row interface_rows[] = {
    TEXT("addr_len", "6\n"),
    SHOW("address", show_address),
    {.name = "broadcast", .mode = 0444, .show = show_address, .text = "all"},
    SHOW("carrier", show_carrier),
    TEXT("dev_id", "0x0\n"),
    TEXT("dev_port", "0\n"),
    TEXT("dormant", "0\n"),
    SHOW("duplex", show_link_settings),
    SHOW("flags", show_flags),
    TEXT("ifalias", ""),
    SHOW("ifindex", show_index),
    TEXT("link_mode", "0\n"),
    SHOW("mtu", show_mtu),
    TEXT("netdev_group", "0\n"),
    SHOW("operstate", show_operstate),
    SHOW("speed", show_link_settings),
    {.name = "statistics", .mode = S_IFDIR | 0755, .rows = statistics_rows},
    SHOW("tx_queue_len", show_queue_length),
    SHOW("type", show_type),
    SHOW("uevent", show_uevent),
    {},
};

#define INTERFACE(...)                                                                             \
	{                                                                                          \
		.name = "", .exists = interface_exists, .keys = interface_keys,                    \
		.find = interface_find, .label = interface_label, __VA_ARGS__                      \
	}

const struct vfs_row interface_row = INTERFACE(.mode = S_IFDIR | 0755, .rows = interface_rows);
const struct vfs_row interface_link_row = INTERFACE(.mode = S_IFLNK | 0777, .link = link_to_device);
