# Windows 10, a day long: five phase 1 transforms with ECP groups first, Microsoft's vendor ids, Quick
# Modes numbered 1, 2, 3 with one proposal a suite, SCCRQ from port 1701, Callback in LCP, CCP, IPV6CP,
# Identification, DHCPINFORM; ESP renewed every hour, Main Mode every 8 hours. The NAT moves it twice.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
END
client A nat 198.51.100.9 profile windows10
dial A
expect A up within 20s
expect session alice client "Windows"
expect session alice l2tp_client "Windows 10/11"
run 1s
expect A noted dhcp-ack
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
expect A told ike-renewed 2+
expect A told child-up 20+
expect A up
hangup A
expect A down reason hang-up
expect explain alice contains "result 3 (administrative reasons)"
expect explain alice contains "peer deleted the ISAKMP SA"
expect server empty within 40s
# without a NAT, for half a day
client B at 192.0.2.77 profile windows10 user bob password secret2
dial B
expect B up within 20s
use B 10.4.5.1 43200s every 600s
hangup B
expect B down reason hang-up
expect server empty within 40s
