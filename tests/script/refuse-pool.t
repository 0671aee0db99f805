# The pool has one address: the second client gets no address, the first keeps its own.
config <<END
hostname cw
hub DEFAULT
 secure-nat host 10.4.5.1 255.255.255.0
 secure-nat enable
ip local pool ONE 10.4.5.10-10.4.5.10 mask 255.255.255.0
group-policy DfltGrpPolicy attributes
 vpn-tunnel-protocol l2tp-ipsec
tunnel-group DefaultRAGroup general-attributes
 address-pool ONE
tunnel-group DefaultRAGroup ipsec-attributes
 ikev1 pre-shared-key testpsk
tunnel-group DefaultRAGroup ppp-attributes
 no authentication chap
 authentication ms-chap-v2
username alice password secret1 mschap
username bob password secret2 mschap
crypto ikev1 enable outside
END
client A at 10.0.0.2
client B at 10.0.0.3 user bob password secret2
dial A
expect A up within 20s
dial B
expect B down reason peer-cdn within 60s
expect B noted "ppp-terminate"
expect B noted "no-address"
expect B noted "result 4 error 0"
expect explain bob contains pool-exhausted
expect server sessions 1
ping A 10.4.5.1
hangup A
expect A down reason hang-up
dial B
expect B up within 20s
expect B address 10.4.5.10
ping B 10.4.5.1
hangup B
expect B down reason hang-up
expect server empty within 60s
