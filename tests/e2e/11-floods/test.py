"""Floods, junk, malformed messages, forgeries and replays from strangers, against the server
on the wire (NO_UML). Each case has a bystander or a genuine client beside it, and a counter or
an answer that proves that what was sent did arrive."""
import importlib
import itertools
import os
import random
import struct
import threading
import time

from topology import SERVER

attacks = importlib.import_module("11-floods.attacker")
hostile = importlib.import_module("11-floods.hostile")
im = importlib.import_module("11-floods.isakmp_message")
play = importlib.import_module("11-floods.scene")
wrong = importlib.import_module("11-floods.malformed")
admin = importlib.import_module("10-server.test")

NO_UML = True
ALONE = True           # it measures memory and a bystander's pings

GROWTH_KB = 4096      # of the engine's memory in the second half of a flood
TABLE_KB = 49152      # what a full table of half-open SAs may take (sanitizers included)


# ---- floods of first messages

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
    sent, got = play.not_more_out_than_in(before, scene.attacker.counts())
    play.say("%d/s, dialled %s it; %d packets %d octets in, %d and %d out; memory %d KB, %+d KB; "
        "%.0f %% of a core; %.0f log lines/s", n / seconds, "during" if during else "after", *sent, *got,
        first_kb, grown, 100 * (attacks.cpu_s(scene.engine) - cpu) / seconds, scene.log_is_quiet())
    assert grown < GROWTH_KB, "the engine grew by %d KB" % grown
    return sent, got


def test_first_messages_of_one_source(env):
    """20000 MM1 from one address: 64 half-open entries, replaced after 2 s at the earliest; nobody
    else notices (H-05, row 31)."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
        bystander = scene.bystand(9)
        _, got = flood_and_measure(
            scene, lambda n: hostile.first_messages(n, lambda i: scene.attacker.address), 10000, 4000)
        assert 64 <= got[0] <= 8 * 64, "%d answers" % got[0]
        assert scene.counters()["half-open-per-source"] > 10000
        scene.wait_bystander(bystander)
        scene.end()


def test_first_messages_in_a_clients_name(env):
    """MM1 spoofed from one client's address do not lock that client out."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
        raw = scene.attacker.raw()
        for i in range(300):
            raw.sendto(attacks.udp_packet("198.18.0.50", 1000 + i, 500, im.mm1()), (SERVER, 0))
        time.sleep(0.5)
        assert scene.counters()["half-open-per-source"] >= 200
        scene.dial()
        scene.end()


def test_first_messages_of_a_crowd(env):
    """40000 MM1 from 16000 addresses: a fixed table, the oldest are pushed out."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab, workers=2)
        scene.attacker.crowd()
        bystander = scene.bystand(14)
        _, got = flood_and_measure(scene, lambda n: hostile.first_messages(n, hostile.crowd_address), 20000, 4000)
        assert got[0] > 10000, "only %d answers: what was tested?" % got[0]
        assert scene.counters()["half-open-evicted"] > 10000
        scene.wait_bystander(bystander)
        scene.end()


def test_first_messages_at_full_speed(env):
    """As fast as the attacker can: the limit of punts holds, the client gets in afterwards."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
        scene.attacker.crowd()
        packets = list(hostile.first_messages(20000, hostile.crowd_address))
        bystander = scene.bystand(5)
        before, size = scene.attacker.counts(), attacks.memory_kb(scene.engine)
        n, seconds = scene.attacker.flood(itertools.chain(packets, packets), 10 ** 9)
        grown = attacks.memory_kb(scene.engine) - size
        time.sleep(1)
        sent, got = play.not_more_out_than_in(before, scene.attacker.counts())
        play.say("%.0f/s; %d in, %d out; memory %+d KB", n / seconds, sent[0], got[0], grown)
        assert grown < TABLE_KB, "the engine grew by %d KB" % grown
        scene.dial(tries=2)
        scene.wait_bystander(bystander)
        scene.end()


