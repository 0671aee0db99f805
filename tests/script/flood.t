# Strangers fill the half-open table twice over: an honest client gets in all the same, and
# nothing stays.
client X psk wrong at 10.9.9.9
dial X
run 1s
flood 9000
client A nat 198.51.100.9
dial A
expect A up within 20s
ping A 10.4.5.1
flood 5000
ping A 10.4.5.1
hostping A
hangup A
expect A down reason hang-up
expect X down within 60s
expect server empty within 60s
