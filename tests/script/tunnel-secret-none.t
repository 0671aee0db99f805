# A client that wants tunnel authentication where the server has no secret: refused by name.
client A nat 198.51.100.9 profile strongswan secret "a tunnel key"
dial A
expect A down within 60s
expect explain anybody contains no-tunnel-secret
expect server empty within 60s
