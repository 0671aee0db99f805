# Which /64 of the prefix; what a client without IPv6, and a hub without, are given.
config +<<END
hub DEFAULT
 ipv6 prefix fd00:0:0:4::/62
END
client A ipv6
client B user bob password secret2 at 198.51.100.7
dial A
expect A up
run 1s
expect A prefix fd00:0:0:5::
expect session alice assigned_ipv6 fd00:0:0:5::/64
dial B
expect B up
run 1s
expect B advertised 0
ping B 10.4.5.1
spoof6 B fd00:0:0:6::1
expect server counter ipv6-off 1
hangup A
expect A down
dial A
expect A up
run 1s
expect A prefix fd00:0:0:6::
ping6 A fd00:0:0:4::1
