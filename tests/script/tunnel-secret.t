# L2TP tunnel authentication (RFC 2661 5.1.1): both sides prove the secret, or there is no tunnel.
config +<<END
l2tp tunnel secret "a tunnel key"
END
client A nat 198.51.100.9 profile strongswan secret "a tunnel key"
dial A
expect A up within 20s
ping A 10.4.5.1
hangup A
expect A down reason hang-up
expect server empty within 40s
# another secret: the client finds the server's response wrong
client B nat 198.51.100.10 profile strongswan secret "another key"
dial B
expect B down within 60s
expect server empty within 60s
# none, as Windows and macOS: the server gets no response
client C nat 198.51.100.11 profile windows10
dial C
expect C down within 60s
expect explain anybody contains tunnel-authentication
expect server empty within 60s
