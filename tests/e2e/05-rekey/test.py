"""Both phases are renewed again and again under traffic, which must not notice.

Where the clients begin, lifetimes are 24 s for ESP and 36 s for IKE, with 8 s to spare: a Quick
Mode every 16 s and a Main Mode every 28 s. Where the server begins, at 95 % of a lifetime, the
clients would do so a second later, at 29 s and 49 s, and sometimes do: both may begin at once.
"""
import concurrent.futures
import re
import threading
import time

import office
from capture import Capture
from traffic import Traffic

ALONE = True  # it measures losses
SECONDS = 60
LOSS_MAX = 0.001

ROOTS = ("strongswan", "libreswan")
PHASE_1 = {"strongswan": r"IKE_SA lab\[\d+\] established", "libreswan": r"#\d+: (IKE|ISAKMP) SA established"}
PHASE_2 = {"strongswan": r"CHILD_SA lab\{\d+\} established", "libreswan": r"#\d+: IPsec SA established"}


def test_clients_begin(env):
    """Both stacks behind one NAT, each renews both phases."""
    settings = {"lifetime": "24s", "ikelifetime": "36s", "margintime": "8s"}
    with env.lab(roots=ROOTS) as lab:
        long_life(env, lab, lab.standard(nat=True), {"strongswan": (2, 4), "libreswan": (2, 4)}, settings)


def test_server_begins(env):
    settings = {"lifetime": "30s", "ikelifetime": "50s", "margintime": "1s"}
    with env.lab(roots=ROOTS) as lab:
        long_life(env, lab, lab.standard(), {"strongswan": (1, 2), "libreswan": (1, 2)}, settings)


def long_life(env, lab, net, wanted, settings):
    """wanted: {client: (Main Modes, Quick Modes) after the first at least}; settings: of the clients"""
    server = env.server(lab, net.srv, office.config())
    Capture(lab, net.srv, net.outside, "isakmp", "udp port 500 or (udp port 4500 and udp[8:4] = 0)")
    # what a client's kernel sends between two policies is lost, and not by us
    clear = Capture(lab, net.srv, net.outside, "clear", "udp port 1701")
    guests = [net.guest(name, flavour=name) for name in wanted]
    results = dial_all(guests, settings)
    with Watch(server) as watch:
        streams = [Traffic(net, guest, SECONDS, 5300 + 10 * n) for n, guest in enumerate(guests)]
        losses = [stream.losses() for stream in streams]
    for guest, lost in zip(guests, losses):
        print("    %s: %d Main Modes, %d Quick Modes; %s" % ((guest.name,) + modes(guest) + (lost,)), flush=True)
    print("    at most %d SAs at once; %d L2TP packets in the clear" % (
        watch.most_sas, clear.logs()["packets"].count(" > ")), flush=True)
    watch.check(results)
    for guest, lost in zip(guests, losses):
        assert all(had >= least + 1 for had, least in zip(modes(guest), wanted[guest.name])), \
            "%s: renewed too seldom: %s" % (guest.name, modes(guest))
        assert lost.worst() < LOSS_MAX, "%s: %s" % (guest.name, lost)
        office.check_reaches(guest)
    assert len(server.sas()) <= 5 * len(guests), "old SAs pile up: %s" % server.sas()
    for guest in guests:
        assert guest.disconnect()[0] == 0
    left = server.wait_empty(40)
    assert not left, "left on the server: %s" % left
    assert server.stop() == 0


def dial_all(guests, settings):
    for guest in guests:
        guest.start()
    for guest in guests:
        guest.wait_ready()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda guest: office.dial(guest, **settings), guests))
    for result in results:
        office.check_connected(result)
    return results


def modes(guest):
    """(Main Modes, Quick Modes) that came to their end, as the client's log tells."""
    log = guest.ike_log()
    return tuple(len(re.findall(said[guest.root], log)) for said in (PHASE_1, PHASE_2))


class Watch:
    """Looks every second whether the sessions are the same ones as at the begin."""

    def __init__(self, server):
        self._server = server
        self._first = self._sessions()
        self._changes, self.most_sas = [], 0
        self._stop = threading.Event()
        self._begin = time.monotonic()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._stop.set()
        self._thread.join()

    def check(self, results):
        assert not self._changes, "the sessions changed: first %s, then %s" % (self._first, self._changes)
        assert sorted(self._first.values()) == sorted(result.local for result in results), self._first

    def _sessions(self):
        """{index: address}"""
        return {row["index"]: row["assigned_ip"] for row in self._server.sessions()}

    def _look(self):
        while not self._stop.wait(1):
            now = self._sessions()
            self.most_sas = max(self.most_sas, len(self._server.sas()))
            if now != (self._changes[-1][1] if self._changes else self._first):
                self._changes.append((round(time.monotonic() - self._begin), now))
