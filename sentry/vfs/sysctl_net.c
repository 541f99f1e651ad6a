/*
 * /proc/sys/net: the settings of the container's network namespace, which is where the sentry
 * lives. The files are the host's own, opened there. Which there are depends on the kernel; what it
 * lacks is not listed. Secrets are left out: of a container in the host's network they are the
 * host's.
 */
#include "sentry/vfs/interface.h"
#include "sentry/vfs/tree.h"

#define HOST(name_)                                                                                \
	{                                                                                          \
		.name = name_, .mode = 0644, .flags = ROW_HOST                                     \
	}
#define DIRECTORY(name_, rows_)                                                                    \
	{                                                                                          \
		.name = name_, .mode = S_IFDIR | 0555, .flags = ROW_HOST, .rows = rows_            \
	}
/* "all", "default" and the interfaces, with the same files in each. */
#define INTERFACES(rows_)                                                                          \
	.name = "", .mode = S_IFDIR | 0555, .rows = rows_, .exists = interface_exists,             \
	.keys = interface_keys, .find = interface_find, .label = interface_label

/* A directory of them. */
#define MANY(name_, what)                                                                          \
	{                                                                                          \
		.name = name_, .mode = S_IFDIR | 0555, .flags = ROW_HOST, .rows = what##_rows,     \
		.numbered = &what##_row                                                            \
	}

/* clang-format off */
static const struct vfs_row core_rows[] = {
    HOST("busy_poll"), HOST("busy_read"), HOST("default_qdisc"), HOST("dev_weight"),
    HOST("max_skb_frags"), HOST("message_burst"), HOST("message_cost"), HOST("netdev_budget"),
    HOST("netdev_budget_usecs"), HOST("netdev_max_backlog"), HOST("optmem_max"),
    HOST("rmem_default"), HOST("rmem_max"), HOST("rps_default_mask"), HOST("somaxconn"),
    HOST("tstamp_allow_data"), HOST("txrehash"), HOST("warnings"), HOST("wmem_default"),
    HOST("wmem_max"), HOST("xfrm_acq_expires"), HOST("xfrm_aevent_etime"),
    HOST("xfrm_aevent_rseqth"), HOST("xfrm_larval_drop"),
    {},
};

static const struct vfs_row ipv4_conf_file_rows[] = {
    HOST("accept_local"), HOST("accept_redirects"), HOST("accept_source_route"),
    HOST("arp_accept"), HOST("arp_announce"), HOST("arp_evict_nocarrier"), HOST("arp_filter"),
    HOST("arp_ignore"), HOST("arp_notify"), HOST("bc_forwarding"), HOST("bootp_relay"),
    HOST("disable_policy"), HOST("disable_xfrm"), HOST("drop_gratuitous_arp"),
    HOST("drop_unicast_in_l2_multicast"), HOST("force_igmp_version"), HOST("forwarding"),
    HOST("igmpv2_unsolicited_report_interval"), HOST("igmpv3_unsolicited_report_interval"),
    HOST("ignore_routes_with_linkdown"), HOST("log_martians"), HOST("mc_forwarding"),
    HOST("medium_id"), HOST("promote_secondaries"), HOST("proxy_arp"), HOST("proxy_arp_pvlan"),
    HOST("route_localnet"), HOST("rp_filter"), HOST("secure_redirects"), HOST("send_redirects"),
    HOST("shared_media"), HOST("src_valid_mark"), HOST("tag"),
    {},
};

static const struct vfs_row ipv4_conf_rows[] = {
    DIRECTORY("all", ipv4_conf_file_rows),
    DIRECTORY("default", ipv4_conf_file_rows),
    {},
};

static const struct vfs_row ipv4_conf_row = {INTERFACES(ipv4_conf_file_rows)};

static const struct vfs_row ipv4_neigh_file_rows[] = {
    HOST("anycast_delay"), HOST("app_solicit"), HOST("base_reachable_time"),
    HOST("base_reachable_time_ms"), HOST("delay_first_probe_time"), HOST("gc_stale_time"),
    HOST("interval_probe_time_ms"), HOST("locktime"), HOST("mcast_resolicit"),
    HOST("mcast_solicit"), HOST("proxy_delay"), HOST("proxy_qlen"), HOST("retrans_time"),
    HOST("retrans_time_ms"), HOST("ucast_solicit"), HOST("unres_qlen"), HOST("unres_qlen_bytes"),
    {},
};

