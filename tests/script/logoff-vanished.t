# The administrator ends the session of a client that is gone: it ends by PPP's and L2TP's own
# repetitions, 6 s and 31 s, and does not wait for a Hello.
client A nat 198.51.100.9
dial A
expect A up within 20s
vanish A
logoff alice
run 8s
expect explain alice contains l2tp-cdn-sent
run 35s
expect explain alice contains "the session ended: administrator"
expect server empty within 60s
