# ChromeOS, a day long: strongSwan with AES-GCM first in Quick Mode; MPPE offered and refused.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
crypto ipsec ikev1 transform-set GCM esp-aes-gcm
crypto ipsec ikev1 transform-set GCM mode transport
crypto dynamic-map D 10 set ikev1 transform-set GCM
crypto map M 10 ipsec-isakmp dynamic D
crypto map M interface outside
END
client A nat 198.51.100.9 profile chromeos
dial A
expect A up within 20s
expect session alice client "ChromeOS"
expect explain alice contains AESGCM
expect session alice l2tp_client "Linux (xl2tpd)"
ping A 10.4.5.1
hostping A
use A 10.4.5.1 28800s every 300s
rebind A
ping A 10.4.5.1
use A 10.4.5.1 28800s every 300s
rebind A
ping A 10.4.5.1
use A 10.4.5.1 28800s every 300s
expect server sessions 1
expect A told ike-renewed 8+
expect A told child-up 27+
expect A up
hangup A
expect A down reason hang-up
expect server empty within 40s
# without a NAT, for half a day
client B at 192.0.2.77 profile chromeos user bob password secret2
dial B
expect B up within 20s
use B 10.4.5.1 43200s every 600s
hangup B
expect B down reason hang-up
expect server empty within 40s
