#!/bin/sh
# Dials: starts xl2tpd if it does not run, asks it to connect, and waits until ppp0
# has an address (exit 0), the attempt is over (exit 1) or time is up (exit 2).
# usage: l2tp-up.sh SECONDS
log=/var/log/xl2tpd.log

start_daemon() {
	pidof xl2tpd >/dev/null && return
	mkdir -p /run/xl2tpd
	setsid xl2tpd -D >>$log 2>&1 </dev/null &
	for i in $(seq 50); do [ -p /run/xl2tpd/l2tp-control ] && return; sleep 0.1; done
	echo "xl2tpd has no control pipe"
}

has_address() { ip -4 -o address show dev ppp0 2>/dev/null | grep -q 'inet '; }

# Only words that end an attempt; a retransmission is not one.
is_over() {
	grep -qE 'Maximum retries exceeded|Connection closed to|Call closed|pppd exited|child_handler|Connection (refused|timed out)|Unable to (connect|open)' $log ||
		grep -qE 'Connection terminated|authentication failed|Exit\.' /var/log/ppp.log
}

: >$log
: >/var/log/ppp.log
start_daemon
echo "c lab" >/run/xl2tpd/l2tp-control
deadline=$(($(date +%s) + $1))
while [ "$(date +%s)" -lt $deadline ]; do
	has_address && exit 0
	is_over && exit 1
	sleep 0.1
done
exit 2
