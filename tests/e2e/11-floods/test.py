"""Floods, junk, malformed messages, forgeries and replays from strangers, against the server
on the wire (NO_UML). Each case has a bystander or a genuine client beside it, and a counter or
an answer that proves that what was sent did arrive."""
import collections
import importlib
import itertools
import os
import random
import socket
import struct
import threading
import time

import office
from sekishod import Server
from topology import SERVER

attacks = importlib.import_module("11-floods.attacker")
im = importlib.import_module("11-floods.isakmp_message")
admin = importlib.import_module("10-server.test")

NO_UML = True

LINES_A_SECOND = 150  # of log, under any flood
GROWTH_KB = 4096      # of the engine's memory in the second half of a flood


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
        self._log_from = (time.monotonic(), self._log_lines())

    def bystand(self, seconds):
        """A session that pings once a second; wait_bystander() asserts that none was lost."""
        argv = self.bystander.argv(office.USER, office.PASSWORD, office.PSK, seconds)
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


# ---- floods of first messages

def crowd_address(i):
    return attacks.ip4(attacks.CROWD_FIRST + i % attacks.CROWD_SIZE)


def first_messages(n, address_of):
    return (attacks.udp_packet(address_of(i), 500 if i % 3 else 1024 + i % 60000, 500, im.mm1())
            for i in range(n))


def flood_and_measure(scene, make, half, per_second):
    """Two halves of a flood; a genuine client dials in the second. The figures."""
    before = scene.attacker.counts()
    scene.attacker.flood(make(half), per_second)
    first_kb, cpu = attacks.memory_kb(scene.engine), attacks.cpu_s(scene.engine)
    result = []
    thread = threading.Thread(
        target=lambda: result.append(scene.attacker.flood(make(half), per_second)))
    thread.start()
    try:
        scene.dial(tries=3)
        during = thread.is_alive()
    finally:
        thread.join()
    n, seconds = result[0]
    grown = attacks.memory_kb(scene.engine) - first_kb
    sent, got = not_more_out_than_in(before, scene.attacker.counts())
    say("%d/s, dialled %s it; %d packets %d octets in, %d and %d out; memory %d KB, %+d KB; "
        "%.0f %% of a core; %.0f log lines/s", n / seconds, "during" if during else "after", *sent, *got,
        first_kb, grown, 100 * (attacks.cpu_s(scene.engine) - cpu) / seconds, scene.log_is_quiet())
    assert grown < GROWTH_KB, "the engine grew by %d KB" % grown
    return sent, got


def test_first_messages_of_one_source(env):
    """20000 MM1 from one address: 64 half-open entries, nobody else notices (H-05, row 31)."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        bystander = scene.bystand(9)
        _, got = flood_and_measure(
            scene, lambda n: first_messages(n, lambda i: scene.attacker.address), 10000, 4000)
        assert 64 <= got[0] <= 3 * 64, "%d answers" % got[0]
        assert scene.counters()["half-open-per-source"] > 10000
        scene.wait_bystander(bystander)
        scene.end()


def test_first_messages_of_a_crowd(env):
    """40000 MM1 from 16000 addresses: a fixed table, the oldest are pushed out."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab, workers=2)
        scene.attacker.crowd()
        bystander = scene.bystand(14)
        _, got = flood_and_measure(scene, lambda n: first_messages(n, crowd_address), 20000, 4000)
        assert got[0] > 10000, "only %d answers: what was tested?" % got[0]
        assert scene.counters()["half-open-evicted"] > 10000
        scene.wait_bystander(bystander)
        scene.end()


def test_first_messages_at_full_speed(env):
    """As fast as the attacker can: the limit of punts holds, the client gets in afterwards."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        scene.attacker.crowd()
        packets = list(first_messages(20000, crowd_address))
        bystander = scene.bystand(5)
        before, size = scene.attacker.counts(), attacks.memory_kb(scene.engine)
        n, seconds = scene.attacker.flood(itertools.chain(packets, packets), 10 ** 9)
        grown = attacks.memory_kb(scene.engine) - size
        time.sleep(1)
        sent, got = not_more_out_than_in(before, scene.attacker.counts())
        say("%.0f/s; %d in, %d out; memory %+d KB", n / seconds, sent[0], got[0], grown)
        scene.dial(tries=2)
        scene.wait_bystander(bystander)
        scene.end()


def test_refused_offers(env):
    """20000 MM1 that nobody takes: a few refusals, never longer than the request (H-03)."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        scene.attacker.crowd()
        s = scene.attacker.udp()
        answer = scene.attacker.ask(s, im.mm1_refused())
        assert answer and answer[18] == im.INFORMATIONAL and len(answer) <= len(im.mm1_refused())
        bystander = scene.bystand(9)
        _, got = flood_and_measure(scene, lambda n: (
            attacks.udp_packet(crowd_address(i), 500, 500, im.mm1_refused()) for i in range(n)),
            10000, 4000)
        counters = scene.counters()
        assert counters["no-proposal-chosen"] > 10000 and counters["notify-rate"] > 5000, counters
        say("%d refusals were sent", got[0])
        # rows 44 and 45: the refusal names no cookie that lives
        cky_i, cky_r = im.cookies(answer)
        for exchange in (im.MAIN, im.INFORMATIONAL, im.QUICK):
            assert not scene.attacker.ask(s, im.message([(im.KE, bytes(256))], cky_i, cky_r=cky_r,
                                                        exchange=exchange, mid=5), wait=0.2)
        scene.wait_bystander(bystander)
        scene.end()


