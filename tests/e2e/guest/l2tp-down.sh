#!/bin/sh
# Hangs up in the orderly way: xl2tpd's disconnect (LCP Terminate, CDN, StopCCN),
# then Delete for the IPsec and ISAKMP SAs; waits for each to be gone.
l2tp_down() {
	[ -p /run/xl2tpd/l2tp-control ] && pidof xl2tpd >/dev/null || return
	echo "d lab" >/run/xl2tpd/l2tp-control
	for i in $(seq 100); do
		[ -e /sys/class/net/ppp0 ] || pidof pppd >/dev/null || break
		sleep 0.1
	done
	sleep 0.5 # StopCCN and its acknowledgement have no sign that can be waited for
}

charon_down() {
	ipsec down 'lab[*]'
	for i in $(seq 50); do
		ipsec statusall | grep -q 'lab\[.*\(ESTABLISHED\|CONNECTING\|DELETING\)' || break
		sleep 0.1
	done
}

pluto_down() {
	ipsec whack --name lab --terminate
	for i in $(seq 50); do
		ipsec whack --showstates | grep -q '"lab"' || break
		sleep 0.1
	done
}

l2tp_down
for daemon in charon pluto; do
	if pidof $daemon >/dev/null; then ${daemon}_down; fi
done
ip -4 -o address show dev ppp0 2>/dev/null | grep -q inet && { echo "ppp0 is still up"; exit 1; }
exit 0
