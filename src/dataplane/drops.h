/*
 * drops: every reason for which a worker drops something, and what it counts
 * besides. Name (stable, kebab-case, for metrics and scripts) and a sentence.
 * One array of uint64_t a worker; written by its thread only.
 */
#pragma once

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
	X(ESP_SELECTOR, "esp-selector", "authentic ESP packets with another protocol than UDP")    \
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
	X(NO_TAP, "no-tap", "packets for the host of a hub that has no TAP here")                  \
	X(TAP_WRITE, "tap-write", "frames that the TAP did not take")                              \
	X(FRAME_SHORT, "frame-short", "frames from the TAP without a whole header")                \
	X(FRAME_GROUP, "frame-group", "broadcast and multicast frames from the TAP")               \
	X(FRAME_NOT_PORT, "frame-not-port", "frames for a MAC address of no session")              \
	X(FRAME_NOT_IPV4, "frame-not-ipv4", "frames for a session that are not IPv4")              \
	X(ARP_MALFORMED, "arp-malformed", "ARP packets cut or not for IPv4 over Ethernet")         \
	X(ARP_IGNORED, "arp-ignored", "ARP packets that no session has to answer")                 \
	X(GSO, "gso", "super-packets that cannot be cut")                                          \
	X(CSUM, "checksum-offload", "frames with a checksum offset outside of the packet")         \
	X(TOO_BIG, "too-big", "packets above a session's MTU with DF set")                         \
	X(ICMP_LIMIT, "icmp-limit", "ICMP errors not sent: rate limit or not allowed")             \
	X(NO_SA_OUT, "no-sa-out", "packets for a peer without an outbound security association")   \
	X(SEQ_EXHAUSTED, "esp-sequence-exhausted", "packets not sent: sequence numbers used up")   \
	X(OUT_LONG, "out-long", "packets too long to be sent")                                     \
	X(TX, "tx", "datagrams that the socket did not take")                                      \
	X(HANDOFF_FULL, "handoff-full", "packets for another worker whose ring was full")          \
	X(HANDOFF_NONE, "handoff-no-worker", "packets for a worker that does not exist")           \
	X(PUNT_ISAKMP_LIMIT, "punt-isakmp-limit", "ISAKMP messages above the rate limit")          \
	X(PUNT_L2TP_LIMIT, "punt-l2tp-limit", "L2TP messages above the rate limit")                \
	X(PUNT_L2TP_PEER, "punt-l2tp-peer-limit", "L2TP messages above one peer's share")          \
	X(PUNT_EVENT_LIMIT, "punt-event-limit", "events for control above the rate limit")         \
	X(PUNT_FULL, "punt-full", "punts while control's ring was full")

#define DP_COUNTS(X)                                                                               \
	X(RX_DATAGRAMS, "rx-datagrams", "datagrams received, GRO batches cut")                     \
	X(RX_KEEPALIVE, "rx-keepalive", "NAT keepalives received")                                 \
	X(ESP_IN, "esp-in", "ESP packets accepted")                                                \
	X(USER_IN, "user-in", "users' IP packets accepted")                                        \
	X(USER_OUT, "user-out", "IP packets sent to users")                                        \
	X(ESP_OUT, "esp-out", "ESP packets sent")                                                  \
	X(TX_SENDS, "tx-sends", "sends to the kernel, each a datagram or a run of them")           \
	X(TAP_FRAMES_IN, "tap-frames-in", "frames and super-packets read from the TAP")            \
	X(TAP_FRAMES_OUT, "tap-frames-out", "frames and super-packets written to the TAP")         \
	X(TAP_MERGED, "tap-merged", "TCP segments merged into the super-packet before them")       \
	X(ARP_ANSWERED, "arp-answered", "ARP requests answered for sessions")                      \
	X(ICMP_TOO_BIG, "icmp-too-big-sent", "ICMP fragmentation-needed messages sent")            \
	X(MSS_CLAMPED, "mss-clamped", "TCP SYN segments whose MSS was lowered")                    \
	X(HANDOFFS, "handoffs", "packets given to another worker")                                 \
	X(PATH_CHANGED, "path-changed", "outer paths of peers changed by their packets")           \
	X(PATH_HELD, "path-held", "path changes not followed: less than 5 s after the last")       \
	X(PUNTS, "punts", "punts given to control")                                                \
	X(COMMANDS, "commands", "commands done")                                                   \
	X(COMMANDS_REFUSED, "commands-refused", "commands refused")

enum dp_count {
#define X(id, name, help) DROP_##id,
	DP_DROPS(X)
#undef X
#define X(id, name, help) COUNT_##id,
		DP_COUNTS(X)
#undef X
			DP_COUNT_N
};
