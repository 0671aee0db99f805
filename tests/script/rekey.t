# The client renews its ESP SAs: packets pass before, between and after the old pair goes; the
# server never uses a sequence number of an SA twice.
client A nat 198.51.100.9
dial A
expect A up within 20s
ping A 10.4.5.1
hostping A
rekey A
run 1s
ping A 10.4.5.1
hostping A
drop-old A
run 1s
ping A 10.4.5.1
ping A 10.4.5.1
hostping A
rekey A
run 1s
rekey A
run 3s
ping A 10.4.5.1
drop-old A
ping A 10.4.5.1
drop-old A
ping A 10.4.5.1
hostping A
run 70s
ping A 10.4.5.1
expect server sessions 1
hangup A
expect A down reason hang-up
expect server empty within 1s
