# The administrator ends a session: the client hears it, the other one stays.
client A at 10.0.0.2
client B at 10.0.0.3 user bob password secret2
dial A
dial B
expect A up within 20s
expect B up within 20s
logoff alice
expect A down reason peer-cdn within 20s
expect A noted ppp-terminate
expect A noted "result 3"
expect server sessions 1
expect explain alice contains administrator
ping B 10.4.5.1
logoff bob
expect B down within 20s
expect server empty within 60s
