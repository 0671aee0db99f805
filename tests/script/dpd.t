# Dead peer detection: a client that is silent is asked, one that answers stays, one that
# has vanished goes, long before L2TP's Hello would notice.
config +<<END
tunnel-group DefaultRAGroup ipsec-attributes
 isakmp keepalive threshold 10 retry 2
END
client A at 192.168.1.2 nat 198.51.100.9
client B at 192.168.1.3 nat 198.51.100.9 user bob password secret2
dial A
expect A up
dial B
expect B up
run 50s
expect server sessions 2
vanish A
run 36s
expect server sessions 2
expect server sessions 1 within 6s
expect explain alice contains "dead peer detection"
ping B 10.4.5.1
hangup B
expect B down reason hang-up
expect server empty within 60s
