# A wrong password: MS-CHAP error 691 (RFC 2759 section 6), then PPP, call and SAs end.
client A password wrong
dial A
expect A down reason auth-failed within 40s
expect A noted "E=691 R=1"
expect server sessions 0
expect explain alice contains wrong-password
expect explain alice contains "691"
expect server empty within 60s
