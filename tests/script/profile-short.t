# A Windows that asks for ESP SAs of 300 s (as an idle one does) and a macOS that is given 120 s: renewed
# all day, the session stays.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
END
client W nat 198.51.100.9 profile windows10 life 300
client M nat 198.51.100.10 profile apple-2016+ life 120 user bob password secret2
dial W
dial M
expect W up within 20s
expect M up within 20s
use W 10.4.5.1 14400s every 60s
rebind W
ping W 10.4.5.1
use M 10.4.5.1 14400s every 60s
expect W told child-up 90+
expect M told child-up 240+
expect server sessions 2
hangup W
expect W down reason hang-up
hangup M
expect M down reason hang-up
expect server empty within 40s
