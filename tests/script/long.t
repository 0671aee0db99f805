# Two hours idle but for Hello: longer than the client's ESP lifetime, shorter than its ISAKMP one.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
END
client A nat 198.51.100.9
dial A
expect A up within 20s
ping A 10.4.5.1
run 3000s
ping A 10.4.5.1
hangup A
expect A down reason hang-up
expect server empty within 1s
