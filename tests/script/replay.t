# Every datagram of a whole connection sent again, from where it came, changes nothing:
# while the session is up, and after its end.
client A nat 198.51.100.9
dial A
expect A up within 20s
ping A 10.4.5.1
ping A 10.4.5.1
replay
expect server sessions 1
expect server counter path-changed 0
expect server counter esp-replay-seen 10+
expect server counter esp-icv 0
ping A 10.4.5.1
hostping A
hangup A
expect A down reason hang-up
# the first message of Main Mode alone is a stranger's: its slot is free again after 30 s
expect server empty within 40s
replay
expect server sessions 0
expect server empty within 60s
client B nat 198.51.100.10 user bob password secret2
dial B
expect B up within 20s
replay
expect server sessions 1
ping B 10.4.5.1
hangup B
expect B down reason hang-up
expect server empty within 60s
