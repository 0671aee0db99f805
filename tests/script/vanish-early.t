# Clients that vanish in the middle leave nothing behind.
client A at 10.0.0.2
client B at 10.0.0.3
client C at 10.0.0.4
drop S->A 2
drop S->A 3
drop S->A 4
drop S->A 5
drop S->A 6
drop S->A 7
drop S->A 8
drop S->A 9
dial A
run 1s
vanish A
dial B
vanish B
dial C
run 10ms
vanish C
expect server empty within 200s
