# IKE messages that are longer than a packet may be travel in fragments, both ways; one of
# them is lost, and a client that announces nothing gets none.
config +<<END
crypto ikev1 fragmentation mtu 576
crypto ikev1 policy 10
 encryption aes-256
 hash sha256
 group 16
END
client A nat 198.51.100.9 ike aes-256/sha256/16 fragment 576
client B at 10.0.0.3 ike aes-256/sha256/16
drop A->S 3
dial A
expect A up within 60s
ping A 10.4.5.1
dial B
expect B up within 60s
ping B 10.4.5.1
hangup A
expect A down
hangup B
expect B down
expect server empty within 60s
