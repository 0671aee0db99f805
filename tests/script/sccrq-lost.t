# A Windows whose SCCRQ stays unanswered makes a new pair of ESP SAs with every repetition and deletes
# the one before (clients.md 1.1): the request is the same one on whichever pair it comes.
client A nat 198.51.100.9 profile windows10
drop A->S 6
drop A->S 7
dial A
expect A up within 20s
expect A told child-up 2+
ping A 10.4.5.1
hostping A
run 30s
expect A told rekeyed 1+
ping A 10.4.5.1
expect server sessions 1
hangup A
expect A down reason hang-up
expect server empty within 40s
# the answers are lost: the server has the request on several pairs and makes one tunnel
client B nat 198.51.100.10 profile windows10 user bob password secret2
drop S->B 5
drop S->B 7
drop S->B 8
dial B
expect B up within 20s
run 10s
expect B told child-up 2+
ping B 10.4.5.1
expect server sessions 1
run 30s
hangup B
expect B down reason hang-up
expect server empty within 60s
