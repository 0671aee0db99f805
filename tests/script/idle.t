# vpn-idle-timeout: Hello is not use; a ping is.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout 2
END
client A
dial A
expect A up within 20s
run 100s
ping A 10.4.5.1
run 100s
expect server sessions 1
expect server sessions 0 within 60s
expect explain alice contains idle-timeout
expect A down within 20s
expect server empty within 60s
