# The client's computer starts again and dials while its old connection still stands here, from
# the same address and ports: its new session takes the old one's place at once, it does not
# wait for Hellos to fail.
client A nat 198.51.100.9
dial A
expect A up within 20s
ping A 10.4.5.1
expect server sessions 1
crash A
dial A
expect A up within 20s
ping A 10.4.5.1
run 60s
expect server sessions 1
expect explain alice contains dialled-again
# and its story goes on in the one of the connection that it took over
expect explain anybody attempts 1
run 100s
ping A 10.4.5.1
hostping A
# INITIAL-CONTACT that comes late ends only what was before its SA
contact A
run 60s
ping A 10.4.5.1
expect server sessions 1
hangup A
expect A down
expect server empty within 90s
