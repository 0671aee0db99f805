# No ESP suite in common: phase 1 stands, Quick Mode is refused with NO-PROPOSAL-CHOSEN.
config +<<END
crypto ipsec ikev1 transform-set STRONG esp-aes-256 esp-sha256-hmac
crypto ipsec ikev1 transform-set STRONG mode transport
crypto dynamic-map DYN 10 set ikev1 transform-set STRONG
crypto map OUT 10 ipsec-isakmp dynamic DYN
crypto map OUT interface outside
END
client A esp aes-128/sha
dial A
expect A down reason peer-no-proposal within 5s
expect A noted "NO-PROPOSAL-CHOSEN (14)"
expect explain 10.0.0.2 contains no-esp-proposal
expect server empty within 60s
