# Each family of suites of the built-in lists.
client A ike aes-256/sha384/20 esp aes-256/sha256
client B ike aes-128/sha/14 esp aes-128/sha at 10.0.0.3
client C ike aes-256/sha256/14 esp aes-192/sha at 10.0.0.4
client D ike aes-128/sha256/19 esp aes-128/sha256 at 10.0.0.5
dial A
expect A up within 20s
ping A 10.4.5.1
hangup A
expect A down
dial B
expect B up within 20s
ping B 10.4.5.1
hangup B
expect B down
dial C
expect C up within 20s
ping C 10.4.5.1
hangup C
expect C down
dial D
expect D up within 20s
ping D 10.4.5.1
hangup D
expect D down
expect server empty within 1s
