# Hubs come, change and go while the server runs (softether.md 2): sessions of the hub that goes
# end with that reason, those of the others do not notice; what is wrong changes nothing.
workers 2
client A at 10.0.0.2
dial A
expect A up
configure <<END
ip local pool LAB 10.9.0.10-10.9.0.20 mask 255.255.255.0
group-policy DfltGrpPolicy attributes
 address-pools value OFFICE LAB
hub LAB
 secure-nat host 10.9.0.1 255.255.255.0
 secure-nat enable
 user carol
  note "IPv4: 10.9.0.7"
  auth password secret3
END
client C at 10.0.0.4 user carol@lab password secret3
dial C
expect C up
ping C 10.9.0.1
ping A 10.4.5.1
# wrong lines, and lines that cannot take effect: nothing changes
configure refused "unknown command" <<END
hub LAB
 offline
colour red
END
configure refused "a hub cannot be renamed" <<END
hub LAB
 rename LAB2
END
configure refused "is in use by 1" <<END
hub LAB
 offline
no ip local pool OFFICE
ip local pool OFFICE 10.4.5.60-10.4.5.70 mask 255.255.255.0
END
ping C 10.9.0.1
# offline: C's session ends, A's goes on
configure <<END
hub LAB
 offline
END
expect C down reason peer-cdn within 20s
expect explain 10.0.0.4 contains hub-offline
ping A 10.4.5.1
dial C
expect C down reason auth-failed within 40s
configure <<END
hub lab
 online
 max-session 5
END
dial C
expect C up
ping C 10.9.0.1
# another host address: the session ends, the hub is up with it
configure <<END
hub LAB
 secure-nat host 10.9.0.2 255.255.255.0
END
expect C down within 20s
expect explain 10.0.0.4 contains hub-changed
dial C
expect C up
ping C 10.9.0.2
# a client that vanished does not hold its hub
vanish C
configure <<END
no hub LAB
END
ping A 10.4.5.1
run 60s
expect server sessions 1
configure <<END
group-policy DfltGrpPolicy attributes
 no address-pools
no ip local pool LAB
END
hangup A
expect server empty within 60s
