# A server behind NAT (server-nat.t) where only those who need it are asked to use UDP
# encapsulation: a Windows in front of no NAT of its own must be asked too, for ESP would not pass
# the NAT of the server.
config +<<END
crypto isakmp nat-traversal encapsulate detected
END
server-nat 10.9.9.9
client W at 192.0.2.77 profile windows10
client V nat 198.51.100.9 user bob password secret2 profile windows7
dial W
expect W up within 20s
expect session alice nat server
expect session alice protocol IPsecOverNatT
ping W 10.4.5.1
hostping W
dial V
expect V up within 20s
ping V 10.4.5.1
hostping V
hangup W
expect W down reason hang-up
hangup V
expect V down reason hang-up
expect server empty within 60s