static const struct vfs_row ipv4_neigh_rows[] = {
    DIRECTORY("default", ipv4_neigh_file_rows),
    {},
};

static const struct vfs_row ipv4_neigh_row = {INTERFACES(ipv4_neigh_file_rows)};

static const struct vfs_row ipv4_route_rows[] = {
    HOST("error_burst"), HOST("error_cost"), HOST("gc_elasticity"), HOST("gc_interval"),
    HOST("gc_min_interval"), HOST("gc_min_interval_ms"), HOST("gc_thresh"), HOST("gc_timeout"),
    HOST("max_size"), HOST("min_adv_mss"), HOST("min_pmtu"), HOST("mtu_expires"),
    HOST("redirect_load"), HOST("redirect_number"), HOST("redirect_silence"),
    {},
};

static const struct vfs_row ipv4_rows[] = {
    MANY("conf", ipv4_conf),
    HOST("fib_multipath_hash_fields"), HOST("fib_multipath_hash_policy"),
    HOST("fib_multipath_hash_seed"), HOST("fib_multipath_use_neigh"),
    HOST("fib_notify_on_flag_change"), HOST("fib_sync_mem"), HOST("fwmark_reflect"),
    HOST("icmp_echo_enable_probe"), HOST("icmp_echo_ignore_all"),
    HOST("icmp_echo_ignore_broadcasts"), HOST("icmp_errors_use_inbound_ifaddr"),
    HOST("icmp_ignore_bogus_error_responses"), HOST("icmp_msgs_burst"), HOST("icmp_msgs_per_sec"),
    HOST("icmp_ratelimit"), HOST("icmp_ratemask"), HOST("igmp_link_local_mcast_reports"),
    HOST("igmp_max_memberships"), HOST("igmp_max_msf"), HOST("igmp_qrv"),
    HOST("inet_peer_maxttl"), HOST("inet_peer_minttl"), HOST("inet_peer_threshold"),
    HOST("ip_autobind_reuse"), HOST("ip_default_ttl"), HOST("ip_dynaddr"), HOST("ip_early_demux"),
    HOST("ip_forward"), HOST("ip_forward_update_priority"), HOST("ip_forward_use_pmtu"),
    HOST("ip_local_port_range"), HOST("ip_local_reserved_ports"), HOST("ip_no_pmtu_disc"),
    HOST("ip_nonlocal_bind"), HOST("ip_unprivileged_port_start"), HOST("ipfrag_high_thresh"),
    HOST("ipfrag_low_thresh"), HOST("ipfrag_max_dist"), HOST("ipfrag_secret_interval"),
    HOST("ipfrag_time"), MANY("neigh", ipv4_neigh), HOST("nexthop_compat_mode"),
    HOST("ping_group_range"), HOST("raw_l3mdev_accept"), DIRECTORY("route", ipv4_route_rows),
    HOST("tcp_abort_on_overflow"), HOST("tcp_adv_win_scale"),
    HOST("tcp_allowed_congestion_control"), HOST("tcp_app_win"), HOST("tcp_autocorking"),
    HOST("tcp_available_congestion_control"), HOST("tcp_available_ulp"),
    HOST("tcp_backlog_ack_defer"), HOST("tcp_base_mss"), HOST("tcp_challenge_ack_limit"),
    HOST("tcp_child_ehash_entries"), HOST("tcp_comp_sack_delay_ns"), HOST("tcp_comp_sack_nr"),
    HOST("tcp_comp_sack_slack_ns"), HOST("tcp_congestion_control"), HOST("tcp_dsack"),
    HOST("tcp_early_demux"), HOST("tcp_early_retrans"), HOST("tcp_ecn"), HOST("tcp_ecn_fallback"),
    HOST("tcp_ecn_option"), HOST("tcp_ecn_option_beacon"), HOST("tcp_ehash_entries"),
    HOST("tcp_fastopen"), HOST("tcp_fastopen_blackhole_timeout_sec"), HOST("tcp_fin_timeout"),
    HOST("tcp_frto"), HOST("tcp_fwmark_accept"), HOST("tcp_invalid_ratelimit"),
    HOST("tcp_keepalive_intvl"), HOST("tcp_keepalive_probes"), HOST("tcp_keepalive_time"),
    HOST("tcp_l3mdev_accept"), HOST("tcp_limit_output_bytes"), HOST("tcp_max_orphans"),
    HOST("tcp_max_reordering"), HOST("tcp_max_syn_backlog"), HOST("tcp_max_tw_buckets"),
    HOST("tcp_mem"), HOST("tcp_migrate_req"), HOST("tcp_min_rtt_wlen"), HOST("tcp_min_snd_mss"),
    HOST("tcp_min_tso_segs"), HOST("tcp_moderate_rcvbuf"), HOST("tcp_mtu_probe_floor"),
    HOST("tcp_mtu_probing"), HOST("tcp_no_metrics_save"), HOST("tcp_no_ssthresh_metrics_save"),
    HOST("tcp_notsent_lowat"), HOST("tcp_orphan_retries"), HOST("tcp_pacing_ca_ratio"),
    HOST("tcp_pacing_ss_ratio"), HOST("tcp_pingpong_thresh"), HOST("tcp_plb_cong_thresh"),
    HOST("tcp_plb_enabled"), HOST("tcp_plb_idle_rehash_rounds"), HOST("tcp_plb_rehash_rounds"),
    HOST("tcp_plb_suspend_rto_sec"), HOST("tcp_probe_interval"), HOST("tcp_probe_threshold"),
    HOST("tcp_recovery"), HOST("tcp_reflect_tos"), HOST("tcp_reordering"),
    HOST("tcp_retrans_collapse"), HOST("tcp_retries1"), HOST("tcp_retries2"), HOST("tcp_rfc1337"),
    HOST("tcp_rmem"), HOST("tcp_rto_max_ms"), HOST("tcp_rto_min_us"), HOST("tcp_sack"),
    HOST("tcp_shrink_window"), HOST("tcp_slow_start_after_idle"), HOST("tcp_stdurg"),
    HOST("tcp_syn_linear_timeouts"), HOST("tcp_syn_retries"), HOST("tcp_synack_retries"),
    HOST("tcp_syncookies"), HOST("tcp_thin_linear_timeouts"), HOST("tcp_timestamps"),
    HOST("tcp_tso_rtt_log"), HOST("tcp_tso_win_divisor"), HOST("tcp_tw_reuse"),
    HOST("tcp_tw_reuse_delay"), HOST("tcp_window_scaling"), HOST("tcp_wmem"),
    HOST("tcp_workaround_signed_windows"), HOST("udp_child_hash_entries"),
    HOST("udp_early_demux"), HOST("udp_hash_entries"), HOST("udp_l3mdev_accept"), HOST("udp_mem"),
    HOST("udp_rmem_min"), HOST("udp_wmem_min"), HOST("xfrm4_gc_thresh"),
    {},
};

