# ipsec-service and crypto ikev1 enable take effect at once: switched off the sessions end and
# nobody gets in, switched on again they do; the other way to say it changes nothing.
config +<<END
no crypto ikev1 enable outside
ipsec-service l2tp
END
workers 2
client A at 10.0.0.2
dial A
expect A up
ping A 10.4.5.1
configure <<END
crypto ikev1 enable outside
no ipsec-service l2tp
END
ping A 10.4.5.1
configure <<END
no crypto ikev1 enable outside
END
expect A down within 20s
expect explain 10.0.0.2 contains service-off
expect server empty within 60s
dial A
run 10s
expect server sessions 0
hangup A
expect A down within 60s
configure <<END
ipsec-service l2tp
END
client B at 10.0.0.3 user bob password secret2
dial B
expect B up
ping B 10.4.5.1
hangup B
expect B down
run 60s
expect server empty within 100s
