# IPv6 inside: each session has a /64 of its own, learnt by router advertisement; both ways to
# the host on the TAP and between clients; temporary addresses; nobody else's address.
workers 2
config +<<END
hub DEFAULT
 ipv6 prefix 2001:db8:1::/48
 ipv6 dns-server 2001:db8:53::53
END
client A ipv6
client B user bob password secret2 at 198.51.100.7 ipv6
dial A
dial B
expect A up
expect B up
run 1s
expect A router fe80::2
expect A dns6 2001:db8:53::53
expect A mtu6 1400
expect A advertised 1
expect explain alice contains ipv6-up
# four pings, every second one from a temporary address
ping6 A 2001:db8:1::1
ping6 A 2001:db8:1::1 0
ping6 A 2001:db8:1::1 1352
ping6 A 2001:db8:1::1
hostping6 A
hostping6 A 1352
hostping6 B
ping6 A B
ping6 B A 1352
expect server counter ipv6-source-address 0
expect server counter nd-answered 1+
# larger than a session takes: the host is told (RFC 4443), not cut off
expect server counter too-big 0
hostping6 A 1353
expect server counter icmp-too-big-sent 1
# another's address, the host's, the router's, one out of nowhere, none
spoof6 A B
spoof6 A 2001:db8:1::1
spoof6 A fe80::2
spoof6 A 2001:db8:ffff::1
spoof6 A ::
expect server counter ipv6-source-address 5
# IPv4 goes on beside it
ping A 10.4.5.1
hostping A
# it asks, and it is told without asking
solicit A
expect A advertised 2
run 40s
expect A advertised 4
run 600s
expect A advertised 6
ping6 A B
rekey A
ping6 A 2001:db8:1::1
# the prefix goes with its session, and is not the next one's
hangup A
expect A down
dial A
expect A up
run 1s
ping6 A 2001:db8:1::1
ping6 A B
hangup B
expect B down
hangup A
expect A down
expect server empty within 60s
