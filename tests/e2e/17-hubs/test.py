"""Virtual hubs in the real server: users of two hubs with real TAPs, hubs that come, change and go
while it runs, lines of a front end that are taken whole or not at all. The client is `sekisho-lac
dial`, so no User-Mode Linux is needed (NO_UML)."""
import importlib.util
import os

import office

NO_UML = True

_spec = importlib.util.spec_from_file_location(
    "server_case", os.path.join(os.path.dirname(__file__), "..", "10-server", "test.py"))
server_case = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(server_case)

HUBS = """\
hub TOKYO
 secure-nat host 10.81.0.1 255.255.255.0
 secure-nat enable
 user yas
  auth password secret-t
  note "IPv4: 10.81.0.50"
hub OSAKA
 secure-nat host 10.82.0.1 255.255.255.0
 secure-nat enable
 user yas
  auth password secret-o
  note "IPv4: 10.82.0.50"
"""


class Caller(server_case.Caller):
    """A caller who pings the gateway of a hub."""

    def dial(self, user, password, gateway):
        argv = self.argv(user, password, office.PSK, 1, ping=gateway)
        return self.space.run(argv, check=False, timeout=40)

    def remain(self, user, password, gateway):
        log = os.path.join(self.lab.tmp, "remain-%s.log" % self.space.name)
        return self.space.popen(self.argv(user, password, office.PSK, 60, ping=gateway), log=log)


def taps(net):
    return net.srv.run(["ip", "-br", "addr"]).stdout


def hub(server, name):
    return server.show_json("show hub %s" % name)[0]


def test_users_of_two_hubs(env):
    """The same name in two hubs: two users, two nets, two passwords; the story names the hub."""
    with env.lab(uml=False) as lab:
        net, server = server_case.start(env, lab, office.config(more=HUBS))
        one, two = Caller(env, lab, net, 51), Caller(env, lab, net, 52)
        done = one.dial("yas@tokyo", "secret-t", "10.81.0.1")
        assert done.returncode == 0, done.stdout
        done = two.dial("OSAKA\\YAS", "secret-o", "10.82.0.1")
        assert done.returncode == 0, done.stdout
        assert one.dial("yas@osaka", "secret-t", "10.82.0.1").returncode != 0
        text = server.show("explain 198.18.0.51")
        assert "the hub OSAKA refuses" in text, text
        assert one.dial("yas", "secret-t", "10.81.0.1").returncode != 0
        assert "neither the hub DEFAULT nor LOCAL" in server.show("explain 198.18.0.51")
        server.stop()


def test_hubs_live(env):
    """A hub made, changed and removed under sessions of its own and of another one."""
    with env.lab(uml=False) as lab:
        net, server = server_case.start(env, lab)
        one, two = Caller(env, lab, net, 51), Caller(env, lab, net, 52)
        first = one.stay()
        server_case.wait_for("alice", lambda: len(server.sessions()) == 1)
        assert "10.81.0.1" not in taps(net)
        server.configure(HUBS)
        assert "10.81.0.1/24" in taps(net) and hub(server, "tokyo")["state"] == "online"
        second = two.remain("yas@tokyo", "secret-t", "10.81.0.250")  # nobody has it: it stays
        server_case.wait_for("yas", lambda: hub(server, "tokyo")["sessions"] == 1)
        assert hub(server, "osaka")["sessions"] == 0 and hub(server, "DEFAULT")["sessions"] == 1

        refused = server.configure("hub TOKYO\n offline\nhup X", check=False)
        assert refused.returncode == 1 and "line 3, column 1" in refused.stdout, refused.stdout
        assert hub(server, "tokyo")["sessions"] == 1
        server.configure("hub TOKYO\n offline")
        server_case.wait_for("its end", lambda: second.poll() is not None)
        assert "10.81.0.1" not in taps(net)
        assert hub(server, "tokyo")["state"] == "offline"
        assert "hub TOKYO is offline" in (
            two.dial("yas@tokyo", "secret-t", "10.81.0.1") and server.show("explain 198.18.0.52"))
        server.configure("hub TOKYO\n online\n secure-nat host 10.83.0.1 255.255.255.0\n"
                         " user yas\n  note \"IPv4: 10.83.0.50\"")
        assert two.dial("yas@tokyo", "secret-t", "10.83.0.1").returncode == 0
        server.configure("no hub OSAKA\nno hub TOKYO")
        assert "10.82.0.1" not in taps(net) and "10.83.0.1" not in taps(net)
        assert first.poll() is None and len(server.sessions()) == 1
        server.stop()
        assert "sk-" not in taps(net)
