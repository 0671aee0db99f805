# NetworkManager-l2tp with libreswan, a day long: proposal and transform numbers from 0, attributes in
# pluto's order, source port 1701, DPD asked by the client.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
END
client A nat 198.51.100.9 profile libreswan
dial A
expect A up within 20s
expect session alice client "libreswan"
expect session alice l2tp_client "Linux (xl2tpd)"
ping A 10.4.5.1
hostping A
use A 10.4.5.1 28800s every 300s
rebind A
ping A 10.4.5.1
use A 10.4.5.1 28800s every 300s
rebind A
ping A 10.4.5.1
use A 10.4.5.1 28800s every 300s
expect server sessions 1
expect A told ike-renewed 3+
expect A told child-up 3+
expect A up
hangup A
expect A down reason hang-up
expect server empty within 40s
# without a NAT, for half a day
client B at 192.0.2.77 profile libreswan user bob password secret2
dial B
expect B up within 20s
use B 10.4.5.1 43200s every 600s
hangup B
expect B down reason hang-up
expect server empty within 40s
