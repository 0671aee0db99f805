# Android 4.3 to 7.0, until its phase 1 ends after 8 hours and with it the connection: MODP 1024 only,
# IDci with port 0, INITIAL-CONTACT as an Informational, an L2TP window of 1, ICRQ and PPP only behind
# acknowledgements, strict about every header, BSD and Deflate offered, StopCCN alone at the end.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
crypto ikev1 policy 10
 authentication pre-share
 encryption aes-256
 hash sha
 group 2
END
client A nat 198.51.100.9 profile android-4.3-7.0
dial A
expect A up within 20s
expect session alice client Android
expect session alice l2tp_client Android
ping A 10.4.5.1
hostping A
use A 10.4.5.1 14400s every 300s
rebind A
ping A 10.4.5.1
use A 10.4.5.1 14100s every 300s
expect server sessions 1
expect A down reason ike-expired within 400s
expect server empty within 60s
# three connections a day, the last one ended by its user
dial A
expect A up within 20s
use A 10.4.5.1 28500s every 300s
expect A down reason ike-expired within 400s
dial A
expect A up within 20s
use A 10.4.5.1 28000s every 300s
hangup A
expect A down reason hang-up
expect explain alice contains "peer sent StopCCN: result 6"
expect server empty within 40s
# without a NAT
client B at 192.0.2.77 profile android-4.3-7.0 user bob password secret2
dial B
expect B up within 20s
use B 10.4.5.1 10000s every 300s
hangup B
expect B down reason hang-up
expect server empty within 40s
