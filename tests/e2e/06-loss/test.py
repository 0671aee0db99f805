"""Three packets of ten are lost in each direction: the clients still get in, and stay."""
import concurrent.futures
import re
import time

import office
from loss import Loss

PERCENT = 30
TRIES = {"ike_tries": "8", "l2tp_tries": "10"}  # a real client's patience; the lab's own is shorter
ONE_CALL = 60       # seconds for L2TP and PPP
ALL_CALLS = 150     # seconds for everything
CALLS = 3           # a person tries again


ROOTS = ("strongswan", "libreswan")


def test_two_stacks(env):
    with env.lab(roots=ROOTS) as lab, concurrent.futures.ThreadPoolExecutor() as pool:
        net = lab.standard(nat=True)
        server = env.server(lab, net.srv, office.config())
        guests = [net.guest(name, flavour=name) for name in ROOTS]
        for guest in guests:
            guest.boot()
        loss = Loss(net.inet, PERCENT)
        list(pool.map(lossy_life, guests))
        passed, dropped = loss.counts()
        loss.end()
        print("    %d packets passed, %d dropped" % (passed, dropped))
        assert dropped > 50, "hardly anything was lost: what was tested?"
        for guest in guests:
            office.check_reaches(guest)
        assert len(server.sessions()) == 2, server.sessions()
        for guest in guests:
            assert guest.disconnect()[0] == 0
        left = server.wait_empty(60)
        assert not left, "left on the server: %s" % left
        assert server.stop() == 0


def lossy_life(guest):
    result, calls, seconds = dial_until_up(guest)
    print("    %s: %s after %d call(s), %.0f s" % (guest.name, result.phase, calls, seconds), flush=True)
    office.check_connected(result)
    wait_settled(guest, 40)
    answered = count_answered(guest, 50)
    print("    %s: %d of 50 pings answered" % (guest.name, answered), flush=True)
    assert answered >= 10, "about 25 of 50 pings should come back, %d did" % answered


def dial_until_up(guest):
    """(Connection, calls it took, seconds)."""
    begin = time.monotonic()
    for call in range(1, CALLS + 1):
        result = office.dial(guest, timeout=ONE_CALL, **TRIES)
        seconds = time.monotonic() - begin
        if result.up or seconds > ALL_CALLS:
            break
        guest.disconnect()
    assert seconds < ALL_CALLS, "%.0f s, %d calls" % (seconds, call)
    return result, call, seconds


def wait_settled(guest, seconds):
    """A Configure-Request that is repeated because its Ack was lost makes pppd, which was up
    already, negotiate once more (RFC 1661, state Opened)."""
    deadline = time.monotonic() + seconds
    while guest.run("ip route replace %s dev ppp0 && ping -n -c 10 -i 0.2 -W 1 %s" %
                    (office.GATEWAY, office.GATEWAY))[0]:
        assert time.monotonic() < deadline, "the link was up and went down for good"


def count_answered(guest, count):
    said = guest.run("ping -n -c %d -i 0.1 -W 2 %s" % (count, office.GATEWAY), 30)[1]
    return int(re.search(r"(\d+) received", said).group(1))
