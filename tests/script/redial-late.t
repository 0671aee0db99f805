# The administrator ends a session; the client has crashed before, so an older ISAKMP SA of it is
# still here. It dials again when that is about to be given up (45 s without a session): it gets
# in all the same. Found by tests/sim, seeds 29 and 39.
client A nat 198.51.100.9
dial A
expect A up within 20s
crash A
dial A
expect A up within 20s
run 60s
logoff alice
expect A down within 20s
run 44500ms
# its Quick Mode is lost once, so that the 45 s end between its phase 1 and its session
drop A->S 4
dial A
expect A up within 20s
run 60s
ping A 10.4.5.1
expect server sessions 1
hangup A
expect A down
expect server empty within 90s