def test_key_exchanges_of_real_sources(env):
    """MM1 to MM3 with a KE from 40 sources at once: the DH budget, a client gets in (H-06)."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        scene.attacker.crowd()
        bystander = scene.bystand(12)
        before = scene.attacker.counts()
        sockets = [scene.attacker.udp(crowd_address(i)) for i in range(40)]
        stop = time.monotonic() + 8
        done = [0]

        def press():
            while time.monotonic() < stop:
                done[0] += press_once(sockets)
                time.sleep(0.05)

        thread = threading.Thread(target=press)
        thread.start()
        try:
            time.sleep(1)
            scene.dial(tries=3)
        finally:
            thread.join()
        sent, got = not_more_out_than_in(before, scene.attacker.counts())
        say("%d MM3 sent; %d packets %d octets in, %d and %d out", done[0], *sent, *got)
        assert done[0] > 200, "only %d MM3 were sent" % done[0]
        scene.wait_bystander(bystander)
        scene.end()


def press_once(sockets):
    """One new handshake from every socket as far as MM3; how many got MM2."""
    n = 0
    for s in sockets:
        attacks.drain(s)
        attacks.send(s, im.mm1())
    time.sleep(0.2)
    for s in sockets:
        for answer in attacks.drain(s):
            if answer[18] == im.MAIN and len(answer) < 200:
                attacks.send(s, im.mm3(*im.cookies(answer)))
                n += 1
    return n


# ---- silence

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


def test_junk_is_not_answered(env):
    """Junk to 500, 4500 and of protocol 50: no octet back, each drop by name (H-35, row 85)."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab, workers=2)
        dice = random.Random(1)
        s = scene.attacker.udp()
        assert scene.attacker.ask(s, im.mm1()), "a right message is not answered"
        assert scene.attacker.ask(s, bytes(4) + im.mm1(), 4500), "nor on port 4500"

        def each(port, datagrams):
            for datagram in datagrams:
                attacks.send(s, datagram, port)

        lengths = [dice.randbytes(n) for n in range(65) for _ in range(4)]
        silent(scene, lambda: each(500, lengths), {"rx-short": 28 * 4 - 8, "version": 50})
        silent(scene, lambda: each(4500, lengths), {"rx-short": 8, "esp-spi-unknown": 20})
        silent(scene, lambda: each(500, [bytes(n) for n in range(65)]), {"rx-short": 27})
        silent(scene, lambda: each(4500, [bytes(n) for n in range(65)]), {"rx-short": 30})
        silent(scene, lambda: each(4500, [b"\xff"] * 5 + [b"\xff" * n for n in range(2, 8)]),
               {"rx-keepalive": 5})
        silent(scene, lambda: each(4500, (struct.pack(">I", spi) + dice.randbytes(60) for spi in range(1, 256))),
               {"esp-spi-unknown": 200})
        silent(scene, lambda: each(4500, (dice.randbytes(8 + 16 * dice.randrange(2, 9) + 12) for _ in range(1000))),
               {"esp-spi-unknown": 900})
        silent(scene, lambda: each(500, ikev2_probes(dice)), {"version": 60})
        silent(scene, lambda: each(500, unknown_cookies(dice)), {"cookie-unknown": 100})
        silent(scene, lambda: each(4500, (bytes(4) + m for m in unknown_cookies(dice))), {"cookie-unknown": 100})
        raw = {p: scene.attacker.raw(p) for p in (50, 51, 97, 115)}
        silent(scene, lambda: [r.sendto(dice.randbytes(n), (SERVER, 0)) for n in range(65) for r in raw.values()],
               {"esp-short": 8, "esp-spi-unknown": 3})
        assert {row["state"] for row in scene.server.sas()} <= {"MM_WAIT_MSG3"}, scene.server.sas()
        assert len(scene.server.sas()) == 2 and not scene.server.sessions()
        scene.still_well()
        scene.end()