static const struct vfs_row ipv6_conf_file_rows[] = {
    HOST("accept_dad"), HOST("accept_ra"), HOST("accept_ra_defrtr"), HOST("accept_ra_from_local"),
    HOST("accept_ra_min_hop_limit"), HOST("accept_ra_min_lft"), HOST("accept_ra_mtu"),
    HOST("accept_ra_pinfo"), HOST("accept_ra_rt_info_max_plen"),
    HOST("accept_ra_rt_info_min_plen"), HOST("accept_ra_rtr_pref"), HOST("accept_redirects"),
    HOST("accept_source_route"), HOST("accept_untracked_na"), HOST("addr_gen_mode"),
    HOST("autoconf"), HOST("dad_transmits"), HOST("disable_ipv6"), HOST("disable_policy"),
    HOST("drop_unicast_in_l2_multicast"), HOST("drop_unsolicited_na"), HOST("enhanced_dad"),
    HOST("force_forwarding"), HOST("force_mld_version"), HOST("force_tllao"), HOST("forwarding"),
    HOST("hop_limit"), HOST("ignore_routes_with_linkdown"), HOST("ioam6_enabled"),
    HOST("ioam6_id"), HOST("ioam6_id_wide"), HOST("keep_addr_on_down"), HOST("max_addresses"),
    HOST("max_desync_factor"), HOST("mc_forwarding"), HOST("mldv1_unsolicited_report_interval"),
    HOST("mldv2_unsolicited_report_interval"), HOST("mtu"), HOST("ndisc_evict_nocarrier"),
    HOST("ndisc_notify"), HOST("ndisc_tclass"), HOST("optimistic_dad"), HOST("proxy_ndp"),
    HOST("ra_defrtr_metric"), HOST("ra_honor_pio_life"), HOST("ra_honor_pio_pflag"),
    HOST("regen_max_retry"), HOST("regen_min_advance"), HOST("router_probe_interval"),
    HOST("router_solicitation_delay"), HOST("router_solicitation_interval"),
    HOST("router_solicitation_max_interval"), HOST("router_solicitations"),
    HOST("rpl_seg_enabled"), HOST("seg6_enabled"), HOST("seg6_require_hmac"),
    HOST("suppress_frag_ndisc"), HOST("temp_prefered_lft"), HOST("temp_valid_lft"),
    HOST("use_oif_addrs_only"), HOST("use_optimistic"), HOST("use_tempaddr"),
    {},
};

