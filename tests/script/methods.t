# Each way to authenticate that LOCAL users can use.
config +<<END
tunnel-group DefaultRAGroup ppp-attributes
 authentication pap
 authentication ms-chap-v1
END
client A at 10.0.0.2 auth pap
client B at 10.0.0.3 auth ms-chap-v1 user bob password secret2
client C at 10.0.0.4 auth ms-chap-v2
dial A
expect A up within 20s
dial B
expect B up within 20s
dial C
expect C up within 20s
expect explain alice contains "PAP"
expect explain bob contains "MS-CHAPv1"
ping A 10.4.5.1
ping B 10.4.5.1
ping C 10.4.5.1
hangup A
hangup B
hangup C
expect A down
expect B down
expect C down
expect server empty within 1s