def ikev2_probes(dice):
    """IKE_SA_INIT and others of major version 2, and of versions that do not exist."""
    for version in (0x00, 0x20, 0x21, 0x2f, 0x30, 0xf0):
        for exchange in (34, 35, 36, 37, 2, 5):
            for first in (33, 46):
                yield im.header(dice.randbytes(100), dice.randbytes(8), first=first, version=version,
                                exchange=exchange, flags=8)


def unknown_cookies(dice):
    """Every exchange, in clear and encrypted, of SAs that do not exist."""
    for exchange in range(256):
        for flags in (0, im.ENCRYPTED):
            yield im.header(dice.randbytes(80), dice.randbytes(8), cky_r=dice.randbytes(8), first=8,
                            exchange=exchange, flags=flags, mid=dice.randrange(1, 2 ** 32))


def test_half_opens_expire(env):
    """What a stranger leaves is gone 30 s later; nothing but MM3 moves it (rows 45, 47)."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        s = scene.attacker.udp()
        cky_i, cky_r = im.cookies(scene.attacker.ask(s, im.mm1()))

        def others():
            for exchange, flags in itertools.product((im.QUICK, im.INFORMATIONAL, 6, 4), (0, im.ENCRYPTED)):
                attacks.send(s, im.message([(im.HASH, os.urandom(32)), (im.SA, im.sa_body())], cky_i,
                                           cky_r=cky_r, exchange=exchange, flags=flags, mid=77))
            attacks.send(s, im.message([(im.ID, os.urandom(16))], cky_i, cky_r=cky_r, flags=im.ENCRYPTED))
            for protocol, length, spi in ((1, 16, cky_i + cky_r), (3, 4, bytes(4))):
                attacks.send(s, im.message([(im.DELETE, im.delete_body(protocol, length, [spi]))], cky_i,
                                           cky_r=cky_r, exchange=im.INFORMATIONAL, mid=78))

        silent(scene, others, {"encrypted-without-keys": 2, "informational-not-encrypted": 2})
        assert [row["state"] for row in scene.server.sas()] == ["MM_WAIT_MSG3"], scene.server.sas()
        answer = scene.attacker.ask(s, im.mm3(cky_i, cky_r))
        assert answer and answer[18] == im.MAIN, "MM3 got no MM4: the SA was disturbed"
        assert not scene.server.wait_empty(40), scene.server.sas()
        scene.end()


# ---- malformed messages

def answers(scene, datagrams):
    """Sends them, each from a socket of its own on one of many addresses; each may have at most
    one answer, not longer than itself. How many were answered."""
    n = 0
    sockets = []
    for i, datagram in enumerate(datagrams):
        s = scene.attacker.udp(crowd_address(scene.used))
        scene.used += 1
        attacks.send(s, datagram)
        sockets.append((s, datagram))
        if i % 200 == 199:
            n += collect(sockets)
    return n + collect(sockets)


def collect(sockets):
    n = 0
    time.sleep(0.1)
    for s, datagram in sockets:
        got = attacks.drain(s)
        s.close()
        assert len(got) <= 1, "%d answers to %s" % (len(got), datagram.hex())
        assert not got or len(got[0]) <= len(datagram), "%s answered by %s" % (datagram.hex(), got[0].hex())
        n += len(got)
    sockets.clear()
    return n


def put(data, at, value):
    return data[:at] + value + data[at + len(value):]


def cuts(good):
    """Cut and lengthened datagrams, with and without a header that says so."""
    for n in range(len(good)):
        yield good[:n]
        yield put(good[:n], 24, struct.pack(">I", n)) if n >= 28 else good[:n] + b"\0"
    for length in (0, 1, 27, 28, 29, len(good) - 1, len(good) + 1, 65535, 2 ** 31, 2 ** 32 - 1):
        yield put(good, 24, struct.pack(">I", length))
    for more in (1, 16, 17, 500):
        yield good + bytes(more)
        yield good + b"\x55" * more


def payload_lengths(good):
    """Each length field of the chain and inside the SA payload: 0 to 3 and around the truth."""
    at, ends = im.HEADER_LEN, []
    while at < len(good):
        ends.append(at)
        at += struct.unpack(">H", good[at + 2:at + 4])[0]
    fields = [e + 2 for e in ends] + [ends[0] + 14, ends[0] + 22]
    for field in fields:
        true = struct.unpack(">H", good[field:field + 2])[0]
        for value in list(range(12)) + [true - 1, true + 1, true + 4, 0x7fff, 0x8000, 0xffff]:
            yield put(good, field, struct.pack(">H", value))


def next_payloads(good):
    """Next payload 0 to 255 in the header and in each generic header; reserved octets."""
    second = im.HEADER_LEN + struct.unpack(">H", good[30:32])[0]
    for at in (16, im.HEADER_LEN, second):
        for value in range(256):
            yield put(good, at, bytes([value]))
    for at in (29, second + 1):
        for bit in range(8):
            yield put(good, at, bytes([1 << bit]))


def counts_of_payloads(_good):
    for n in (1, 30, 37, 38, 39, 40, 41, 42, 100, 1000):
        yield im.mm1(more=[(im.VENDOR_ID, os.urandom(4))] * n)
    for n in (2, 3):
        yield im.message([(im.SA, im.sa_body())] * n)
    for n in (0, 1, 1024, 1025, 9000):
        yield im.mm1(more=[(im.VENDOR_ID, os.urandom(n))])
    for kind in (im.CERT, im.CERT_REQUEST, im.ID, im.NONCE, im.KE, im.HASH, im.NAT_D, im.NOTIFY, im.DELETE):
        for n in (0, 1, 3, 4, 8, 200, 9000):
            yield im.mm1(more=[(kind, os.urandom(n))])


def many_transforms(_good):
    good = im.attributes(7, 4, 1, 14, 256)
    for n in (2, 64, 127, 128, 129, 200, 255):
        body = im.proposal([im.transform(i, good, last=i == n - 1) for i in range(n)])
        yield im.message([(im.SA, struct.pack(">II", 1, 1) + body)])
    for n in (2, 20, 128):
        body = b"".join(im.proposal([im.transform(0, good)], last=i == n - 1) for i in range(n))
        yield im.message([(im.SA, struct.pack(">II", 1, 1) + body)])
    for count in (0, 2, 255):
        yield im.message([(im.SA, struct.pack(">II", 1, 1) + im.proposal([im.transform(0, good)], count))])
    for spi_len in (0, 1, 4, 8, 16, 255):
        for spi in (b"", os.urandom(spi_len)):
            body = im.proposal([im.transform(0, good)], spi=spi, spi_len=spi_len)
            yield im.message([(im.SA, struct.pack(">II", 1, 1) + body)])


def odd_attributes(_good):
    """TV and TLV forms, lengths that lie, values at the edges, repeats; DOI and situation bits."""
    good = im.attributes(7, 4, 1, 14, 256)
    for kind in list(range(20)) + [16384, 32767]:
        for value in (0, 1, 14, 255, 1025, 65535):
            yield im.message([(im.SA, im.sa_body(good + im.tv(kind, value)))])
        for size in (0, 1, 2, 4, 8, 100):
            yield im.message([(im.SA, im.sa_body(good + im.tlv(kind, os.urandom(size))))])
            yield im.message([(im.SA, im.sa_body(im.tlv(kind, bytes(size)) + good))])
        lie = struct.pack(">HH", kind, 60000) + b"xy"
        yield im.message([(im.SA, im.sa_body(good + lie))])
    for bits in (0, 1, 64, 128, 256, 65535):
        for cipher in (1, 5, 7):
            yield im.message([(im.SA, im.sa_body(cipher=cipher, key_bits=bits))])
    for bit in range(32):
        yield im.message([(im.SA, im.sa_body(doi=1 ^ 1 << bit))])
        yield im.message([(im.SA, im.sa_body(situation=1 ^ 1 << bit))])


def dice_changes(good):
    dice = random.Random(7)
    for _ in range(1500):
        data = bytearray(good)
        for _ in range(dice.choice((1, 1, 2, 5))):
            data[dice.randrange(im.HEADER_LEN, len(data))] = dice.choice((0, 1, 0x7f, 0x80, 0xff, dice.randrange(256)))
        yield bytes(data)


MALFORMED = (cuts, payload_lengths, next_payloads, counts_of_payloads, many_transforms,
             odd_attributes, dice_changes)


def fresh(datagram):
    """With a cookie of its own, so that it is not a duplicate of another."""
    return os.urandom(8) + datagram[8:] if len(datagram) >= 8 else datagram


def test_malformed_first_messages(env):
    """Rows 1 to 38: every class, each datagram alone; a genuine client after each class."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        scene.attacker.crowd()
        scene.used = 0
        assert answers(scene, [im.mm1(), im.mm1_refused()]) == 2, "right messages are not answered"
        for make in MALFORMED:
            before = scene.counters()
            datagrams = [fresh(d) for d in make(im.mm1())]
            n = answers(scene, datagrams)
            grown = {k: v for k, v in (scene.counters() - before).items() if "-" in k}
            say("%s: %d sent, %d answered", make.__name__, len(datagrams), n)
            refused = sum(grown.get(name, 0) for name in IKE_REASONS)
            assert refused + n >= len(datagrams) * 9 // 10, "%s: %s" % (make.__name__, grown)
            scene.still_well()
        scene.end()


