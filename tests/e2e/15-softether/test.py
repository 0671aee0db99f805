"""Our client against a server that we did not write: SoftEther's, with L2TP over IPsec and raw
L2TP, user mode SecureNAT behind it. A namespace each, no guests (NO_UML).

The host behind is reached through sockets of SoftEther's, so an answer from it has been
through IKE, ESP, L2TP, PPP, its hub and its NAT. What it does that others do not: it always
claims a NAT, and a client that left without a word cannot come back for about a minute.
"""
import re
import time

import office
import softether
from sekisho_lac import Lac
from topology import FAR

NO_UML = True
GATEWAY = "192.168.30.1"  # SecureNAT's own address, by default
OCTETS = 4 << 20
CLIENTS = 50

# The far end of the TCP tests takes that many octets and sends as many back; nobody closes its
# half before: SecureNAT takes a FIN for the end of both directions.
_RETURNER = """
import socket
server = socket.create_server(("%s", 7777))
while True:
    peer, _ = server.accept()
    left = %d
    while left and (chunk := peer.recv(min(left, 1 << 16))):
        left -= len(chunk)
    peer.sendall(b"x" * %d)
    peer.recv(1)
""" % (FAR, OCTETS, OCTETS)
_TALKER = """
import socket
peer = socket.create_connection(("%s", 7777), 10)
peer.sendall(b"x" * %d)
got = 0
while got < %d and (chunk := peer.recv(1 << 16)):
    got += len(chunk)
print("octets back:", got)
""" % (FAR, OCTETS, OCTETS)


def scene(env, lab, raw=False, nat=False):
    """(net, server, caller)"""
    if not softether.available():
        env.skip("SoftEther's packages are not here and cannot be downloaded")
    net = lab.standard(nat=nat)
    server = softether.SoftEther(lab, net.srv, office.USER, office.PASSWORD, office.PSK, raw=raw)
    space = lab.ns("caller")
    if nat:
        lab.plug(net.nat, "lan0", space, "10.99.0.50/24")
        space.ip("route add default via 10.99.0.1")
    else:
        lab.plug(net.inet, "br0", space, "198.18.0.50/24")
    lac = Lac(lab, env.build, space, office.USER, office.PASSWORD, office.PSK)
    return net, server, lac


def check_whole_call(net, server, lac, *options):
    """Connects, pings SecureNAT and the host behind, moves data by TCP, hangs up."""
    for address in (GATEWAY, FAR):
        done = lac.dial("--ping", address, "--count", "5", *options)
        assert done.returncode == 0 and "5 of 5" in done.stdout, done.stdout
    net.far.popen(["/usr/bin/python3", "-c", _RETURNER])
    done = lac.run_through("/usr/bin/python3 -c '%s'" % _TALKER, *options)
    assert done.returncode == 0 and "octets back: %d" % OCTETS in done.stdout, done.stdout
    check_nothing_left(server)


def check_nothing_left(server, seconds=10):
    deadline = time.monotonic() + seconds
    while left := server.sessions():
        assert time.monotonic() < deadline, "left on the server: %s" % left
        time.sleep(0.5)


def test_ipsec(env):
    with env.lab(uml=False) as lab:
        net, server, lac = scene(env, lab)
        check_whole_call(net, server, lac)
        seen = net.wire.counts()
        assert seen["natt"] > 100 and seen["clear_l2tp"] == 0, seen


def test_ipsec_behind_nat(env):
    with env.lab(uml=False) as lab:
        check_whole_call(*scene(env, lab, nat=True))


def test_raw(env):
    with env.lab(uml=False) as lab:
        net, server, lac = scene(env, lab, raw=True)
        check_whole_call(net, server, lac, "--raw")
        seen = net.wire.counts()
        assert seen["clear_l2tp"] > 100 and seen["natt"] == seen["ike"] == 0, seen


def test_refusals(env):
    """Exit status and words: a wrong password, a wrong key, raw L2TP where it is off."""
    with env.lab(uml=False) as lab:
        _net, _server, lac = scene(env, lab)
        for options, who, code, words in (
                ((), {"password": "another"}, 7, "user name or the password"),
                (("--timeout", "8"), {"psk": "another"}, 4, "pre-shared key"),
                (("--timeout", "5", "--raw"), {}, 3, "no answer")):
            done = lac.dial("--once", *options, **who)
            assert done.returncode == code and words in done.stdout, (done.returncode, done.stdout)
        done = lac.dial("--ping", FAR)
        assert done.returncode == 0, "after the refusals: " + done.stdout


def test_probe(env):
    """It says what SoftEther is known to take, and that the native clients, which want no more than
    that, would connect: each is dialled as."""
    with env.lab(uml=False) as lab:
        _net, _server, lac = scene(env, lab)
        done = lac.probe()
        if re.search(r"answers at first, then no longer", done.stdout):
            # SoftEther leaves an exchange unanswered now and then when the machine is busy (seen once in ./check)
            done = lac.probe()
        assert done.returncode == 0, done.stdout
        for words in (r"UDP 500 +answers", r"UDP 1701 +no L2TP without IPsec", r"NAT traversal +RFC 3947",
                      r"MODP2048 +AES256, .*SHA1", r"ESP suites +AES256-SHA1", r"PPP +MS-CHAPv2, PAP"):
            assert re.search(words, done.stdout), "%s in %s" % (words, done.stdout)
        for system in ("Windows 10", "Windows 7", "macOS 10.12", "Android 7.1", "ChromeOS", "MikroTik"):
            assert re.search(r"^ *%s.* ok +[0-9]" % system, done.stdout, re.M), "%s in %s" % (system, done.stdout)


def test_load(env):
    """Clients of one process, each with a connection of its own; every ping comes back."""
    with env.lab(uml=False) as lab:
        _net, server, lac = scene(env, lab)
        code, report, said = lac.load("--clients", str(CLIENTS), "--rate", "10", "--seconds", "10", "--setup", "60",
                                      "--traffic", "none", "--ping", "1")
        assert code == 0 and report, said
        calls, traffic = report["calls"], report["traffic"]
        # Of many that dial at once SoftEther forgets one now and then in the middle of Main Mode.
        assert calls["up_at_end"] == CLIENTS and calls["failed"] + calls["lost"] <= 2, report
        assert traffic["pings_sent"] >= 8 * (CLIENTS - 2), traffic
        assert traffic["pings_answered"] >= 0.98 * traffic["pings_sent"], traffic
        assert calls["hung_up"] == CLIENTS, calls
        check_nothing_left(server)
