# Another pre-shared key: the server tells nothing to a stranger that it cannot prove, the
# client gives up, explain knows why.
client A nat 198.51.100.9 psk wrong
dial A
expect A down reason peer-auth-failed within 60s
expect server sessions 0
expect explain 198.51.100.9 contains psk-mismatch
expect explain 198.51.100.9 contains "pre-shared key on the client is not the server's"
expect server empty within 60s
