# A client behind a NAT connects, pings the gateway, is pinged, and hangs up.
client A nat 198.51.100.9
dial A
expect A up within 20s
expect A address 10.4.5.10
expect A peer 10.4.5.1
expect A dns 10.4.5.1
expect server sessions 1
ping A 10.4.5.1
ping A 10.4.5.1 1372
ping A 192.0.2.77
hostping A
hangup A
expect A down reason hang-up within 10s
expect server empty within 1s
