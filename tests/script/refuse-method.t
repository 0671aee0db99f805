# The client does only PAP, the server only MS-CHAPv2.
client A auth pap
dial A
expect A down within 60s
expect server sessions 0
expect explain 10.0.0.2 contains auth-refused
expect server empty within 60s