def test_refused_offers(env):
    """20000 MM1 that nobody takes: a few refusals, never longer than the request (H-03)."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
        scene.attacker.crowd()
        s = scene.attacker.udp()
        answer = scene.attacker.ask(s, im.mm1_refused())
        assert answer and answer[18] == im.INFORMATIONAL and len(answer) <= len(im.mm1_refused())
        bystander = scene.bystand(9)
        _, got = flood_and_measure(scene, lambda n: (
            attacks.udp_packet(hostile.crowd_address(i), 500, 500, im.mm1_refused()) for i in range(n)),
            10000, 4000)
        counters = scene.counters()
        assert counters["no-proposal-chosen"] > 10000 and counters["notify-rate"] > 5000, counters
        play.say("%d refusals were sent", got[0])
        # rows 44 and 45: the refusal names no cookie that lives
        cky_i, cky_r = im.cookies(answer)
        for exchange in (im.MAIN, im.INFORMATIONAL, im.QUICK):
            assert not scene.attacker.ask(s, im.message([(im.KE, bytes(256))], cky_i, cky_r=cky_r,
                                                        exchange=exchange, mid=5), wait=0.2)
        scene.wait_bystander(bystander)
        scene.end()


def test_key_exchanges_of_real_sources(env):
    """MM1 to MM3 with a KE from 150 sources at once: the DH budget, a client gets in (H-06)."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
        scene.attacker.crowd()
        bystander = scene.bystand(12)
        before = scene.attacker.counts()
        sockets = [scene.attacker.udp(hostile.crowd_address(i)) for i in range(150)]
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
        sent, got = play.not_more_out_than_in(before, scene.attacker.counts())
        play.say("%d MM3 sent; %d packets %d octets in, %d and %d out", done[0], *sent, *got)
        play.say("dh-budget: %d", scene.counters()["dh-budget"])
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

def test_junk_is_not_answered(env):
    """Junk to 500, 4500 and of protocol 50: no octet back, each drop by name (H-35, row 85)."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab, workers=2)
        dice = random.Random(1)
        s = scene.attacker.udp()
        assert scene.attacker.ask(s, im.mm1()), "a right message is not answered"
        assert scene.attacker.ask(s, bytes(4) + im.mm1(), 4500), "nor on port 4500"

        def each(port, datagrams):
            for datagram in datagrams:
                attacks.send(s, datagram, port)

        lengths = [dice.randbytes(n) for n in range(65) for _ in range(4)]
        play.silent(scene, lambda: each(500, lengths), {"rx-short": 28 * 4 - 8, "version": 50})
        play.silent(scene, lambda: each(4500, lengths), {"rx-short": 8, "esp-spi-unknown": 20})
        play.silent(scene, lambda: each(500, [bytes(n) for n in range(65)]), {"rx-short": 27})
        play.silent(scene, lambda: each(4500, [bytes(n) for n in range(65)]), {"rx-short": 30})
        play.silent(scene, lambda: each(4500, [b"\xff"] * 5 + [b"\xff" * n for n in range(2, 8)]),
               {"rx-keepalive": 5})
        low = [struct.pack(">I", spi) + dice.randbytes(60) for spi in range(1, 256)]
        play.silent(scene, lambda: each(4500, low), {"esp-spi-unknown": 200})
        esp = [dice.randbytes(8 + 16 * dice.randrange(2, 9) + 12) for _ in range(1000)]
        play.silent(scene, lambda: each(4500, esp), {"esp-spi-unknown": 900})
        play.silent(scene, lambda: each(500, hostile.ikev2_probes(dice)), {"version": 60})
        aggressive = [im.mm1(exchange=im.AGGRESSIVE) for _ in range(100)]
        play.silent(scene, lambda: each(500, aggressive), {"aggressive-mode-off": 100})
        long = [im.mm1()[:28] + bytes(n) for n in (9973, 20000, 40000, 65000)]
        play.silent(scene, lambda: each(500, long), {"rx-long": 4})
        counts = {"exchange-type": 500, "cookie-unknown": 4, "message-id": 2}
        play.silent(scene, lambda: each(500, hostile.unknown_cookies(dice)), counts)
        play.silent(scene, lambda: each(4500, (bytes(4) + m for m in hostile.unknown_cookies(dice))), counts)
        raw = {p: scene.attacker.raw(p) for p in (50, 51, 97, 115)}
        play.silent(scene, lambda: [r.sendto(dice.randbytes(n), (SERVER, 0)) for n in range(65)
                                    for r in raw.values()], {"esp-short": 4, "esp-spi-unknown": 50})
        assert {row["state"] for row in scene.server.sas()} <= {"MM_WAIT_MSG3"}, scene.server.sas()
        assert len(scene.server.sas()) == 2 and not scene.server.sessions()
        scene.still_well()
        scene.end()


def test_flood_of_junk(env):
    """Row 30: 40000 datagrams of junk in 5 s. Silence, a bystander that loses nothing."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab, workers=2)
        scene.attacker.crowd()
        dice = random.Random(5)
        bystander = scene.bystand(7)
        before, size = scene.attacker.counts(), attacks.memory_kb(scene.engine)
        cpu, ports = attacks.cpu_s(scene.engine), (500, 4500, 4500, 1701)
        n, seconds = scene.attacker.flood(
            (attacks.udp_packet(hostile.crowd_address(i), 4500, ports[i % 4], dice.randbytes(30 + i % 400))
             for i in range(40000)), 8000)
        grown = attacks.memory_kb(scene.engine) - size
        play.say("%.0f/s; memory %+d KB; %.0f %% of a core; %.0f log lines/s", n / seconds, grown,
            100 * (attacks.cpu_s(scene.engine) - cpu) / seconds, scene.log_is_quiet())
        assert scene.attacker.counts()["got"] == before["got"], "junk was answered"
        assert grown < GROWTH_KB, "the engine grew by %d KB" % grown
        counters = scene.counters()
        assert counters["esp-spi-unknown"] > 10000 and counters["version"] > 5000, counters
        scene.wait_bystander(bystander)
        scene.still_well()
        scene.end()


