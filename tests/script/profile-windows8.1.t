# Windows 8.1 as it was seen with a server behind NAT: its first Quick Mode has port 0 in both IDs, a
# second one with port 1701 follows at once and the first pair is deleted; then as Windows 10.
server-nat 10.9.9.9
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
END
client A nat 198.51.100.9 profile windows8.1
dial A
expect A up within 20s
expect session alice client "Windows"
expect session alice l2tp_client "Windows 8.1"
run 15s
expect A told child-up 2
expect A told rekeyed 1
ping A 10.4.5.1
hostping A
use A 10.4.5.1 86400s every 600s
expect server sessions 1
expect A told ike-renewed 2+
hangup A
expect A down reason hang-up
expect server empty within 40s
