# Several workers: every session has its own, all reach the host and each other.
workers 4
client A at 10.0.0.2
client B at 10.0.0.3 nat 198.51.100.9 user bob password secret2
client C at 10.0.0.4 plain
client D at 10.0.0.5 user bob password secret2
client E at 10.0.0.6
dial A
dial B
dial C
dial D
dial E
expect A up
expect B up
expect C up
expect D up
expect E up
expect server sessions 5
ping A 10.4.5.1
ping B 10.4.5.1
ping C 10.4.5.1
ping D 10.4.5.1
ping E 10.4.5.1
ping A 10.4.5.11
ping E 10.4.5.12
ping C 10.4.5.13
hostping A
hostping B
hostping C
hostping D
hostping E
hangup A
hangup B
hangup C
hangup D
hangup E
expect A down reason hang-up
expect B down reason hang-up
expect C down reason hang-up
expect D down reason hang-up
expect E down reason hang-up
expect server empty within 1s
