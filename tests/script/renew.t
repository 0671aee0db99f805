# The client renews its ISAKMP SA: a new Main Mode and pair of ESP SAs, then a Delete for the old
# ones, as macOS and iOS do every 48 to 54 minutes and Windows every 8 hours. The session stays.
client A nat 198.51.100.9
dial A
expect A up within 20s
ping A 10.4.5.1
renew A
run 5s
ping A 10.4.5.1
hostping A
run 200s
ping A 10.4.5.1
expect server sessions 1
renew A
run 5s
ping A 10.4.5.1
hangup A
expect A down reason hang-up
expect server empty within 1s
