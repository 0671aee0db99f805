# Quick Mode's third message is lost at the first and at a further Quick Mode, and each other
# message of a further one.
client A nat 198.51.100.9
drop A->S 5
dial A
expect A up within 20s
ping A 10.4.5.1
run 3s
ping A 10.4.5.1
drop A->S 1
rekey A
run 3s
ping A 10.4.5.1
drop A->S 2
rekey A
run 3s
ping A 10.4.5.1
drop S->A 1
rekey A
run 3s
ping A 10.4.5.1
drop-old A
drop-old A
drop-old A
ping A 10.4.5.1
hangup A
expect A down reason hang-up
expect server empty within 1s
