# What a hub says of its users: authentication types, expiry, Access, MultiLogins (the group's),
# AutoDisconnect, TimeOut, max-session, offline.
config <<END
hub DEFAULT
 secure-nat host 10.1.0.1 255.255.255.0
 secure-nat enable
 max-session 2
 group locked
  policy Access no
 group few
  policy MultiLogins 1
 user guest
  auth anonymous
 user r
  auth radius
 user n
  auth nt-domain
 user cert
  auth certificate 0123456789012345678901234567890123456789
 user signed
  auth signed
 user old
  auth password secret1
  expires "2001/01/01 00:00:00"
 user barred
  group locked
  auth password secret1
 user free
  group locked
  auth password secret1
  policy Access yes
 user once
  group few
  auth password secret1
 user short
  auth password secret1
  policy AutoDisconnect 60
 user quiet
  auth password secret1
  policy TimeOut 8
hub SHUT
 offline
 user u
  auth password secret1
ipsec-service l2tp
ip local pool P 10.1.0.10-10.1.0.20 mask 255.255.255.0
tunnel-group DefaultRAGroup general-attributes
 address-pool P
tunnel-group DefaultRAGroup ipsec-attributes
 ikev1 pre-shared-key testpsk
tunnel-group DefaultRAGroup ppp-attributes
 no authentication chap
 no authentication ms-chap-v1
 authentication pap
 authentication ms-chap-v2
END
client A at 10.0.0.2 user guest password anything auth pap
dial A
expect A up
hangup A
expect A down
client B at 10.0.0.3 user guest password guest
dial B
expect B up
ping B 10.1.0.1
hangup B
expect B down
client C at 10.0.0.4 user guest password anything
dial C
expect C down reason auth-failed within 40s
expect explain 10.0.0.4 contains anonymous-mschap2
client D at 10.0.0.5 user r password x
dial D
expect D down reason auth-failed within 40s
expect D noted "E=691"
expect explain 10.0.0.5 contains "no AAA server yet"
client E at 10.0.0.6 user n password x
dial E
expect E down reason auth-failed within 40s
expect explain 10.0.0.6 contains "no AAA server yet"
client F at 10.0.0.7 user cert password x
dial F
expect F down reason auth-failed within 40s
expect explain 10.0.0.7 contains "L2TP has no place"
client G at 10.0.0.8 user signed password x
dial G
expect G down reason auth-failed within 40s
expect explain 10.0.0.8 contains certificate-user
client H at 10.0.0.9 user old password secret1
dial H
expect H down reason auth-failed within 40s
expect H noted "E=647"
expect explain 10.0.0.9 contains account-expired
client I at 10.0.0.10 user barred password secret1
dial I
expect I down reason auth-failed within 40s
expect I noted "E=649"
expect explain 10.0.0.10 contains policy-access
client J at 10.0.0.11 user free password secret1
dial J
expect J up
client K at 10.0.0.12 user u@shut password secret1
dial K
expect K down reason auth-failed within 40s
expect explain 10.0.0.12 contains "SHUT is offline"
client L at 10.0.0.13 user once password secret1
dial L
expect L up
# the hub is full before the user has too many
client M at 10.0.0.14 user guest password guest
dial M
expect M down reason auth-failed within 40s
expect explain 10.0.0.14 contains hub-full
hangup J
expect J down
client N at 10.0.0.15 user once password secret1
dial N
expect N down reason auth-failed within 40s
expect explain 10.0.0.15 contains policy-multi-logins
expect L up
hangup L
expect L down
client O at 10.0.0.16 user short password secret1
dial O
expect O up
run 50s
ping O 10.1.0.1
expect O down reason peer-cdn within 15s
expect explain 10.0.0.16 contains auto-disconnect
# a client that is there answers; one that vanished is given up in time
client P at 10.0.0.17 user quiet password secret1
dial P
expect P up
run 300s
ping P 10.1.0.1
vanish P
expect server sessions 0 within 13s
expect server empty within 120s
expect explain 10.0.0.17 contains policy-timeout
