# user@group: the profile of this name, with its own pool, hub and methods; strip-realm.
config +<<END
ip local pool SALES 10.9.0.10-10.9.0.20 mask 255.255.255.0
hub sales-hub
 secure-nat host 10.9.0.1 255.255.255.0
 secure-nat enable
 user carol
  auth password secret9
tunnel-group sales type remote-access
tunnel-group sales general-attributes
 address-pool SALES
 virtual-hub sales-hub
tunnel-group sales ppp-attributes
 no authentication chap
 no authentication ms-chap-v1
 authentication ms-chap-v2
tunnel-group DefaultRAGroup ppp-attributes
 authentication pap
tunnel-group DefaultRAGroup general-attributes
 strip-realm
END
client A at 10.0.0.2 user alice@sales password secret1
dial A
expect A up
expect A address 10.9.0.10
expect session alice tunnel_group sales
expect session alice hub sales-hub
hangup A
expect A down
client B at 10.0.0.3 user sales\carol password secret9
dial B
expect B up
expect session carol user_of hub
hangup B
expect B down
# the profile allows no PAP, whatever LCP agreed on
client C at 10.0.0.4 user alice@sales password secret1 auth pap
dial C
expect C down reason auth-failed within 40s
expect explain 10.0.0.4 contains method-not-permitted
# strip-realm of the default profile: AAA sees bob
client D at 10.0.0.5 user bob@example.org password secret2
dial D
expect D up
expect session bob tunnel_group DefaultRAGroup
hangup D
expect D down
expect server empty within 60s
