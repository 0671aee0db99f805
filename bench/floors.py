"""What cannot be had for less: crypto alone, sockets alone, Diffie-Hellman alone, in the same run.

All in microseconds of CPU time: per packet, per datagram, per exchange.
"""
import json
import os
import statistics
import subprocess
import time

from field import OTHER_CPUS, SERVER_CPUS, on_cpus
from topology import SERVER

BULK_OCTETS = 1408        # what ESP carries of a 1400-octet inner packet, about
SMALL_OCTETS = 96         # of a 64-octet one: UDP 8, L2TP 8, PPP 4, padding
BULK_DATAGRAM, SMALL_DATAGRAM = 1452, 128   # UDP payload of the same on the wire
TAP_OCTETS = 1400         # IP length of a bulk packet
SEGMENTS = 44             # datagrams that fit in one message
SMALL_SEGMENTS = 4
_PORT = 9000
_RECEIVE_RATE = {False: 100000, True: 400000}  # below what the receiver can take: no drops


def measure(field, build, quick):
    """{name: value or {...}}"""
    seconds = 1 if quick else 2
    rounds = 1 if quick else 5
    return {"crypto_us": {"bulk": _crypto(build, BULK_OCTETS), "small": _crypto(build, SMALL_OCTETS)},
            "socket_us": {"bulk": _sockets(field, build, BULK_DATAGRAM, SEGMENTS, 1, seconds, rounds),
                          "small": _sockets(field, build, SMALL_DATAGRAM, SMALL_SEGMENTS, 16, seconds, rounds)},
            "tap_us": _tap(field, build, seconds, rounds),
            "dh_us": _dh(build, seconds)}


def bulk_parts(floors, way):
    """What a bulk packet needs of each part, by name: "down" or "up". The kernel's forwarding, TCP's acknowledgements
    and the way from one part to the next are in none."""
    crypto, socket, tap = floors["crypto_us"]["bulk"], floors["socket_us"]["bulk"], floors["tap_us"]
    if way == "down":
        return {"TAP": tap["read"], "crypto": crypto["seal"], "socket": socket["send_gso"]}
    return {"socket": socket["receive_gro"], "crypto": crypto["open"], "TAP": tap["write"]}


def _crypto(build, octets):
    """AES-256-CBC, HMAC-SHA1-96, full bursts: {seal, open}; whichever implementation is faster."""
    rows = [row for row in _lines([os.path.join(build, "src/crypto/bench_burst"), str(octets)])
            if row["aes"] == 256 and row["auth"] == "sha1-96" and row["burst"] == 64]
    return {"seal": min(row["seal_ns"] for row in rows) / 1e3, "open": min(row["open_ns"] for row in rows) / 1e3}


def _dh(build, seconds):
    """{"modp2048": ..., "ecp256": ...}: a key pair and a shared secret."""
    rows = {row["group"]: row["exchange_us"] for row in _lines([os.path.join(build, "bench/bench_dh"), str(seconds)])}
    return {"modp2048": rows[14], "ecp256": rows[19]}


def _lines(argv):
    with on_cpus(SERVER_CPUS):
        done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def _sockets(field, build, octets, segments, flows, seconds, rounds):
    """{send, receive}: one datagram a message; {send_gso, receive_gro}: many."""
    program = os.path.join(build, "bench/bench_socket")
    return {"send": _median(rounds, _send, field, program, octets, 1, flows, seconds),
            "send_gso": _median(rounds, _send, field, program, octets, segments, flows, seconds),
            "receive": _median(rounds, _receive, field, program, octets, 1, flows, seconds),
            "receive_gro": _median(rounds, _receive, field, program, octets, segments, flows, seconds)}


def _median(rounds, what, *args):
    return round(statistics.median(what(*args) for _ in range(rounds)), 3)


def _send(field, program, octets, segments, flows, seconds):
    """The sender where the server would be, as fast as it can; somebody listens in load."""
    with on_cpus(OTHER_CPUS):
        other = _popen(field.load, [program, "receive", str(_PORT), "1" if segments > 1 else "0", str(flows)])
    time.sleep(0.2)
    with on_cpus(SERVER_CPUS):
        report = _run(field.srv, [program, "send", "198.18.0.2", str(_PORT), str(octets), str(segments), str(flows),
                                  "0", str(seconds)])
    other.communicate()
    return report["cpu_ns"] / report["datagrams"] / 1e3


def _receive(field, program, octets, segments, flows, seconds):
    with on_cpus(SERVER_CPUS):
        receiver = _popen(field.srv, [program, "receive", str(_PORT), "1" if segments > 1 else "0", str(flows)])
    time.sleep(0.2)
    with on_cpus(OTHER_CPUS):
        _run(field.load, [program, "send", SERVER, str(_PORT), str(octets), str(segments), str(flows),
                          str(_RECEIVE_RATE[segments > 1]), str(seconds)])
    report = json.loads(receiver.communicate()[0])
    return report["cpu_ns"] / report["datagrams"] / 1e3


def _tap(field, build, seconds, rounds):
    """{read, write}: a bulk packet of a super-packet."""
    common = [str(TAP_OCTETS), str(SEGMENTS), str(seconds)]
    return {way: _median(rounds, _tap_once, field, [os.path.join(build, "bench/bench_tap"), way, *common, *more])
            for way, more in (("read", [str(min(OTHER_CPUS))]), ("write", []))}


def _tap_once(field, argv):
    with on_cpus(SERVER_CPUS):
        report = _run(field.srv, argv)
    return report["cpu_ns"] / report["datagrams"] / 1e3


def _run(space, argv):
    return json.loads(space.run(argv, timeout=60).stdout)


def _popen(space, argv):
    return subprocess.Popen(space.argv(argv), stdout=subprocess.PIPE, text=True)
