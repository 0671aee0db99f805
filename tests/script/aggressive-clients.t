# Client systems in the Aggressive Mode that they use when a group name (identifier) is filled
# in: macOS and iOS with KEY_ID and INITIAL-CONTACT inside message 3, Android with a user's
# name, message 3 in clear and INITIAL-CONTACT behind it.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
no crypto ikev1 am-disable
crypto ikev1 policy 10
 encryption aes-256
 hash sha256
 group 14
crypto ikev1 policy 20
 encryption aes-256
 hash sha
 group 2
tunnel-group sales type remote-access
tunnel-group sales ipsec-attributes
 ikev1 pre-shared-key the-key-of-sales-and-nobody
END
client A nat 198.51.100.9 profile apple-2016+ aggressive sales psk the-key-of-sales-and-nobody
dial A
expect A up within 20s
expect explain alice contains "the client uses Aggressive Mode"
expect session alice client "macOS/iOS"
expect explain alice contains initial-contact
ping A 10.4.5.1
use A 10.4.5.1 14400s every 300s
rebind A
use A 10.4.5.1 14400s every 300s
hangup A
expect A down reason hang-up
client B nat 198.51.100.10 profile android-7.1-11 aggressive road@example.com clear-message-3 user bob password secret2
dial B
expect B up within 20s
expect session bob client Android
ping B 10.4.5.1
use B 10.4.5.1 14400s every 300s
hangup B
expect B down reason hang-up
expect server empty within 60s
