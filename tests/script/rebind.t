# The NAT gives the client other ports in the middle of a session: the next packet moves it.
client A nat 198.51.100.9
dial A
expect A up within 20s
ping A 10.4.5.1
rebind A
ping A 10.4.5.1
hostping A
expect server counter path-changed 1
run 10s
rebind A
ping A 10.4.5.1
hostping A
expect server sessions 1
run 120s
ping A 10.4.5.1
hangup A
expect A down reason hang-up
expect server empty within 1s
