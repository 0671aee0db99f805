# The server is behind a NAT that forwards 500 and 4500 to it: an untouched Windows, which would go away
# from a server that looks translated, connects all the same; so do the others.
server-nat 10.9.9.9
client W nat 198.51.100.9 profile windows10
dial W
expect W up within 20s
ping W 10.4.5.1
hostping W
use W 10.4.5.1 30000s every 600s
hangup W
expect W down reason hang-up
expect server empty within 40s
client V at 192.0.2.77 profile windows7
dial V
expect V up within 20s
use V 10.4.5.1 8000s every 600s
hangup V
expect V down reason hang-up
client M nat 198.51.100.9 profile apple-2016+ user bob password secret2
dial M
expect M up within 20s
use M 10.4.5.1 8000s every 600s
hangup M
expect M down reason hang-up
client L at 192.0.2.79 profile strongswan user bob password secret2
dial L
expect L up within 20s
use L 10.4.5.1 8000s every 600s
hangup L
expect L down reason hang-up
expect server empty within 40s