static const struct vfs_row ipv6_conf_rows[] = {
    DIRECTORY("all", ipv6_conf_file_rows),
    DIRECTORY("default", ipv6_conf_file_rows),
    {},
};

static const struct vfs_row ipv6_conf_row = {INTERFACES(ipv6_conf_file_rows)};

static const struct vfs_row ipv6_neigh_file_rows[] = {
    HOST("anycast_delay"), HOST("app_solicit"), HOST("base_reachable_time"),
    HOST("base_reachable_time_ms"), HOST("delay_first_probe_time"), HOST("gc_stale_time"),
    HOST("interval_probe_time_ms"), HOST("locktime"), HOST("mcast_resolicit"),
    HOST("mcast_solicit"), HOST("proxy_delay"), HOST("proxy_qlen"), HOST("retrans_time"),
    HOST("retrans_time_ms"), HOST("ucast_solicit"), HOST("unres_qlen"), HOST("unres_qlen_bytes"),
    {},
};

static const struct vfs_row ipv6_neigh_rows[] = {
    DIRECTORY("default", ipv6_neigh_file_rows),
    {},
};

static const struct vfs_row ipv6_neigh_row = {INTERFACES(ipv6_neigh_file_rows)};

static const struct vfs_row ipv6_route_rows[] = {
    HOST("gc_elasticity"), HOST("gc_interval"), HOST("gc_min_interval"),
    HOST("gc_min_interval_ms"), HOST("gc_thresh"), HOST("gc_timeout"), HOST("max_size"),
    HOST("min_adv_mss"), HOST("mtu_expires"), HOST("skip_notify_on_dev_down"),
    {},
};

static const struct vfs_row ipv6_icmp_rows[] = {
    HOST("echo_ignore_all"), HOST("echo_ignore_anycast"), HOST("echo_ignore_multicast"),
    HOST("error_anycast_as_unicast"), HOST("ratelimit"), HOST("ratemask"),
    {},
};

static const struct vfs_row ipv6_rows[] = {
    MANY("conf", ipv6_conf),
    HOST("anycast_src_echo_reply"), HOST("auto_flowlabels"), HOST("bindv6only"),
    HOST("fib_multipath_hash_fields"), HOST("fib_multipath_hash_policy"),
    HOST("fib_notify_on_flag_change"), HOST("flowlabel_consistency"), HOST("flowlabel_reflect"),
    HOST("flowlabel_state_ranges"), HOST("fwmark_reflect"), DIRECTORY("icmp", ipv6_icmp_rows),
    HOST("idgen_delay"), HOST("idgen_retries"), HOST("ioam6_id"), HOST("ioam6_id_wide"),
    HOST("ip6frag_high_thresh"), HOST("ip6frag_low_thresh"), HOST("ip6frag_secret_interval"),
    HOST("ip6frag_time"), HOST("ip_nonlocal_bind"), HOST("max_dst_opts_length"),
    HOST("max_dst_opts_number"), HOST("max_hbh_length"), HOST("max_hbh_opts_number"),
    HOST("mld_max_msf"), HOST("mld_qrv"), MANY("neigh", ipv6_neigh),
    DIRECTORY("route", ipv6_route_rows), HOST("seg6_flowlabel"), HOST("xfrm6_gc_thresh"),
    {},
};

static const struct vfs_row unix_rows[] = {
    HOST("max_dgram_qlen"),
    {},
};

const struct vfs_row vfs_sysctl_net_rows[] = {
    DIRECTORY("core", core_rows),
    DIRECTORY("ipv4", ipv4_rows),
    DIRECTORY("ipv6", ipv6_rows),
    DIRECTORY("unix", unix_rows),
    {},
};
/* clang-format on */
