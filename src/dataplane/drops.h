/*
 * drops: every reason for which a worker drops something, and what it counts
 * besides. Name (stable, kebab-case, for metrics and scripts) and a sentence.
 * One array of uint64_t a worker; written by its thread only.
 */
#pragma once

#include "hub/drops.h"

#define DP_DROPS(X)                                                                                \
	X(RX_SHORT, "rx-short", "UDP datagrams too short for ESP or ISAKMP")                       \
	X(RX_LONG, "rx-long", "ISAKMP messages longer than is handled")                            \
	X(ESP_SHORT, "esp-short", "ESP packets too short or not a whole number of blocks")         \
	X(SPI_UNKNOWN, "esp-spi-unknown", "ESP packets of no security association")                \
	X(REPLAY_ZERO, "esp-sequence-zero", "ESP packets with sequence number 0")                  \
	X(REPLAY_OLD, "esp-replay-old", "ESP packets behind the replay window")                    \
	X(REPLAY_SEEN, "esp-replay-seen", "ESP packets received a second time")                    \
	X(ESP_ICV, "esp-icv", "ESP packets with a wrong integrity check value")                    \
	X(ESP_PADDING, "esp-padding", "authentic ESP packets with wrong padding")                  \
	X(ESP_DUMMY, "esp-dummy", "ESP dummy packets (next header 59)")                            \
	X(ESP_SELECTOR, "esp-selector", "authentic ESP packets with another protocol")             \
	X(ESP_TUNNEL, "esp-tunnel", "authentic ESP packets in tunnel mode on a transport mode SA") \
	X(ESP_TRANSPORT, "esp-transport", "authentic ones in transport mode on a tunnel mode SA")  \
	X(TUNNEL_HEADER, "tunnel-header", "inner headers of tunnel mode cut, wrong or not IPv4")   \
	X(TUNNEL_FRAGMENT, "tunnel-fragment", "inner packets of tunnel mode that are fragments")   \
	X(TUNNEL_ADDRESS, "tunnel-address", "inner packets of tunnel mode outside the selectors")  \
	X(ESP_LIFE_IN, "esp-lifetime-in", "ESP packets on an SA beyond its lifetime in kilobytes") \
	X(ETHERIP_NO_PORT, "etherip-no-port", "EtherIP packets of peers without a port of a hub")  \
	X(ETHERIP_SHORT, "etherip-short", "EtherIP packets without a whole Ethernet header")       \
	X(ETHERIP_HEADER, "etherip-header", "EtherIP packets with another header than 3000")       \
	X(UDP_LENGTH, "inner-udp-length", "inner UDP headers cut or with a wrong length")          \
	X(L2TP_PORT, "l2tp-port", "L2TP data to another UDP port than the session's")              \
	X(L2TP_SHORT, "l2tp-short", "L2TP messages that end inside their header")                  \
	X(L2TP_VERSION, "l2tp-version", "L2TP messages of another version than 2")                 \
	X(L2TP_LENGTH, "l2tp-length", "L2TP messages with a wrong length field")                   \
	X(PPP_SHORT, "ppp-short", "PPP frames that end inside their protocol field")               \
	X(IPV4_SHORT, "ipv4-short", "IPv4 packets shorter than their header")                      \
	X(IPV4_VERSION, "ipv4-version", "packets that say they are IPv4 and are not")              \
	X(IPV4_IHL, "ipv4-ihl", "IPv4 packets with a header length below 20")                      \
	X(IPV4_LENGTH, "ipv4-length", "IPv4 packets with a wrong total length")                    \
	X(IPV4_SUM, "ipv4-checksum", "IPv4 packets with a wrong header checksum")                  \
	X(SOURCE, "source-address", "user packets whose source is not the assigned address")       \
	X(DHCP_SERVER, "dhcp-server", "users' packets as a DHCP server's, to port 68")             \
	X(IPV6_SHORT, "ipv6-short", "IPv6 packets shorter than their header")                      \
	X(IPV6_VERSION, "ipv6-version", "packets that say they are IPv6 and are not")              \
	X(IPV6_LENGTH, "ipv6-length", "IPv6 packets with a wrong payload length")                  \
	X(IPV6_OFF, "ipv6-off", "IPv6 packets of or for a session that has no IPv6")               \
	X(IPV6_SOURCE, "ipv6-source-address",                                                      \
	  "user packets whose source is not in the session's prefix")                              \
	X(IPV6_SCOPE, "ipv6-scope",                                                                \
	  "user packets to multicast, link-local or unspecified addresses")                        \
	X(ND_IGNORED, "nd-ignored", "users' Neighbor Discovery that is not a solicitation to us")  \
	X(PUNT_LONG, "punt-long", "packets for control longer than it takes")                      \
	X(NO_ROUTE, "no-route", "users' packets off the segment where it has no router")           \
	X(NEXT_HOP, "next-hop", "packets for a next hop that did not answer ARP")                  \
	X(DELAY_FULL, "delay-full", "frames that a rule delays, beyond the room for them")         \
	X(NO_TAP, "no-tap", "packets for the host of a hub that has no TAP here")                  \
	X(TAP_WRITE, "tap-write", "frames that the TAP did not take")                              \
	X(FRAME_SHORT, "frame-short", "frames from the TAP without a whole header")                \
	X(FRAME_GROUP, "frame-group", "broadcast and multicast frames from the TAP")               \
	X(FRAME_NOT_PORT, "frame-not-port", "frames for a MAC address of no session")              \
	X(FRAME_NOT_IP, "frame-not-ip", "frames for a session that are neither IPv4 nor IPv6")     \
	X(FRAME_IPV6_SHORT, "frame-ipv6-short", "frames to the hub that are no whole IPv6 packet") \
	X(FRAME_IPV6_NOBODY, "frame-ipv6-nobody", "IPv6 packets for an address of no session")     \
	X(FRAME_ND_MALFORMED, "frame-nd-malformed", "Neighbor Discovery that is not valid")        \
	X(FRAME_ND_IGNORED, "frame-nd-ignored",                                                    \
	  "Neighbor Discovery that the hub has not to answer")                                     \
	X(ARP_MALFORMED, "arp-malformed", "ARP packets cut or not for IPv4 over Ethernet")         \
	X(ARP_IGNORED, "arp-ignored", "ARP packets that no session has to answer")                 \
	X(GSO, "gso", "super-packets that cannot be cut")                                          \
	X(CSUM, "checksum-offload", "frames with a checksum offset outside of the packet")         \
	X(TOO_BIG, "too-big", "packets above a session's MTU with DF set, or IPv6")                \
	X(ICMP_LIMIT, "icmp-limit", "ICMP errors not sent: rate limit or not allowed")             \
	X(NO_SA_OUT, "no-sa-out", "packets for a peer without an outbound security association")   \
	X(SEQ_EXHAUSTED, "esp-sequence-exhausted", "packets not sent: sequence numbers used up")   \
	X(ESP_LIFE_OUT, "esp-lifetime-out", "packets not sent: lifetime in kilobytes used up")     \
	X(OUT_LONG, "out-long", "packets too long to be sent")                                     \
	X(TX, "tx", "datagrams that the socket did not take")                                      \
	X(HANDOFF_FULL, "handoff-full", "packets for another worker whose ring was full")          \
	X(HANDOFF_NONE, "handoff-no-worker", "packets for a worker that does not exist")           \
	X(PUNT_ISAKMP_LIMIT, "punt-isakmp-limit", "ISAKMP messages above the rate limit")          \
	X(PUNT_ISAKMP_SOURCE, "punt-isakmp-source-limit", "ISAKMP messages above a net's share")   \
	X(PUNT_L2TP_LIMIT, "punt-l2tp-limit", "L2TP messages above the rate limit")                \
	X(PUNT_L2TP_PEER, "punt-l2tp-peer-limit", "L2TP messages above one peer's share")          \
	X(PUNT_EVENT_LIMIT, "punt-event-limit", "events for control above the rate limit")         \
	X(PUNT_PACKET_LIMIT, "punt-packet-limit", "users' questions above the rate limit")         \
	X(PUNT_PACKET_SESSION, "punt-packet-session-limit",                                        \
	  "users' questions above one session's share")                                            \
	X(PUNT_FULL, "punt-full", "punts while control's ring was full")