IKE_REASONS = """rx-short rx-long header-length version exchange-type flags cookie-zero cookie-unknown
    message-id payload-length payload-reserved payload-type payload-count payload-missing
    payload-body sa-malformed sa-too-many-transforms sa-too-large no-proposal-chosen""".split()


def wrong_third_messages(cky_i, cky_r):
    """MM3 with lengths and values of KE and nonce that are not right (rows 26 to 28)."""
    p = int("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
            "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
            "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
            "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
            "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
            "15728E5A8AACAA68FFFFFFFFFFFFFFFF", 16)
    for value in (0, 1, p - 1, p, p + 1, 2 ** 2048 - 1):
        yield im.mm3(cky_i, cky_r, ke=value.to_bytes(256, "big"))
    for size in (0, 1, 2, 128, 255, 257, 512, 1024, 1025, 9000):
        yield im.mm3(cky_i, cky_r, ke=os.urandom(size))
    for size in (0, 1, 7, 257, 1000, 9000):
        yield im.mm3(cky_i, cky_r, nonce=os.urandom(size))
    for kinds in ([im.KE], [im.NONCE], [im.KE, im.KE, im.NONCE], [im.KE, im.NONCE, im.NONCE], [im.NAT_D], [im.SA]):
        yield im.message([(k, os.urandom(256 if k == im.KE else 32)) for k in kinds], cky_i, cky_r=cky_r)
    yield im.message([(im.KE, bytes(256)), (im.NONCE, bytes(32))], cky_i, cky_r=cky_r, flags=im.ENCRYPTED)


