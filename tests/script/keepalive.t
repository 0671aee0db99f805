# RFC 3948 4: a client behind a NAT that nothing is sent to hears one octet every 20 s, from
# the worker; one without a NAT never does.
client B
dial B
expect B up within 20s
run 130s
expect server counter tx-keepalive 0
hangup B
expect B down reason hang-up within 10s
client A nat 198.51.100.9
dial A
expect A up within 20s
run 18s
expect server counter tx-keepalive 0
run 3s
expect server counter tx-keepalive 1
run 25s
expect server counter tx-keepalive 2
# whoever is sent to needs none
use A 10.4.5.1 120s every 10s
expect server counter tx-keepalive 2
run 45s
expect server counter tx-keepalive 3+
hangup A
expect A down reason hang-up within 10s
expect server empty within 1s
