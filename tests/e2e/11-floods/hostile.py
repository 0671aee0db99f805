"""What strangers send: floods of first messages, probes, forgeries that name live SAs, clear L2TP."""
import importlib
import itertools
import os
import struct

attacks = importlib.import_module("11-floods.attacker")
im = importlib.import_module("11-floods.isakmp_message")


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


def forged_messages(cky_i, cky_r, spi):
    """ISAKMP that an outsider who knows the cookies and the SPI can make (rows 70 to 73)."""
    live = dict(cky_r=cky_r, exchange=im.INFORMATIONAL)
    mid = itertools.count(1)
    for protocol in range(5):
        for length, value in ((16, cky_i + cky_r), (4, struct.pack(">I", spi)), (8, cky_i)):
            body = im.delete_body(protocol, length, [value])
            yield im.message([(im.DELETE, body)], cky_i, mid=next(mid), **live)
            yield im.message([(im.HASH, os.urandom(32)), (im.DELETE, body), (im.DELETE, body)], cky_i,
                             mid=next(mid), **live)
            yield im.message([(im.HASH, os.urandom(32)), (im.DELETE, body)], cky_i, mid=next(mid),
                             flags=im.ENCRYPTED, **live)
    for kind in list(range(1, 65536, 331)) + [24576, 24577, 24578, 36136, 36137]:
        yield im.message([(im.NOTIFY, im.notify_body(kind, cky_i + cky_r))], cky_i, mid=next(mid), **live)
    for exchange in (im.MAIN, im.INFORMATIONAL, im.QUICK, 6, im.AGGRESSIVE):
        for size in (1, 15, 16, 17, 64, 256, 1024):
            yield im.header(os.urandom(size), cky_i, cky_r=cky_r, first=im.HASH, exchange=exchange,
                            flags=im.ENCRYPTED, mid=0 if exchange == im.MAIN else next(mid))
    yield im.mm3(cky_i, cky_r)
    yield im.mm1(cky_i)


def forged_esp(spi):
    """ESP with a live SPI: every short length, then whole blocks with a wrong ICV."""
    head = struct.pack(">I", spi)
    for n in range(65):
        yield (head + os.urandom(64))[:n]
    for sequence in (0, 1, 5, 100, 2 ** 31, 2 ** 32 - 1):
        for blocks in range(1, 60):
            yield head + struct.pack(">I", sequence) + os.urandom(16 + 16 * blocks + 12)


def clear_l2tp(dice):
    """Control and data headers of every flag and version, AVPs with every length (rows 89 to 101)."""
    for flags in range(256):
        for version in (0, 1, 2, 3, 15):
            yield bytes([flags, version]) + dice.randbytes(dice.randrange(0, 40))
    for kind in range(40):
        for length in (0, 5, 6, 7, 8, 1023):
            avp = struct.pack(">HHH", 0x8000 | length, 0, kind) + b"\0\1" + dice.randbytes(8)
            body = bytes.fromhex("8008000000000001") + avp
            yield struct.pack(">HHHHHH", 0xc802, 12 + len(body), 0, 0, 0, 0) + body
    for n in range(13):
        yield dice.randbytes(n)


def crowd_address(i):
    return attacks.ip4(attacks.CROWD_FIRST + i % attacks.CROWD_SIZE)


def first_messages(n, address_of):
    return (attacks.udp_packet(address_of(i), 500 if i % 3 else 1024 + i % 60000, 500, im.mm1())
            for i in range(n))
