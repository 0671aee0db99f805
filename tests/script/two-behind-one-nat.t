# Two clients behind one NAT with the same inner address and the same ports.
client A at 192.168.1.2 nat 198.51.100.9
client B at 192.168.1.2 nat 198.51.100.9 user bob password secret2
dial A
expect A up within 20s
dial B
expect B up within 20s
expect server sessions 2
expect A address 10.4.5.10
expect B address 10.4.5.11
ping A 10.4.5.1
ping B 10.4.5.1
hostping A
hostping B
hangup A
expect A down reason hang-up
expect server sessions 1
ping B 10.4.5.1
hostping B
hangup B
expect B down reason hang-up
expect server empty within 1s
