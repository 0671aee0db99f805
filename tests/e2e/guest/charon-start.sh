#!/bin/sh
# Starts charon through strongSwan's starter and returns when it has loaded the
# connection (an `ipsec up` before that fails for no good reason). Anything that
# an earlier start left is stopped first, so that a changed configuration counts.
ipsec stop >/dev/null 2>&1
for i in $(seq 50); do pidof charon starter >/dev/null || break; sleep 0.1; done
: >/var/log/charon.log
ipsec start >/dev/null 2>&1
for i in $(seq 150); do
	grep -q "added configuration 'lab'" /var/log/charon.log && exit 0
	sleep 0.1
done
echo "charon did not load the connection"
exit 1
