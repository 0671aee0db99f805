# The same client again, after an orderly end and after a crash.
client A nat 198.51.100.9
dial A
expect A up within 20s
hangup A
expect A down reason hang-up
dial A
expect A up within 20s
ping A 10.4.5.1
vanish A
run 5s
client B nat 198.51.100.9
dial B
expect B up within 20s
ping B 10.4.5.1
expect server sessions 1 within 120s
ping B 10.4.5.1
hangup B
expect B down reason hang-up
expect server empty within 90s
