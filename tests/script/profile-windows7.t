# Windows 7 with multilink ticked, a day long; otherwise as Windows 10.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
END
client A nat 198.51.100.9 profile windows7
dial A
expect A up within 20s
expect session alice client "Windows"
expect session alice l2tp_client "Windows 7"
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
expect server empty within 40s
# without a NAT, for half a day
client B at 192.0.2.77 profile windows7 user bob password secret2
dial B
expect B up within 20s
use B 10.4.5.1 43200s every 600s
hangup B
expect B down reason hang-up
expect server empty within 40s
