"""Many clients behind one NAT at the same time, each with inner UDP port 1701 and an ISAKMP and
ESP flow of its own. They are our own client, `sekisho-lac dial`, each in its namespace (NO_UML)."""
import importlib
import os
import time

import office
from topology import FAR

attacks = importlib.import_module("11-floods.attacker")
admin = importlib.import_module("10-server.test")

NO_UML = True
CLIENTS = 64
PINGS = 60          # about ten a second: all have to be there for some seconds together
MANY_LOGINS = "group-policy DfltGrpPolicy attributes\n vpn-simultaneous-logins %d\n" % CLIENTS  # of alice


class Behind(admin.Caller):
    """A Caller that is behind the NAT box."""

    def __init__(self, env, lab, net, number):
        self._number = number
        self.env, self.lab, self.log = env, lab, os.path.join(lab.tmp, "dial-%d.log" % number)
        self.space = lab.ns("c%d" % number)
        lab.plug(net.nat, "lan0", self.space, "10.99.0.%d/24" % (100 + number))
        self.space.ip("route add default via 10.99.0.1")

    def _secret(self, name, text):
        return super()._secret("%s-%d" % (name, self._number), text)

    def begin(self):
        argv = self.argv(office.USER, office.PASSWORD, office.PSK, PINGS, ping=FAR)
        return self.space.popen(argv, log=self.log)


def test_at_once(env):
    with env.lab(uml=False) as lab:
        net = lab.standard(nat=True)
        server = env.server(lab, net.srv, office.config(more=MANY_LOGINS), workers=2)
        attacks.SlowEcho(net.far, 0.1 / CLIENTS)
        callers = [Behind(env, lab, net, number) for number in range(CLIENTS)]
        calls = [caller.begin() for caller in callers]
        together = most_sessions(server, calls)
        ends = [call.wait(30) for call in calls]
        failed = [open(caller.log).read() for caller, end in zip(callers, ends) if end]
        assert not failed, "%d of %d calls failed: %s" % (len(failed), CLIENTS, "\n".join(failed[:3]))
        assert len(together) == CLIENTS, "at most %d sessions at once" % len(together)
        assert len({row["assigned_ip"] for row in together}) == CLIENTS, together
        left = server.wait_empty(20)
        assert not left, "left: %s" % left
        assert server.stop() == 0


def most_sessions(server, calls):
    """The fullest list of sessions that are up, seen while the calls last."""
    most, deadline = [], time.monotonic() + 90
    while any(call.poll() is None for call in calls):
        assert time.monotonic() < deadline, "the calls do not end"
        up = [row for row in server.sessions() if row["state"] == "up"]
        most = max(most, up, key=len)
        time.sleep(0.2)
    return most