def strange_third_messages(cky_i, cky_r):
    """MM3 that may be answered or not."""
    for sizes in ([], [16], [32], [32] * 3, [32] * 30, [32] * 37, [32] * 38, [32] * 39, [65], [0], [20, 32]):
        yield im.mm3(cky_i, cky_r, more=[(im.NAT_D, os.urandom(n)) for n in sizes])
    for size in (8, 256):
        yield im.mm3(cky_i, cky_r, nonce=os.urandom(size))
    good = im.mm3(cky_i, cky_r)
    yield from (put(good[:n], 24, struct.pack(">I", n)) for n in range(28, len(good), 3))
    yield from (put(good, at, bytes([value])) for at in (16, 28, 288) for value in range(0, 256, 5))
    yield from (put(good, at, struct.pack(">H", v)) for at in (30, 290) for v in (0, 1, 2, 3, 4, 35, 37, 259, 261, 65535))


def test_malformed_third_messages(env):
    """Each after a real MM2, from an address of its own: wrong ones are not answered."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        scene.attacker.crowd()
        scene.used = 0
        bystander = scene.bystand(14)
        for make, silence in ((wrong_third_messages, True), (strange_third_messages, False)):
            n = len(list(make(bytes(8), bytes(8))))
            got = sum(third_message(scene, make, i, silence) for i in range(n))
            say("%s: %d sent, %d answered", make.__name__, n, got)
            scene.still_well()
        assert got > 5, "no strange message was answered: what was tested?"
        scene.wait_bystander(bystander)
        scene.end()


def third_message(scene, make, i, silence):
    """MM1, MM2, then the i-th of make(): 1 when that was answered with MM4."""
    s = scene.attacker.udp(crowd_address(scene.used))
    scene.used += 1
    mm2 = scene.attacker.ask(s, im.mm1())
    assert mm2, "no MM2 for the %d-th of %s" % (i, make.__name__)
    cky_i, cky_r = im.cookies(mm2)
    datagram = next(itertools.islice(make(cky_i, cky_r), i, None))
    attacks.send(s, datagram)
    got = attacks.drain(s, 0.03)
    assert len(got) <= 1, "%d answers to the %d-th of %s" % (len(got), i, make.__name__)
    # who got MM2 is no spoofer: our nonce may be longer than its own
    assert not got or len(got[0]) <= len(datagram) + 128, "%d octets for %d" % (len(got[0]), len(datagram))
    if silence and got:
        assert got[0][18] == im.INFORMATIONAL and len(got[0]) <= len(datagram), got[0].hex()
    s.close()
    return len(got)
