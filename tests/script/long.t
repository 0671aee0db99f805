# Two and a half hours with a renewal of the ESP SAs each 50 minutes, Hello in between.
config +<<END
group-policy DfltGrpPolicy attributes
 vpn-idle-timeout none
END
client A nat 198.51.100.9
dial A
expect A up within 20s
ping A 10.4.5.1
run 3000s
rekey A
run 5s
drop-old A
ping A 10.4.5.1
run 3000s
hostping A
rekey A
run 5s
drop-old A
hostping A
run 3000s
ping A 10.4.5.1
expect server sessions 1
hangup A
expect A down reason hang-up
expect server empty within 1s
