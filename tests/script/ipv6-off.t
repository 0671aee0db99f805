# A hub without a prefix: IPV6CP is refused, IPv4 is as ever, IPv6 goes nowhere.
client A ipv6
dial A
expect A up
run 1s
expect A advertised 0
ping A 10.4.5.1
spoof6 A fe80::1
expect server counter ipv6-off 1
expect server counter packets-punted 0
hangup A
expect A down
