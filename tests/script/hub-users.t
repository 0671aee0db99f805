# The users of hubs (DESIGN.md section 4): user@hub, hub\user, any case, the default hub; two
# hubs with a user of the same name; LOCAL's users only in the hub of their profile.
config <<END
hub HUB1
 secure-nat host 10.1.0.1 255.255.255.0
 secure-nat enable
 group staff
  policy MultiLogins 1
 user jiro
  auth password secret1
  note "the boss. IPv4: 10.1.0.77"
 user yas
  group staff
  auth password secret1
hub HUB2
 secure-nat host 10.2.0.1 255.255.255.0
 secure-nat enable
 user yas
  auth password secret2
 user "a b@c"
  auth password secret2
ipsec-service l2tp
ipsec-service default-hub hub2
ip local pool P1 10.1.0.10-10.1.0.20 mask 255.255.255.0
ip local pool P2 10.2.0.10-10.2.0.20 mask 255.255.255.0
group-policy IN1 internal
group-policy IN1 attributes
 address-pools value P1
tunnel-group DefaultRAGroup general-attributes
 address-pool P2
tunnel-group DefaultRAGroup ipsec-attributes
 ikev1 pre-shared-key testpsk
tunnel-group DefaultRAGroup ppp-attributes
 no authentication chap
 no authentication ms-chap-v1
 authentication ms-chap-v2
username bob password secret3 mschap
END
client A at 10.0.0.2 user jiro@hub1 password secret1
dial A
expect A up
expect A address 10.1.0.77
expect session jiro hub HUB1
expect session jiro user_of hub
ping A 10.1.0.1
# the part behind the last @; a name of the hub may hold one
client B at 10.0.0.3 user HUB2\YAS password secret2
dial B
expect B up
expect session yas hub HUB2
ping B 10.2.0.1
hangup B
expect B down
run 10s
client C at 10.0.0.4 user yas password secret2
dial C
expect C up
expect session yas hub HUB2
hangup C
expect C down
client D at 10.0.0.5 user "A B@C@hub2" password secret2
dial D
expect D up
expect session "a b@c" hub HUB2
hangup D
expect D down
# the password of the other hub's user
client E at 10.0.0.6 user yas@hub2 password secret1
dial E
expect E down reason auth-failed within 40s
expect explain 10.0.0.6 contains "the hub HUB2 refuses"
# LOCAL's user in the hub of the profile, and not in another
client F at 10.0.0.7 user bob password secret3
dial F
expect F up
expect session bob hub HUB2
expect session bob user_of LOCAL
hangup F
expect F down
client G at 10.0.0.8 user bob@HUB2 password secret3
dial G
expect G up
hangup G
expect G down
client H at 10.0.0.9 user bob@hub1 password secret3
dial H
expect H down reason auth-failed within 40s
expect explain 10.0.0.9 contains "LOCAL's users have another hub"
# what is no hub is part of the name, and is said to be
client I at 10.0.0.10 user yas@hub3 password secret2
dial I
expect I down reason auth-failed within 40s
expect explain 10.0.0.10 contains "is no tunnel group and no hub"
hangup A
expect server empty within 60s
