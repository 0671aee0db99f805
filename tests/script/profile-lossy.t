# Every client system over a network that loses a fifth of all datagrams: it connects by its own
# retransmissions; renews where one in twenty is lost (macOS ends itself where four of its LCP echoes in a
# row are), carries pings, and leaves.
seed 5
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
crypto ikev1 policy 10
 authentication pre-share
 encryption aes-256
 hash sha
 group 14
crypto ikev1 policy 20
 authentication pre-share
 encryption aes
 hash sha
 group 14
crypto ikev1 policy 30
 authentication pre-share
 encryption aes-256
 hash sha
 group 2
crypto ikev1 policy 40
 authentication pre-share
 encryption aes
 hash sha
 group 2
END
client W nat 198.51.100.10 profile windows10
client V nat 198.51.100.11 profile windows7
client M nat 198.51.100.12 profile apple-2016+
client S nat 198.51.100.13 profile strongswan
client L nat 198.51.100.14 profile libreswan
client R nat 198.51.100.15 profile mikrotik
client C nat 198.51.100.16 profile chromeos
client I nat 198.51.100.17 profile cisco-ios
client D nat 198.51.100.18 profile android-7.1-11
loss 20
dial W
expect W up within 140s
loss 5
run 4000s
loss 0
run 40s
expect W up
ping W 10.4.5.1
hostping W
loss 20
hangup W
expect W down within 60s
loss 0
expect server empty within 100s
loss 20
dial V
expect V up within 140s
loss 5
run 4000s
loss 0
run 40s
expect V up
ping V 10.4.5.1
hostping V
loss 20
hangup V
expect V down within 60s
loss 0
expect server empty within 100s
loss 20
dial M
expect M up within 140s
loss 5
run 4000s
loss 0
run 40s
expect M up
ping M 10.4.5.1
hostping M
loss 20
hangup M
expect M down within 60s
loss 0
expect server empty within 100s
loss 20
dial S
expect S up within 140s
loss 5
run 4000s
loss 0
run 40s
expect S up
ping S 10.4.5.1
hostping S
loss 20
hangup S
expect S down within 60s
loss 0
expect server empty within 100s
loss 20
dial L
expect L up within 140s
loss 5
run 4000s
loss 0
run 40s
expect L up
ping L 10.4.5.1
hostping L
loss 20
hangup L
expect L down within 60s
loss 0
expect server empty within 100s
loss 20
dial R
expect R up within 140s
loss 5
run 4000s
loss 0
run 40s
expect R up
ping R 10.4.5.1
hostping R
loss 20
hangup R
expect R down within 60s
loss 0
expect server empty within 100s
loss 20
dial C
expect C up within 140s
loss 5
run 4000s
loss 0
run 40s
expect C up
ping C 10.4.5.1
hostping C
loss 20
hangup C
expect C down within 60s
loss 0
expect server empty within 100s
loss 20
dial I
expect I up within 140s
loss 5
run 4000s
loss 0
run 40s
expect I up
ping I 10.4.5.1
hostping I
loss 20
hangup I
expect I down within 60s
loss 0
expect server empty within 100s
loss 20
dial D
expect D up within 140s
loss 5
run 4000s
loss 0
run 40s
expect D up
ping D 10.4.5.1
hostping D
loss 20
hangup D
expect D down within 60s
loss 0
expect server empty within 100s
