# NetworkManager-l2tp with strongSwan, a day long: ephemeral L2TP port, XAUTH and DPD vendor ids,
# ESP renewed every 51 minutes, re-authentication by a new Main Mode every 2.7 hours that keeps the
# ESP SAs. The NAT moves it twice.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
END
client A nat 198.51.100.9 profile strongswan
dial A
expect A up within 20s
expect session alice client "strongSwan"
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
expect A told ike-renewed 8+
expect A told child-up 27+
expect A up
hangup A
expect A down reason hang-up
expect explain alice contains "result 3 (administrative reasons)"
expect explain alice contains "peer deleted the ISAKMP SA"
expect server empty within 40s
# without a NAT, for half a day
client B at 192.0.2.77 profile strongswan user bob password secret2
dial B
expect B up within 20s
use B 10.4.5.1 43200s every 600s
hangup B
expect B down reason hang-up
expect server empty within 40s
