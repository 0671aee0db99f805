# Windows XP, half a day long: 3DES only, NAT traversal of draft 02\\n with its own payload numbers
# (130, 131) and modes (61443, 61444), a server that is behind NAT too and must not look so; ESP
# renewed every hour, Main Mode every 8 hours. The NAT moves it once.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
crypto ikev1 policy 10
 authentication pre-share
 encryption 3des
 hash sha
 group 2
crypto ipsec ikev1 transform-set XP esp-3des esp-sha-hmac
crypto ipsec ikev1 transform-set XP mode transport
crypto dynamic-map DYN 10 set ikev1 transform-set XP
crypto map OUT 10 ipsec-isakmp dynamic DYN
crypto map OUT interface outside
END
server-nat 10.9.9.9
client A nat 198.51.100.9 profile windows-xp
dial A
expect A up within 20s
expect session alice client "Windows"
expect session alice client_version "XP"
expect session alice protocol IPsecOverNatT
expect session alice l2tp_client "Windows 2000/XP"
expect explain alice contains "draft 02"
ping A 10.4.5.1
hostping A
use A 10.4.5.1 21600s every 300s
rebind A
ping A 10.4.5.1
use A 10.4.5.1 21600s every 300s
expect A told ike-renewed 1+
expect A told child-up 10+
expect A up
hangup A
expect A down reason hang-up
expect server empty within 40s
