# Where only clients behind NAT are to use UDP encapsulation, one that is not uses protocol 50.
config +<<END
crypto isakmp nat-traversal encapsulate detected
END
client A at 10.0.0.2
client B at 10.0.0.3 nat 198.51.100.9 user bob password secret2
dial A
expect A up within 20s
expect explain alice contains "no UDP encapsulation"
ping A 10.4.5.1
dial B
expect B up within 20s
expect explain bob contains "transport mode in UDP"
ping B 10.4.5.1
hangup A
hangup B
expect A down reason hang-up
expect B down reason hang-up
expect server empty within 1s
