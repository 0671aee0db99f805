# The clock jumps over the lifetimes of all SAs (a virtual machine that slept). The server takes
# the client's new phase 1 for somebody else's, because nothing was heard for hours; when the late
# answer to its Hello proves that they are one, the client has a new pair of ESP SAs already, which
# moves to the peer with the session. Two workers, and the other client is on the less loaded one:
# the new SPI must name the session's worker.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
tunnel-group DefaultRAGroup ipsec-attributes
 isakmp keepalive disable
END
workers 2
client B nat 198.51.100.8 user bob password secret2
dial B
expect B up within 20s
client A nat 198.51.100.9
dial A
expect A up within 20s
run 100s
jump 32400s
# behind a Delete, a keepalive, and the first message of Main Mode with its Deletes
delay A->S 5 500ms
renew A
run 200ms
rekey A
run 60s
expect A up
ping A 10.4.5.1
hostping A
expect server sessions 2
use A 10.4.5.1 7200s every 600s
hangup A
expect A down reason hang-up
hangup B
expect B down reason hang-up
expect server empty within 1s
