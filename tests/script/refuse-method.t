# The client does only PAP, the server only MS-CHAPv2.
client A auth pap
dial A
expect A down reason peer-cdn within 60s
expect A noted "ppp-terminate"
expect A noted "auth-refused"
expect server sessions 0
expect explain 10.0.0.2 contains auth-refused
expect server empty within 60s
