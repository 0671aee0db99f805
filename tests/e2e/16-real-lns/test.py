"""Our client against strongSwan, the Linux kernel's ESP, xl2tpd and pppd as the server."""
import re
import time

import office
from lns import ADDRESS, INSIDE, POOL, Lns
from pki import Pki
from sekisho_lac import Lac
from wire import Wire

SECONDS = 60
# pppd makes its interface some time after it has agreed to everything.
_WARM_UP = "for i in $(seq 10); do ping -c 1 -W 1 %s >/dev/null && break; done; " % INSIDE
_SHORT = {"lifetime": "24s", "ikelifetime": "45s", "margintime": "8s"}


def scene(env, lab, nat=False, certificate=None, **how):
    """(server, caller, what the wire brings to the caller); certificate: what
    Lns.serve_certificate() wants, else it has a pre-shared key"""
    net = lab.standard(nat=nat)
    server = lab.join(Lns(lab, net))
    if certificate:
        server.serve_certificate(*certificate, **how)
    else:
        server.serve(**how)
    space = lab.ns("caller")
    if nat:
        device = lab.plug(net.nat, "lan0", space, "10.99.0.50/24")
        space.ip("route add default via 10.99.0.1")
    else:
        device = lab.plug(net.inet, "br0", space, "198.18.0.50/24")
    lac = Lac(lab, env.build, space, office.USER, office.PASSWORD, office.PSK, server=ADDRESS)
    return server, lac, Wire(space, device)


def check_whole_call(server, lac, *options):
    """Connects, pings, moves data by TCP both ways, hangs up; nothing stays at the server."""
    done = lac.dial("--ping", INSIDE, "--count", "5", *options)
    assert done.returncode == 0 and "5 of 5" in done.stdout, done.stdout
    assert "address " + POOL[0] in done.stdout, done.stdout
    check_nothing_left(server)
    command = "iperf3 -J -c %s -t 2 && sleep 1 && iperf3 -J -R -c %s -t 2" % (INSIDE, INSIDE)
    done = lac.run_through(command, *options)
    assert done.returncode == 0, done.stdout
    moved = [int(octets) for octets in re.findall(r'"sum_received":\s*{[^}]*"bytes":\s*(\d+)', done.stdout)]
    assert len(moved) == 2 and min(moved) > 1 << 20, done.stdout
    check_nothing_left(server)


def check_nothing_left(server, seconds=10):
    deadline = time.monotonic() + seconds
    while left := server.left():
        assert time.monotonic() < deadline, "left on the server:\n" + left
        time.sleep(0.5)


def test_plain_esp(env):
    """Nobody between: IP protocol 50."""
    with env.lab() as lab:
        server, lac, wire = scene(env, lab)
        check_whole_call(server, lac, "--no-natt")
        seen = wire.counts()
        assert seen["esp"] > 100 and seen["natt"] == seen["clear_l2tp"] == 0, seen


def test_nat_traversal(env):
    """Able to, with nobody between: ESP stays plain. Behind a NAT: UDP encapsulation."""
    with env.lab() as lab:
        server, lac, wire = scene(env, lab, nat=True)
        check_whole_call(server, lac)
        seen = wire.counts()
        assert seen["natt"] > 100 and seen["esp"] == seen["clear_l2tp"] == 0, seen


def test_no_nat_between(env):
    with env.lab() as lab:
        server, lac, wire = scene(env, lab)
        check_whole_call(server, lac)
        seen = wire.counts()
        assert seen["esp"] > 100 and seen["natt"] == seen["clear_l2tp"] == 0, seen


def test_refusals(env):
    """Exit status and words; the server is as it was, and lets the right ones in."""
    with env.lab() as lab:
        server, lac, _wire = scene(env, lab)
        for who, code, words in (({"psk": "another"}, 4, "pre-shared key"),
                                 ({"password": "another"}, 7, "user name or the password"),
                                 ({"user": "nobody"}, 7, "user name or the password")):
            done = lac.dial("--once", "--timeout", "10", **who)
            assert done.returncode == code and words in done.stdout, (who, done.returncode, done.stdout)
        done = lac.dial("--ping", INSIDE)
        assert done.returncode == 0, "after the refusals: " + done.stdout
        check_nothing_left(server, 40)


def test_no_common_proposal(env):
    with env.lab() as lab:
        _server, lac, _wire = scene(env, lab, esp="aes256gcm128!")
        done = lac.dial("--once", "--timeout", "10")
        assert done.returncode == 5 and "NO-PROPOSAL-CHOSEN" in done.stdout, (done.returncode, done.stdout)


def test_server_rekeys(env):
    """Plain ESP. The server renews ESP every 16 s and asks for a new Main Mode before 40 s are
    over, for a minute; a row of small pings notices nothing."""
    with env.lab() as lab:
        check_rekeys(*scene(env, lab, **_SHORT)[:2])


def test_server_rekeys_behind_nat(env):
    with env.lab() as lab:
        check_rekeys(*scene(env, lab, nat=True, **_SHORT)[:2])


def check_rekeys(server, lac):
    count = SECONDS * 10
    done = lac.run_through(_WARM_UP + "ping -n -D -i 0.1 -c %d -W 3 %s" % (count, INSIDE))
    log = server.charon_log()
    answers = {int(number): at for at, number in re.findall(r"^\[(\d+)\.\d+\].*icmp_seq=(\d+) ttl", done.stdout, re.M)}
    lost = ["%d (before it an answer at %s)" % (n, time.strftime("%X", time.gmtime(int(answers.get(n - 1, 0)))))
            for n in range(1, count + 1) if n not in answers]
    assert done.returncode == 0 and not lost, "lost pings: %s\n%s\n%s" % (lost, done.stdout[-300:], log)
    quick = len(re.findall(r"CHILD_SA lab\{\d+\} established", log))
    main = len(re.findall(r"IKE_SA lab\[\d+\] established", log))
    print("    %d Main Modes, %d Quick Modes" % (main, quick), flush=True)
    assert quick >= 4 and main >= 2, "renewed too seldom:\n" + log
    check_nothing_left(server)


