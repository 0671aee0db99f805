# A client that says INITIAL-CONTACT: what it had before it started again ends by that.
config +<<END
crypto ikev1 policy 10
 authentication pre-share
 encryption aes-256
 hash sha
 group 2
END
client A nat 198.51.100.9 profile android-7.1-11
dial A
expect A up within 20s
ping A 10.4.5.1
run 1s
crash A
dial A
expect A up within 20s
ping A 10.4.5.1
run 60s
expect server sessions 1
expect explain alice contains client-restarted
hangup A
expect A down
expect server empty within 90s