def test_half_opens_expire(env):
    """What a stranger leaves is gone 30 s later; nothing but MM3 moves it (rows 45, 47)."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
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

        play.silent(scene, others, {"not-expected-in-this-state": 3, "informational-not-encrypted": 2,
                               "exchange-type": 2, "message-id": 2, "not-encrypted": 1})
        assert [row["state"] for row in scene.server.sas()] == ["MM_WAIT_MSG3"], scene.server.sas()
        answer = scene.attacker.ask(s, im.mm3(cky_i, cky_r))
        assert answer and answer[18] == im.MAIN, "MM3 got no MM4: the SA was disturbed"
        assert not scene.server.wait_empty(40), scene.server.sas()
        scene.end()


# ---- malformed messages

def test_malformed_first_messages(env):
    """Rows 1 to 38: every class, each datagram alone; a genuine client after each class."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
        scene.attacker.crowd()
        scene.used = 0
        assert wrong.answers(scene, [im.mm1(), im.mm1_refused()]) == 2, "right messages are not answered"
        for make in wrong.MALFORMED:
            before = scene.counters()
            datagrams = [wrong.fresh(d) for d in make(im.mm1())]
            n = wrong.answers(scene, datagrams)
            grown = {k: v for k, v in (scene.counters() - before).items() if "-" in k}
            play.say("%s: %d sent, %d answered", make.__name__, len(datagrams), n)
            refused = sum(grown.get(name, 0) for name in IKE_REASONS)
            assert refused + n >= len(datagrams) * 9 // 10, "%s: %s" % (make.__name__, grown)
            scene.still_well()
        scene.end()


IKE_REASONS = """rx-short rx-long header-length version exchange-type flags cookie-zero cookie-unknown
    message-id payload-length payload-reserved payload-type payload-count payload-missing
    payload-body sa-malformed sa-too-many-transforms sa-too-large no-proposal-chosen""".split()