# -- certificates (RFC 2409 5.1): dial --cert

_SERVER_NAMES = "DNS:vpn.example,IP:" + ADDRESS


def office_pki(lab):
    """A root, an issuing CA below it, somebody else's root; the server's and alice's certificates
    are the issuing CA's."""
    pki = Pki(lab.tmp + "/pki")
    pki.ca("Root")
    pki.ca("Issuing", "Root")
    pki.ca("Foreign")
    pki.issue("server", "Issuing", _SERVER_NAMES)
    pki.issue("alice", "Issuing", "email:alice@office.example")
    return pki


def with_cert(pki, name="alice", ca="Root", *options):
    return ["--cert", pki.path(name + ".chain"), "--ca", pki.path(ca + ".pem"), *options]


def check_refused(lac, options, code, *words):
    done = lac.dial("--once", "--timeout", "25", *options)
    missing = [w for w in words if w not in done.stdout]
    assert done.returncode == code and not missing, (options, done.returncode, missing, done.stdout)
    print("    %s" % done.stdout.strip().splitlines()[-1], flush=True)


def test_certificate(env):
    """A chain with a CA between on both sides; then everybody who is refused, and why; then the
    right one again."""
    with env.lab(programs=("openssl",)) as lab:
        pki = office_pki(lab)
        server, lac, wire = scene(env, lab, certificate=(pki, "server", ("Issuing", "Root")))
        done = lac.run_through(_WARM_UP + "ping -c 5 -i 0.2 %s" % INSIDE, *with_cert(pki))
        assert done.returncode == 0 and "5 received" in done.stdout, done.stdout + server.charon_log()
        assert re.search("phase 1 up: .*RSA", done.stdout), done.stdout
        check_nothing_left(server)
        pki.issue("late", "Issuing", days=0)
        pki.issue("stranger", "Foreign")
        check_refused(lac, with_cert(pki, "stranger"), 4, "the server refuses our certificate")
        check_refused(lac, with_cert(pki, "late"), 4, "has expired by this machine's clock",
                      "the server refuses our certificate")
        check_refused(lac, with_cert(pki, ca="Foreign"), 4, "no CA that we trust", "--ca FILE")
        check_refused(lac, with_cert(pki, "alice", "Root", "--server-id", "mail.example"), 4,
                      "another one's", "DNS vpn.example", "--server-id")
        for name in ("vpn.example", "C=JP, O=Office, CN=server", "any"):
            done = lac.dial("--count", "0", *with_cert(pki, "alice", "Root", "--server-id", name))
            assert done.returncode == 0, (name, done.stdout)
        check_nothing_left(server, 40)
        assert wire.counts()["clear_l2tp"] == 0


def test_certificate_files(env):
    """PKCS #12 with its CA inside; a key in a file of its own; what is missing."""
    with env.lab(programs=("openssl",)) as lab:
        pki = office_pki(lab)
        server, lac, _wire = scene(env, lab, certificate=(pki, "server", ("Issuing", "Root")))
        p12 = pki.p12("alice", "open sesame", "Issuing", "Root")
        with open(pki.path("password"), "w") as file:
            file.write("open sesame\n")
        done = lac.dial("--count", "0", "--cert", p12, "--cert-password-file", pki.path("password"))
        assert done.returncode == 0, done.stdout
        done = lac.dial("--count", "0", "--cert", pki.path("alice.chain"), "--key", pki.path("alice.key"),
                        "--ca", pki.path("Root.pem"))
        assert done.returncode == 0, done.stdout
        check_refused(lac, ["--cert", p12], 2, "it needs a password", "--cert-password-file")
        check_refused(lac, ["--cert", pki.path("alice.pem"), "--ca", pki.path("Root.pem")], 2, "--key FILE")
        check_refused(lac, ["--cert", pki.path("alice.chain")], 2, "--ca FILE")
        check_nothing_left(server)


def test_large_certificates_behind_nat(env):
    """Certificates of 4 kB with keys of 4096 bits, in IKE fragments both ways; UDP encapsulation;
    TCP, and a hang-up that leaves nothing."""
    with env.lab(programs=("openssl",)) as lab:
        pki = office_pki(lab)
        pki.issue("big server", "Issuing", _SERVER_NAMES, bits=4096, padding=2000)
        pki.issue("big alice", "Issuing", bits=4096, padding=2000)
        server, lac, _wire = scene(env, lab, nat=True, certificate=(pki, "big server", ("Issuing", "Root")))
        check_whole_call(server, lac, *with_cert(pki, "big alice"))
        log = server.charon_log()
        assert re.search(r"received fragment #[2-9]", log), "no fragment of ours:\n" + log
        assert re.search(r"fragment.*\(\d+ bytes|splitting IKE message", log), "no fragment of its:\n" + log


def test_expired_server_certificate(env):
    with env.lab(programs=("openssl",)) as lab:
        pki = office_pki(lab)
        pki.issue("old server", "Issuing", _SERVER_NAMES, days=0)
        _server, lac, _wire = scene(env, lab, certificate=(pki, "old server", ("Issuing", "Root")))
        check_refused(lac, with_cert(pki), 4, "the server's certificate has expired")
