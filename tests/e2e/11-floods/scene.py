"""The scene of the floods: a server, a genuine client, a bystander and an attacker, with the
assertions that the cases share."""
import collections
import importlib
import os
import time

import office
from sekishod import Server
from topology import FAR

attacks = importlib.import_module("11-floods.attacker")
admin = importlib.import_module("10-server.test")

LINES_A_SECOND = 150  # of log, under any flood


class FloodServer(Server):
    """Freed memory is given back at once, so that the process's size tells something."""

    def _environment(self):
        return dict(super()._environment(), MALLOC_ARENA_MAX="2",
                    ASAN_OPTIONS="detect_leaks=1:quarantine_size_mb=1:malloc_context_size=4")


class Scene:
    """A server, a genuine client, a bystander's host and an attacker."""

    def __init__(self, env, lab, workers=None):
        self.net = lab.standard()
        self.server = FloodServer(lab, self.net.srv, office.config(), env.build, workers)
        self.client = admin.Caller(env, lab, self.net, 50)
        self.bystander = admin.Caller(env, lab, self.net, 51)
        self.attacker = attacks.Attacker(lab, self.net)
        self.engine = admin.engine_pid(self.server)
        self.far = None
        self._log_from = (time.monotonic(), self._log_lines())

    def bystand(self, seconds):
        """A session that pings through the server; wait_bystander() asserts that none was lost."""
        if not self.far:
            self.far = attacks.SlowEcho(self.net.far, 0.1)
        argv = self.bystander.argv(office.USER, office.PASSWORD, office.PSK, 10 * seconds, ping=FAR)
        process = self.bystander.space.popen(argv, log=os.path.join(self.client.lab.tmp, "bystander.log"))
        admin.wait_for("the bystander", lambda: [s for s in self.server.sessions() if s["state"] == "up"])
        return process

    def wait_bystander(self, process, timeout=30):
        text = os.path.join(self.client.lab.tmp, "bystander.log")
        assert process.wait(timeout) == 0, open(text).read()

    def counters(self):
        """All counters in one, by name."""
        document = self.server.show_json("show counters")
        merged = collections.Counter()
        for part in document.values():
            if isinstance(part, dict):
                merged.update(part)
        return merged

    def dial(self, tries=1):
        """A genuine client connects and pings, at one of so many tries."""
        for _ in range(tries):
            done = self.client.call()
            if done.returncode == 0:
                return
        raise AssertionError("a genuine client did not connect: " + done.stdout)

    def _log_lines(self):
        return self.server.log_text().count("\n")

    def log_is_quiet(self):
        """The log's growth since the last look stayed below the limit."""
        begin, lines = self._log_from
        self._log_from = (time.monotonic(), self._log_lines())
        seconds = max(1.0, self._log_from[0] - begin)
        rate = (self._log_from[1] - lines) / seconds
        assert rate < LINES_A_SECOND, "%.0f log lines a second" % rate
        return rate

    def still_well(self):
        """The same engine, no sanitizer's word, and a genuine client connects."""
        assert admin.engine_pid(self.server) == self.engine, "the engine died"
        self.server.check_log()
        self.dial()

    def end(self):
        self.log_is_quiet()
        assert admin.engine_pid(self.server) == self.engine, "the engine died"
        assert self.server.stop() == 0


def not_more_out_than_in(before, after):
    """Neither packets nor octets; returns the four differences for messages."""
    sent, got = ([a - b for a, b in zip(after[k], before[k])] for k in ("sent", "got"))
    assert got[0] <= sent[0], "%d packets answered by %d" % (sent[0], got[0])
    assert got[1] <= sent[1], "%d octets answered by %d" % (sent[1], got[1])
    return sent, got


def say(text, *words):
    print("    " + text % words, flush=True)


def silent(scene, what, count):
    """Nothing may come back for what `what` sends; some counter must have grown by `count`."""
    before, counters = scene.attacker.counts(), scene.counters()
    what()
    time.sleep(0.3)
    after = scene.attacker.counts()
    grown = scene.counters() - counters
    assert after["got"] == before["got"], "answered: %s" % (grown,)
    assert after["sent"][0] > before["sent"][0], "nothing was sent"
    for name, least in count.items():
        assert grown[name] >= least, "%s grew by %d only: %s" % (name, grown[name], grown)


def isakmp_of(packets):
    """(source port, destination port, message without a marker) of the ISAKMP datagrams."""
    for packet in packets:
        if packet[9] != 17:
            continue
        sport, dport, data = attacks.udp_parts(packet)
        if dport == 500:
            yield sport, dport, data
        elif dport == 4500 and data[:4] == bytes(4):
            yield sport, dport, data[4:]


def isakmp_of_server(tap):
    """ISAKMP datagrams that the server sent to the tap's namespace."""
    for mine, packet in tap.read():
        if mine or packet[9] != 17:
            continue
        sport, _, data = attacks.udp_parts(packet)
        if sport == 500 or (sport == 4500 and data[:4] == bytes(4)):
            yield data


def with_session(scene):
    """A bystander for 15 s: its process, what its set-up looked like, its session and SPI."""
    tap = attacks.Tap(scene.bystander.space)
    process = scene.bystand(12)
    seen = [packet for mine, packet in tap.read() if mine]
    session = scene.server.sessions()[0]
    spi = int(scene.server.show_json("show crypto ipsec sa")[0]["inbound_spi"], 16)
    return process, seen, session, spi


def same_session(scene, session):
    now = scene.server.sessions()
    assert len(now) == 1, now
    for field in ("index", "state", "assigned_ip", "public_ip", "public_port"):
        assert now[0][field] == session[field], "%s: %s was %s" % (field, now[0][field], session[field])
