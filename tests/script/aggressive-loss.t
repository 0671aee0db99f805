# The first datagrams of an Aggressive Mode are lost one after the other; its third message
# too, which the server asks for by message 2 when Quick Mode shows that it is missing.
config +<<END
no crypto ikev1 am-disable
END
client A nat 198.51.100.9 aggressive sales
drop A->S 1
drop S->A 1
drop A->S 4
dial A
expect A up within 60s
ping A 10.4.5.1
expect explain 198.51.100.9 contains "message 3 was lost"
hangup A
expect A down
expect server empty within 60s
