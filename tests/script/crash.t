# Computers that lose power in the middle of a session and dial again from the same port of their NAT:
# the new session replaces the old one, nobody waits for a timeout.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
END
# Windows says nothing of INITIAL-CONTACT and uses its tunnel id 1 again
client W nat 198.51.100.9 profile windows10
dial W
expect W up within 20s
run 120s
crash W
dial W
expect W up within 20s
ping W 10.4.5.1
hostping W
expect server sessions 1 within 1s
run 5s
crash W
dial W
expect W up within 40s
expect server sessions 1 within 1s
use W 10.4.5.1 600s every 60s
expect server sessions 1
hangup W
expect W down reason hang-up
expect server empty within 60s
# macOS says INITIAL-CONTACT
client M nat 198.51.100.10 profile apple-2016+
dial M
expect M up within 20s
run 60s
crash M
dial M
expect M up within 20s
expect server sessions 1 within 1s
use M 10.4.5.1 300s every 60s
hangup M
expect M down reason hang-up
expect server empty within 60s
# xl2tpd takes another tunnel id
client L nat 198.51.100.11 profile strongswan
dial L
expect L up within 20s
run 60s
crash L
dial L
expect L up within 20s
ping L 10.4.5.1
hostping L
expect server sessions 1 within 100s
use L 10.4.5.1 300s every 60s
hangup L
expect L down reason hang-up
expect server empty within 60s
