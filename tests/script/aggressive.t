# Aggressive Mode, where the configuration has it: a name that is a tunnel group's takes that
# group's key, any other, and that of a group without a key, the default one; message 3
# encrypted and in clear, with NAT and without; Main Mode beside it; half a day of renewals.
config +<<END
no crypto ikev1 am-disable
tunnel-group sales type remote-access
tunnel-group sales ipsec-attributes
 ikev1 pre-shared-key the-key-of-sales-and-nobody
tunnel-group gate.example.com type remote-access
END
client A nat 198.51.100.9 aggressive sales psk the-key-of-sales-and-nobody
client B at 10.0.0.3 aggressive road@example.com clear-message-3
client C user bob password secret2 at 10.0.0.4 nat 198.51.100.10 aggressive gate.example.com clear-message-3
client D user bob password secret2 at 10.0.0.5
dial A
expect A up within 20s
ping A 10.4.5.1
hostping A
expect explain alice contains "the client uses Aggressive Mode"
dial B
expect B up within 20s
ping B 10.4.5.1
dial C
expect C up within 20s
ping C 10.4.5.1
dial D
expect D up within 20s
ping D 10.4.5.1
use A 10.4.5.1 40000s every 900s
expect A told ike-up 2+
hangup A
expect A down
hangup B
expect B down
hangup C
expect C down
hangup D
expect D down
expect server empty within 60s
