#!/bin/sh
# Starts libreswan's pluto without systemd and returns when it has loaded the connection and
# the key. Its key database is the root's own (make-root), copied to where it can be written.
if pidof pluto >/dev/null; then
	ipsec whack --shutdown >/dev/null 2>&1
	for i in $(seq 50); do pidof pluto >/dev/null || break; sleep 0.1; done
fi
if ! mountpoint -q /var/lib/ipsec; then
	cp -a /var/lib/ipsec /run/lib-ipsec
	mount --bind /run/lib-ipsec /var/lib/ipsec
fi
mkdir -p /run/pluto
: >/var/log/pluto.log
ipsec pluto --config /etc/ipsec.conf --logfile /var/log/pluto.log || exit 1
for i in $(seq 150); do
	grep -q '"lab": added' /var/log/pluto.log && grep -q 'loading secrets' /var/log/pluto.log && exit 0
	sleep 0.1
done
echo "pluto did not load the connection"
exit 1
