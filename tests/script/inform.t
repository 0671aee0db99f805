# DHCPINFORM: the client's system asks for what IPCP cannot say (RFC 2131 4.3.5; clients.md 3.1, 3.2).
config +<<END
group-policy DfltGrpPolicy attributes
 dns-server value 10.4.5.1 10.4.5.2
 wins-server value 10.4.5.3
 default-domain value example.net
END
client A
dial A
expect A up
# Apple's list
inform A 6,44,43,1,249,15
expect A option 53 05
expect A option 54 0a040501
expect A option 1 ffffff00
expect A option 6 0a0405010a040502
expect A option 44 0a040503
expect A option 15 6578616d706c652e6e6574
# no lease, and no route: the client keeps its default route
expect A option 51 none
expect A option 249 none
expect A option 121 none
# Windows' list
inform A 1,3,6,15,31,33,43,44,46,47,119,121,249,252
expect A option 1 ffffff00
expect A option 15 6578616d706c652e6e6574
inform A
expect A option 6 0a0405010a040502
expect explain alice contains dhcpinform
expect explain alice contains "options 6,44,43,1,249,15"
expect server counter packets-punted 3
# it never reaches the segment, where the address was announced, and is no traffic of the user's
expect server counter tap-frames-out 1
ping A 10.4.5.1
hangup A
expect A down
