# One datagram in six is lost, in both directions, all the time.
seed 3
client A nat 198.51.100.9
client B nat 198.51.100.9 user bob password secret2
loss 16
dial A
dial B
expect A up within 90s
expect B up within 90s
run 300s
loss 0
ping A 10.4.5.1
ping B 10.4.5.1
loss 16
hangup A
hangup B
expect A down reason hang-up within 60s
expect B down reason hang-up within 60s
loss 0
expect server empty within 150s
