"""ISAKMP messages of Main Mode without any cryptography (RFC 2408, RFC 2409): right ones,
and, by the keyword arguments, wrong ones."""
import os
import struct

SA, KE, ID, CERT, CERT_REQUEST, HASH, NONCE, NOTIFY, DELETE, VENDOR_ID, NAT_D = (
    1, 4, 5, 6, 7, 8, 10, 11, 12, 13, 20)
MAIN, AGGRESSIVE, INFORMATIONAL, QUICK = 2, 4, 5, 32
ENCRYPTED = 1
HEADER_LEN = 28
ZERO = bytes(8)

RFC3947 = bytes.fromhex("4a131c81070358455c5728f20e95452f")
DPD = bytes.fromhex("afcad71368a1f1c96b8696fc77570100")

_GOOD_SUITE = dict(cipher=7, hash_id=4, auth=1, group=14, key_bits=256)  # AES-256, SHA-256


def header(body, cky_i, cky_r=ZERO, first=SA, version=0x10, exchange=MAIN, flags=0, mid=0,
           length=None):
    total = HEADER_LEN + len(body) if length is None else length
    return cky_i + cky_r + struct.pack(">BBBBII", first, version, exchange, flags, mid, total) + body


def chain(payloads):
    """[(type, body)] with generic headers, as (first type, bytes)."""
    types = [kind for kind, _ in payloads] + [0]
    parts = [struct.pack(">BBH", types[i + 1], 0, 4 + len(body)) + body
             for i, (_, body) in enumerate(payloads)]
    return types[0], b"".join(parts)


def message(payloads, cky_i=None, **fields):
    first, body = chain(payloads)
    return header(body, cky_i or os.urandom(8), **dict(dict(first=first), **fields))


def tv(kind, value):
    return struct.pack(">HH", 0x8000 | kind, value)


def tlv(kind, value):
    return struct.pack(">HH", kind, len(value)) + value


def attributes(cipher, hash_id, auth, group, key_bits):
    return (tv(1, cipher) + tv(14, key_bits) + tv(2, hash_id) + tv(3, auth) + tv(4, group) +
            tv(11, 1) + tlv(12, struct.pack(">I", 86400)))


def transform(number, attrs, last=True, length=None, kind=1):
    return struct.pack(">BBHBBH", 0 if last else 3, 0, length or 8 + len(attrs), number, kind, 0) + attrs


def proposal(transforms, count=None, spi=b"", protocol=1, spi_len=None, last=True, length=None):
    body = b"".join(transforms)
    return struct.pack(">BBHBBBB", 0 if last else 2, 0, length or 8 + len(spi) + len(body), 1, protocol,
                       len(spi) if spi_len is None else spi_len,
                       len(transforms) if count is None else count) + spi + body


def sa_body(attrs=None, doi=1, situation=1, **suite):
    attrs = attributes(**dict(_GOOD_SUITE, **suite)) if attrs is None else attrs
    return struct.pack(">II", doi, situation) + proposal([transform(1, attrs)])


def mm1(cky_i=None, more=(), **fields):
    """A first message that the server answers."""
    return message([(SA, sa_body()), (VENDOR_ID, RFC3947), (VENDOR_ID, DPD)] + list(more), cky_i, **fields)


def mm1_refused(cky_i=None):
    """DES and MD5: an offer that nobody takes."""
    return message([(SA, sa_body(cipher=1, hash_id=1, group=1))], cky_i)


def mm3(cky_i, cky_r, ke=None, nonce=None, more=None):
    nats = [(NAT_D, os.urandom(32)), (NAT_D, os.urandom(32))] if more is None else list(more)
    ke = b"\x3f" + os.urandom(255) if ke is None else ke
    return message([(KE, ke), (NONCE, os.urandom(32) if nonce is None else nonce)] + nats, cky_i,
                   cky_r=cky_r)


def cookies(datagram):
    """(CKY-I, CKY-R) of an ISAKMP message without the non-ESP marker."""
    return datagram[:8], datagram[8:16]


def notify_body(kind, spi=b"", data=b"", protocol=1):
    return struct.pack(">IBBH", 1, protocol, len(spi), kind) + spi + data


def delete_body(protocol, spi_len, spis):
    return struct.pack(">IBBH", 1, protocol, spi_len, len(spis)) + b"".join(spis)