def test_malformed_third_messages(env):
    """Each after a real MM2, from an address of its own: wrong ones are not answered."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
        scene.attacker.crowd()
        scene.used = 0
        bystander = scene.bystand(14)
        for make, silence in ((wrong.wrong_third_messages, True), (wrong.strange_third_messages, False)):
            n = len(list(make(bytes(8), bytes(8))))
            got = sum(wrong.third_message(scene, make, i, silence) for i in range(n))
            play.say("%s: %d sent, %d answered", make.__name__, n, got)
            scene.still_well()
        assert got > 5, "no strange message was answered: what was tested?"
        scene.wait_bystander(bystander)
        scene.end()


# ---- forgeries and replays

def test_forgeries_against_a_session(env):
    """Deletes, notifies, garbage and ESP that name a live SA: from elsewhere and from the victim's
    own address. The session stays, where it is, and loses no ping (H-10, H-11)."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab, workers=2)
        process, seen, session, spi = play.with_session(scene)
        _, _, last = list(play.isakmp_of(seen))[-1]
        cky_i, cky_r = im.cookies(last)
        s = scene.attacker.udp()

        def from_elsewhere():
            for message in hostile.forged_messages(cky_i, cky_r, spi):
                if message[8:16] != im.ZERO:  # a first message is for anyone to send
                    attacks.send(s, message)
                    attacks.send(s, bytes(4) + message, 4500)
            for data in hostile.forged_esp(spi):
                attacks.send(s, data, 4500)

        play.silent(scene, from_elsewhere, {"esp-short": 50, "esp-icv": 150, "esp-sequence-zero": 50,
                                       "informational-not-encrypted": 400, "exchange-type": 10,
                                       "message-id": 10, "not-expected-in-this-state": 10,
                                       "ciphertext-length": 20, "decrypts-to-garbage": 10})
        play.same_session(scene, session)
        before = scene.counters()
        packets = []
        for message in hostile.forged_messages(cky_i, cky_r, spi):
            packets.append(attacks.udp_packet("198.18.0.51", 500, 500, message))
            packets.append(attacks.udp_packet("198.18.0.51", 4500, 4500, bytes(4) + message))
        packets += [attacks.udp_packet("198.18.0.51", 4500, 4500, data) for data in hostile.forged_esp(spi)]
        scene.attacker.flood(packets, 4000)
        raw = scene.attacker.raw(50)
        for data in hostile.forged_esp(spi):
            raw.sendto(data, (SERVER, 0))
        time.sleep(0.3)
        grown = scene.counters() - before
        assert grown["esp-icv"] >= 300 and grown["path-changed"] == 0, grown
        assert grown["informational-not-encrypted"] >= 400, grown
        play.same_session(scene, session)
        scene.wait_bystander(process)
        scene.still_well()
        scene.end()


def test_replays_against_a_session(env):
    """All datagrams of a live session's set-up again, 10 times each, from its own address and from
    another one (H-12): no effect, and at most 3 replies to each."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
        process, seen, session, _ = play.with_session(scene)
        messages = list(play.isakmp_of(seen))
        esp = [attacks.udp_parts(p) for p in seen if p[9] == 17]
        esp = [parts for parts in esp if parts[1] == 4500 and parts[2][:4] != bytes(4) and len(parts[2]) > 1]
        assert len(messages) >= 5 and len(esp) >= 5, (len(messages), len(esp))
        tap = attacks.Tap(scene.bystander.space)
        before = scene.counters()
        again = [attacks.udp_packet("198.18.0.51", *attacks.udp_parts(p)) for p in seen if p[9] == 17]
        scene.attacker.flood(again * 10, 2000)
        time.sleep(0.3)
        grown = scene.counters() - before
        replies = list(play.isakmp_of_server(tap))
        play.say("%d messages and %d ESP, each 10 times: %d replies", len(messages), len(esp), len(replies))
        # the bystander's own DPD may be among them
        assert len(replies) <= 3 * len(messages) + 2, "%d replies" % len(replies)
        assert grown["esp-replay-seen"] + grown["esp-replay-old"] >= 9 * len(esp), grown
        assert grown["path-changed"] == 0, grown
        play.same_session(scene, session)
        replay_from_elsewhere(scene, messages, esp)
        play.same_session(scene, session)
        scene.wait_bystander(process)
        scene.end()


def replay_from_elsewhere(scene, messages, esp):
    """The same from the attacker's address: its copy of MM1 begins an SA of its own, no more."""
    s = scene.attacker.udp()
    before = scene.attacker.counts()
    for _, dport, message in messages * 10:
        attacks.send(s, message if dport == 500 else bytes(4) + message, dport)
    for _, _, data in esp * 10:
        attacks.send(s, data, 4500)
    time.sleep(0.3)
    sent, got = play.not_more_out_than_in(before, scene.attacker.counts())
    play.say("from elsewhere: %d sent, %d replies", sent[0], got[0])
    assert 1 <= got[0] <= 1 + 3, "%d replies" % got[0]


