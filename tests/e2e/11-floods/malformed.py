"""Wrong first and third messages of Main Mode, systematically (rows 1 to 38 of the known flaws).
Each class is a generator; one of first messages gets a good one. answers() and third_message()
send them and look at what comes back."""
import importlib
import itertools
import os
import random
import struct
import time

attacks = importlib.import_module("11-floods.attacker")
hostile = importlib.import_module("11-floods.hostile")
im = importlib.import_module("11-floods.isakmp_message")


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
            at = dice.randrange(im.HEADER_LEN, len(data))
            data[at] = dice.choice((0, 1, 0x7f, 0x80, 0xff, dice.randrange(256)))
        yield bytes(data)


MALFORMED = (cuts, payload_lengths, next_payloads, counts_of_payloads, many_transforms,
             odd_attributes, dice_changes)


def fresh(datagram):
    """With a cookie of its own, so that it is not a duplicate of another."""
    return os.urandom(8) + datagram[8:] if len(datagram) >= 8 else datagram


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
    yield from (put(good, at, struct.pack(">H", v)) for at in (30, 290)
                for v in (0, 1, 2, 3, 4, 35, 37, 259, 261, 65535))


def answers(scene, datagrams):
    """Sends them, each from a socket of its own on one of many addresses; each may have at most
    one answer, not longer than itself. How many were answered."""
    n = 0
    sockets = []
    for i, datagram in enumerate(datagrams):
        s = scene.attacker.udp(hostile.crowd_address(scene.used))
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


def third_message(scene, make, i, silence):
    """MM1, MM2, then the i-th of make(): 1 when that was answered with MM4."""
    s = scene.attacker.udp(hostile.crowd_address(scene.used))
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
