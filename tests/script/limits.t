# vpn-simultaneous-logins: a further login ends an older session of the user; and
# vpn-session-timeout ends every session.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-simultaneous-logins 2
 vpn-session-timeout 3
END
client A at 10.0.0.2
client B at 10.0.0.3
client C at 10.0.0.4
dial A
expect A up
run 20s
dial B
expect B up
run 20s
dial C
expect C up
expect A down reason peer-cdn within 20s
expect server sessions 2
expect explain 10.0.0.2 contains simultaneous-logins
ping B 10.4.5.1
ping C 10.4.5.1
run 100s
expect server sessions 2
expect server sessions 0 within 120s
expect explain 10.0.0.3 contains session-timeout
expect server empty within 60s
