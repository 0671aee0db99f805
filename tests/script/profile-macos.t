# macOS and iOS since 2016, a day long: racoon's attribute order, 14 transforms, twelve vendor ids, DPD
# answered, INITIAL-CONTACT in message 5, Quick Mode message 3 twice, ephemeral L2TP port, ICRQ behind
# SCCCN, ACSP, DHCPINFORM, byte-swapped results at the end; a new Main Mode every 48 minutes and ESP likewise.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
END
client A nat 198.51.100.9 profile apple-2016+
dial A
expect A up within 20s
expect session alice client "macOS/iOS"
expect session alice l2tp_client "macOS/iOS"
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
expect A told ike-renewed 28+
expect A told child-up 28+
expect A up
hangup A
expect A down reason hang-up
expect explain alice contains "result 3 (administrative reasons)"
expect explain alice contains "peer deleted the ISAKMP SA"
expect server empty within 40s
# without a NAT, for half a day
client B at 192.0.2.77 profile apple-2016+ user bob password secret2
dial B
expect B up within 20s
use B 10.4.5.1 43200s every 600s
hangup B
expect B down reason hang-up
expect server empty within 40s