#define DP_COUNTS(X)                                                                               \
	X(RX_DATAGRAMS, "rx-datagrams", "datagrams received, GRO batches cut")                     \
	X(RX_KEEPALIVE, "rx-keepalive", "NAT keepalives received")                                 \
	X(ESP_IN, "esp-in", "ESP packets accepted")                                                \
	X(USER_IN, "user-in", "users' IP packets accepted")                                        \
	X(USER_OUT, "user-out", "IP packets sent to users")                                        \
	X(ESP_OUT, "esp-out", "ESP packets sent")                                                  \
	X(TX_KEEPALIVE, "tx-keepalive", "NAT keepalives sent")                                     \
	X(TX_SENDS, "tx-sends", "sends to the kernel, each a datagram or a run of them")           \
	X(TAP_FRAMES_IN, "tap-frames-in", "frames and super-packets read from the TAP")            \
	X(TAP_FRAMES_OUT, "tap-frames-out", "frames and super-packets written to the TAP")         \
	X(TAP_MERGED, "tap-merged", "TCP segments merged into the super-packet before them")       \
	X(USER_IN6, "user-in-ipv6", "of users' IP packets accepted: IPv6")                         \
	X(ARP_ASKED, "arp-asked", "ARP requests sent for sessions' next hops")                     \
	X(FRAMES_PUNTED, "frames-punted", "DHCP and ARP frames for sessions given to control")     \
	X(FLOODED, "flooded", "frames sent to several ports of a hub")                             \
	X(PORT_IN, "port-in", "frames accepted from ports that speak Ethernet")                    \
	X(PORT_OUT, "port-out", "frames sent to ports that speak Ethernet")                        \
	X(DELAYED, "delayed", "frames that an access list's rule delayed")                         \
	X(ARP_ANSWERED, "arp-answered", "ARP requests answered for sessions")                      \
	X(ND_ANSWERED, "nd-answered", "Neighbor Solicitations answered for sessions and the hub")  \
	X(ICMP_TOO_BIG, "icmp-too-big-sent",                                                       \
	  "ICMP fragmentation-needed and ICMPv6 too-big messages sent")                            \
	X(PACKETS_PUNTED, "packets-punted", "users' DHCPINFORM and ND questions given to control") \
	X(MSS_CLAMPED, "mss-clamped", "TCP SYN segments whose MSS was lowered")                    \
	X(HANDOFFS, "handoffs", "packets given to another worker")                                 \
	X(PATH_CHANGED, "path-changed", "outer paths of peers changed by their packets")           \
	X(PATH_HELD, "path-held", "path changes not followed: less than 5 s after the last")       \
	X(SA_ICV96, "sa-icv96", "SAs whose peer cuts HMAC-SHA2-256 to 96 bits")                    \
	X(SA_OUT_EVICTED, "sa-out-evicted", "parked outbound SAs forgotten for newer ones")        \
	X(PUNTS, "punts", "punts given to control")                                                \
	X(COMMANDS, "commands", "commands done")                                                   \
	X(COMMANDS_REFUSED, "commands-refused", "commands refused")

enum dp_count {
#define X(id, name, help) DROP_##id,
	DP_DROPS(X)
#undef X
/* what the hubs' switch drops, in the order of enum hub_drop */
#define X(id, name, help) DROP_HUB_##id,
		HUB_DROPS(X)
#undef X
#define X(id, name, help) COUNT_##id,
			DP_COUNTS(X)
#undef X
				DP_COUNT_N
};

static inline enum dp_count drop_of_hub(enum hub_drop why)
{
	return (enum dp_count)(DROP_HUB_SHORT + (why - HUB_DROP_SHORT));
}
