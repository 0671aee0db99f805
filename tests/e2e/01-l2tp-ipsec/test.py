"""A Linux client dials in, uses the tunnel, hangs up, and nothing of it is left."""
import json
import re
import time

import office
from sekishod import mentions, snapshot
from topology import FAR


def test_direct(env):
    """No NAT, the defaults of both sides: whichever encapsulation they agree on."""
    with env.lab() as lab:
        whole_life(env, lab, lab.standard())


def test_behind_nat(env):
    with env.lab() as lab:
        counts = whole_life(env, lab, lab.standard(nat=True))
        assert counts["natt"] > 0 and counts["esp"] == 0, counts


def test_plain_esp(env):
    """Protocol 50: the server offers no NAT traversal, so the client cannot ask for UDP."""
    with env.lab() as lab:
        counts = whole_life(env, lab, lab.standard(), more="no crypto isakmp nat-traversal\n")
        assert counts["esp"] > 0 and counts["natt"] == 0, counts


def test_udp_encapsulated(env):
    """UDP 4500 without a NAT, because the client forces it."""
    with env.lab() as lab:
        counts = whole_life(env, lab, lab.standard(), forceencaps="yes")
        assert counts["natt"] > 0 and counts["esp"] == 0, counts


def whole_life(env, lab, net, more="", flavour="strongswan", **client):
    """Connect, use, disconnect, stop the server; returns what the wire carried."""
    before = snapshot(net.srv)
    server = env.server(lab, net.srv, office.config(more=more))
    guest = net.guest("a", flavour=flavour)
    result = office.dial(guest, **client)
    office.check_connected(result)
    office.check_reaches(guest)
    check_listed(server, result)
    check_throughput(net, guest, reverse=False)
    check_throughput(net, guest, reverse=True)
    check_hang_up(server, guest)
    check_pool_free(server)
    counts = net.wire.counts()
    assert counts["clear_l2tp"] == 0, "L2TP in clear text on the wire: %s" % counts
    check_clean_exit(server, net.srv, before)
    return counts


def check_listed(server, result):
    sessions = server.sessions()
    assert len(sessions) == 1, "sessions: %s" % sessions
    assert mentions(sessions, office.USER), "no user %s in %s" % (office.USER, sessions)
    assert mentions(sessions, result.local), "no address %s in %s" % (result.local, sessions)
    assert server.sas(), "a session, but no SA is listed"


def check_throughput(net, guest, reverse):
    host = net.far.popen(["iperf3", "-s", "-1"])
    time.sleep(0.5)
    text = guest.must("iperf3 -J -c %s -t 3%s" % (FAR, " -R" if reverse else ""), 30)
    host.wait(10)
    speed = json.loads(text)["end"]["sum_received"]["bits_per_second"] / 1e6
    print("    iperf3 %s: %.1f Mbit/s" % ("down" if reverse else "up", speed))
    assert speed > 1, "iperf3 moved only %.3f Mbit/s" % speed


def check_hang_up(server, guest):
    rc, out = guest.disconnect()
    assert rc == 0, out
    left = server.wait_empty(20)
    assert not left, "left on the server after the client hung up: %s" % left


def check_pool_free(server):
    """The row of `show ip local pool`: begin, end, mask, free, held, in use."""
    text = server.show("show ip local pool OFFICE")
    row = re.search(r"10\.4\.5\.10\s+10\.4\.5\.200\s+255\.255\.255\.0\s+(\d+)\s+(\d+)\s+(\d+)", text)
    assert row, "no row of the pool in:\n%s" % text
    assert row.group(1, 3) == ("191", "0"), "not all addresses are free:\n%s" % text


def check_clean_exit(server, space, before):
    rc = server.stop()
    assert rc == 0, "exit status %d after SIGTERM" % rc
    assert not server.leftovers(), "processes left: %s" % server.leftovers()
    devices, tables = snapshot(space)
    assert devices == before[0], "network devices left: %s" % (devices - before[0])
    assert tables == before[1], "nftables tables left: %s" % (tables - before[1])
