# A client that loses its network without a word: L2TP Hello ends the session.
client A nat 198.51.100.9
dial A
expect A up within 20s
ping A 10.4.5.1
vanish A
run 50s
expect server sessions 1
expect server sessions 0 within 90s
expect explain alice contains hello-timeout
expect server empty within 90s
