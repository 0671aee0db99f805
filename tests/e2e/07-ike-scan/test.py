"""Every offer that ike-scan can make of the registries of phase 1 is answered as the
configuration says, and Aggressive Mode not at all while it is off."""
import collections
import itertools
import random

import office
from ike_scan import HASHES, LIFE_S, Scanner
from topology import SERVER

NO_UML = True
PROGRAMS = ("ike-scan",)

REFUSED = "NO-PROPOSAL-CHOSEN"
DES, IDEA, BLOWFISH, RC5, DES3, CAST, AES, CAMELLIA = range(1, 9)
MD5, SHA1, _TIGER, SHA256, SHA384, SHA512 = range(1, 7)
PSK = 1

ALL_CIPHERS = [(DES, 0), (IDEA, 0), (BLOWFISH, 128), (RC5, 128), (DES3, 0), (CAST, 128), (AES, 0), (AES, 128),
               (AES, 192), (AES, 256), (CAMELLIA, 128), (CAMELLIA, 256)]
ALL_GROUPS = (1, 2, 3, 4, 5) + tuple(range(14, 25))
OTHER_AUTHS = (2, 3, 4, 5, 64221, 65001, 65003, 65005)

# src/core/ike_suites.c, once more and by hand: (group, key bits, hash), our order
BUILT_IN = [
    (21, 256, SHA512), (21, 256, SHA384), (21, 256, SHA256),
    (20, 256, SHA512), (20, 256, SHA384), (20, 256, SHA256), (20, 256, SHA1), (20, 128, SHA256), (20, 128, SHA1),
    (16, 256, SHA512), (16, 256, SHA256), (16, 256, SHA1),
    (19, 256, SHA512), (19, 256, SHA256), (19, 256, SHA1), (19, 128, SHA256), (19, 128, SHA1),
    (15, 256, SHA512), (15, 256, SHA256), (15, 256, SHA1), (15, 128, SHA256), (15, 128, SHA1),
    (14, 256, SHA512), (14, 256, SHA384), (14, 256, SHA256), (14, 256, SHA1),
    (14, 192, SHA256), (14, 192, SHA1), (14, 128, SHA256), (14, 128, SHA1),
]

# What is accepted only by name: (cipher's words, hash's words, group)
BY_NAME = [
    ("3des", "md5", 2), ("3des", "sha", 2), ("des", "md5", 1), ("3des", "sha256", 5), ("aes", "md5", 2),
    ("aes-192", "sha384", 18), ("aes-256", "sha512", 17), ("aes-256", "sha", 2), ("aes-256", "sha256", 21),
]
CIPHER_WORDS = {"des": (DES, 0), "3des": (DES3, 0), "aes": (AES, 128), "aes-192": (AES, 192), "aes-256": (AES, 256)}
HASH_WORDS = {"md5": MD5, "sha": SHA1, "sha256": SHA256, "sha384": SHA384, "sha512": SHA512}


def test_built_in(env):
    wanted = [(AES, bits, hash_id, PSK, group) for group, bits, hash_id in BUILT_IN]
    scan(env, wanted, "")


def test_by_name(env):
    """With policies of one's own nothing else is accepted; 3DES, DES, MD5 and small groups by name."""
    wanted = [CIPHER_WORDS[cipher] + (HASH_WORDS[hash_word], PSK, group) for cipher, hash_word, group in BY_NAME]
    lines = ["crypto ikev1 policy %d\n authentication pre-share\n encryption %s\n hash %s\n group %d\n" %
             ((10 * (n + 1),) + policy) for n, policy in enumerate(BY_NAME)]
    scan(env, wanted, "".join(lines))


def scan(env, wanted, more):
    """wanted: the acceptable suites in the server's order"""
    with env.lab(uml=False, programs=PROGRAMS) as lab:
        net = lab.standard()
        server = env.server(lab, net.srv, office.config(more=more))
        scanner = Scanner(lab, net)
        singles = [[suite] for suite in every_suite(wanted)]
        lists = some_lists(wanted)
        compare(scanner, singles, wanted)
        compare(scanner, lists, wanted)
        answers = scanner.ask(SERVER, [[wanted[0]], [(DES3, 0, SHA1, PSK, 2)]], "--aggressive --id=x --dhgroup=2")
        assert answers == [None, None], "Aggressive Mode is off, but: %s" % answers
        server.check_log()
        assert server.stop() == 0


def every_suite(wanted):
    """All of the registry with a pre-shared key, and the other methods with acceptable suites."""
    suites = [cipher + (hash_id, PSK, group)
              for cipher, hash_id, group in itertools.product(ALL_CIPHERS, HASHES, ALL_GROUPS)]
    good = wanted[0]
    return suites + [good[:3] + (auth, good[4]) for auth in OTHER_AUTHS]


def some_lists(wanted):
    """Offers of several suites, in any order, good ones among bad ones."""
    dice = random.Random(7)
    bad = [(DES3, 0, SHA1, PSK, 14), (AES, 256, MD5, PSK, 14), (AES, 128, SHA512, PSK, 1), (CAST, 128, SHA1, PSK, 2)]
    lists = []
    for _ in range(60):
        offer = dice.sample(wanted, dice.randint(1, min(9, len(wanted)))) + dice.sample(bad, dice.randint(0, 4))
        dice.shuffle(offer)
        lists.append(offer)
    return lists + [bad]


def compare(scanner, offers, wanted):
    answers = scanner.ask(SERVER, offers)
    expected = [expect(offer, wanted) for offer in offers]
    wrong = ["%s: %s instead of %s" % (offer, answer, right)
             for offer, answer, right in zip(offers, answers, expected) if answer != right]
    kinds = collections.Counter("handshake" if isinstance(answer, tuple) else str(answer) for answer in answers)
    print("    %d offers: %s" % (len(offers), ", ".join("%d %s" % (n, kind) for kind, n in kinds.items())))
    assert not wrong, "%d of %d answers are wrong: %s" % (len(wrong), len(offers), "; ".join(wrong[:20]))


def expect(offer, wanted):
    """The first of our list that was offered; AES without a key length is AES-128 (RFC 3602 5.3)."""
    meant = {(suite[0], 128) + suite[2:] if suite[:2] == (AES, 0) else suite: suite for suite in offer}
    for suite in wanted:
        if suite in meant:
            cipher, bits, hash_id, _psk, group = meant[suite]
            return (cipher, bits, hash_id, "PSK", group, LIFE_S)
    return REFUSED