def test_replays_after_a_session(env):
    """The datagrams of a call that has ended, both directions': no session, few replies."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
        tap = attacks.Tap(scene.client.space)
        scene.dial()
        seen = [p for _, p in tap.read() if p[9] == 17]
        assert len(seen) > 20 and not scene.server.wait_empty(20)
        before, counters, tap = scene.attacker.counts(), scene.counters(), attacks.Tap(scene.client.space)
        packets = []
        for p in seen:
            sport, dport, data = attacks.udp_parts(p)
            packets += [attacks.udp_packet("198.18.0.50", sport, dport, data)] * 10
            packets += [attacks.udp_packet(scene.attacker.address, sport, dport, data)] * 10
        scene.attacker.flood(packets, 4000)
        time.sleep(0.5)
        sent, got = play.not_more_out_than_in(before, scene.attacker.counts())
        replies = len(list(play.isakmp_of_server(tap)))
        play.say("%d sent; %d and %d replies", sent[0], got[0], replies)
        # MM1 begins an SA for each source: its MM2, and that again for duplicates
        assert 1 <= got[0] <= 4 and 1 <= replies <= 4
        grown = scene.counters() - counters
        assert grown["cookie-unknown"] >= 20 and grown["esp-spi-unknown"] >= 20, grown
        assert {row["state"] for row in scene.server.sas()} == {"MM_WAIT_MSG3"}, scene.server.sas()
        assert not scene.server.sessions()
        scene.still_well()
        scene.end()


# ---- cleartext

def test_clear_l2tp_is_not_answered(env):
    """Rows 87 to 101 from outside of IPsec, while a session is up and its ids are known (H-18,
    H-20, H-21): silence, and the session stays."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
        process, _, session, _ = play.with_session(scene)
        s = scene.attacker.udp(port=1701)
        tunnel, call = session["tunnel_id"], session["session_id"]
        goodbyes = [struct.pack(">HHHHHH", 0xc802, 20, tunnel, c, n, 1) + bytes.fromhex("8008000000000004")
                    for c in (0, call) for n in range(20)]
        data = [struct.pack(">HHHBB", 0x0002, tunnel, call, 0xff, 3) + bytes.fromhex("c0210501000400")]

        def all_of_it():
            for datagram in itertools.chain(hostile.clear_l2tp(random.Random(3)), goodbyes, data * 10):
                attacks.send(s, datagram, 1701)
            raw = scene.attacker.raw()
            for datagram in goodbyes + data:
                raw.sendto(attacks.udp_packet("198.18.0.51", 1701, 1701, datagram), (SERVER, 0))

        play.silent(scene, all_of_it, {})
        play.same_session(scene, session)
        assert scene.net.wire.counts()["clear_l2tp"] > 1500, "it did not arrive"
        scene.wait_bystander(process)
        scene.still_well()
        scene.end()


def test_inner_addresses_from_outside(env):
    """Row 86: a packet from the internet for a client's inner address does not reach the client."""
    with env.lab(uml=False) as lab:
        scene = play.Scene(env, lab)
        call = scene.client.stay()
        admin.wait_for("the session", lambda: [s for s in scene.server.sessions() if s["state"] == "up"])
        inner = scene.server.sessions()[0]["assigned_ip"]
        scene.attacker.space.ip("route add 10.4.5.0/24 via " + SERVER)
        before = scene.server.sessions()[0]["packets_tx"]
        s = scene.attacker.udp()
        for port in range(1, 200):
            try:
                s.sendto(b"probe", (inner, port))
            except OSError:
                pass
        pinged = scene.attacker.space.run(["ping", "-c", "3", "-i", "0.2", "-W", "1", inner], check=False)
        assert pinged.returncode != 0, pinged.stdout
        after = scene.server.sessions()[0]["packets_tx"]
        assert after - before < 10, "%d packets went to the client" % (after - before)
        attacks.end(call)
        scene.end()
