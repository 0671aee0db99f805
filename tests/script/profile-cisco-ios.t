# Cisco IOS, two days long: one transform with MODP 1024, Unity and XAUTH vendor ids in message 3,
# 4608000 kB, Main Mode renewed every 24 hours.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
crypto ikev1 policy 10
 authentication pre-share
 encryption aes
 hash sha
 group 2
END
client A nat 198.51.100.9 profile cisco-ios
dial A
expect A up within 20s
expect session alice client "Cisco IOS"
expect session alice l2tp_client "Cisco IOS"
ping A 10.4.5.1
hostping A
use A 10.4.5.1 57600s every 300s
rebind A
ping A 10.4.5.1
use A 10.4.5.1 57600s every 300s
rebind A
ping A 10.4.5.1
use A 10.4.5.1 57600s every 300s
expect server sessions 1
expect A told ike-renewed 1+
expect A told child-up 40+
expect A up
hangup A
expect A down reason hang-up
expect server empty within 40s
# without a NAT, for half a day
client B at 192.0.2.77 profile cisco-ios user bob password secret2
dial B
expect B up within 20s
use B 10.4.5.1 43200s every 600s
hangup B
expect B down reason hang-up
expect server empty within 40s
