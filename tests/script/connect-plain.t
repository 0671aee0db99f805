# A client that knows no NAT traversal: IP protocol 50 both ways.
client A plain
dial A
expect A up within 20s
expect server sessions 1
expect explain anybody contains "no UDP encapsulation"
ping A 10.4.5.1
ping A 10.4.5.1 1372
hostping A
hangup A
expect A down reason hang-up within 10s
expect server empty within 1s
