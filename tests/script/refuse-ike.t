# No IKE suite in common: NO-PROPOSAL-CHOSEN, and both sides say what they have.
config +<<END
crypto ikev1 policy 10
 authentication pre-share
 encryption aes-256
 hash sha384
 group 20
END
client A ike aes-128/sha/14
dial A
expect A down reason peer-no-proposal within 60s
expect A noted "NO-PROPOSAL-CHOSEN (14)"
expect explain 10.0.0.2 contains no-ike-proposal
expect explain 10.0.0.2 contains "AES128-SHA1-MODP2048"
expect server empty within 60s
