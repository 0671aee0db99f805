"""A hostile host of the tests: sockets inside its namespace, spoofed senders, and counters of
what it sent and got."""
import ctypes
import json
import os
import select
import signal
import socket
import struct
import threading
import time

from topology import SERVER

CLONE_NEWNET = 0x40000000
CROWD = "198.18.64.0/18"  # the addresses of attacker.crowd()
CROWD_FIRST, CROWD_SIZE = 0xC6124001, 16000

_RULES = """
table inet attacker {
    counter n_sent { }
    counter n_got { }
    chain out {
        type filter hook output priority 0;
        udp dport { 500, 1701, 4500 } counter name n_sent
        meta l4proto { 50, 51, 97, 115 } counter name n_sent
    }
    chain seen {
        type filter hook prerouting priority -400;
        iifname "%s" udp sport { 500, 1701, 4500 } counter name n_got
        iifname "%s" meta l4proto { 50, 51, 97, 115 } counter name n_got
    }
}
"""


def socket_in(space, *what):
    """A socket that lives in the namespace; only a helper thread ever enters that."""
    made = []

    def make():
        with open("/run/netns/" + space.name) as home:
            if ctypes.CDLL(None, use_errno=True).setns(home.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        made.append(socket.socket(*what))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]


def ip4(number):
    return socket.inet_ntoa(struct.pack(">I", number))


def udp_packet(source, sport, dport, data):
    """An IPv4 packet for an IPPROTO_RAW socket; the kernel fills in the checksum."""
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 0, 0, 0, 64, 17, 0, socket.inet_aton(source),
                       socket.inet_aton(SERVER))
    return head + struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data


class Attacker:
    def __init__(self, lab, net, host=60):
        self.address = "198.18.0.%d" % host
        self._net = net
        self.space = lab.ns("attacker%d" % host)
        device = lab.plug(net.inet, "br0", self.space, self.address + "/24")
        self.space.run(["nft", "-f", "-"], stdin=_RULES % (device, device))

    def crowd(self):
        """From now on the attacker has 16000 more addresses, and their answers reach it."""
        self.space.ip("route add local %s dev lo" % CROWD)
        self._net.srv.ip("route add %s via %s" % (CROWD, self.address))

    def counts(self):
        """{"sent": (packets, octets of IP), "got": (packets, octets)} of UDP and IPsec."""
        listed = self.space.run(["nft", "-j", "list", "counters", "table", "inet", "attacker"]).stdout
        rows = [row["counter"] for row in json.loads(listed)["nftables"] if "counter" in row]
        return {row["name"][2:]: (row["packets"], row["bytes"]) for row in rows}

    # -- sockets

    def udp(self, address=None, port=0):
        s = socket_in(self.space, socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        s.setblocking(False)
        s.bind((address or self.address, port))
        return s

    def raw(self, protocol=socket.IPPROTO_RAW):
        return socket_in(self.space, socket.AF_INET, socket.SOCK_RAW, protocol)

    def ask(self, s, data, port=500, wait=1.0):
        """The first answer to one datagram (without a marker), or None."""
        send(s, data, port)
        if not select.select([s], [], [], wait)[0]:
            return None
        answer = s.recv(65535)
        return answer[4:] if port == 4500 and answer[:4] == bytes(4) else answer

    # -- floods

    def flood(self, packets, per_second):
        """Sends raw IP packets from an iterable at that rate; returns (packets, seconds)."""
        raw, n, begin = self.raw(), 0, time.monotonic()
        for packet in packets:
            try:
                raw.sendto(packet, (SERVER, 0))
            except BlockingIOError:
                pass
            n += 1
            ahead = n / per_second - (time.monotonic() - begin)
            if n % 50 == 0 and ahead > 0:
                time.sleep(ahead)
        raw.close()
        return n, time.monotonic() - begin


def send(s, data, port=500):
    """One datagram; an ICMP error that waited for us is the kernel's business."""
    try:
        s.sendto(data, (SERVER, port))
    except (ConnectionRefusedError, BlockingIOError):
        pass


def drain(s, wait=0.0):
    """All datagrams that wait in a socket, after `wait` seconds of silence at most."""
    got = []
    while select.select([s], [], [], wait)[0]:
        try:
            got.append(s.recv(65535))
        except (ConnectionRefusedError, BlockingIOError):
            pass
    return got


class SlowEcho:
    """Answers pings in a namespace after `delay` seconds, one after the other: a client that pings
    without a pause becomes one that pings 1/delay times a second."""

    def __init__(self, space, delay):
        space.sysctl("net.ipv4.icmp_echo_ignore_all", 1)
        self._s = socket_in(space, socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._delay = delay
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            packet, where = self._s.recvfrom(2000)
            icmp = packet[(packet[0] & 15) * 4:]
            if icmp[0] == 8:
                time.sleep(self._delay)
                self._s.sendto(_echo_reply(icmp), where)


def _echo_reply(icmp):
    text = b"\0\0\0\0" + icmp[4:]
    total = sum(struct.unpack(">%dH" % (len(text) // 2), text[:len(text) // 2 * 2]))
    total += text[-1] << 8 if len(text) % 2 else 0
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return text[:2] + struct.pack(">H", ~total & 0xffff) + text[4:]


class Tap:
    """Records a namespace's UDP and ESP packets, both ways, from now until read()."""

    def __init__(self, space):
        self._s = socket_in(space, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        self._s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)

    def read(self):
        """[(sent by this host, IP packet)]"""
        self._s.setblocking(False)
        seen = []
        while True:
            try:
                packet, where = self._s.recvfrom(65535)
            except BlockingIOError:
                return seen
            if where[1] == 0x0800 and packet[9] in (17, 50):
                seen.append((where[2] == socket.PACKET_OUTGOING, packet))


def udp_parts(packet):
    """(source port, destination port, data) of an IPv4 packet."""
    at = (packet[0] & 15) * 4
    sport, dport, length = struct.unpack(">HHH", packet[at:at + 6])
    return sport, dport, packet[at + 8:at + length]


def memory_kb(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(next(line for line in file if line.startswith("VmRSS")).split()[1])


def cpu_s(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def end(process):
    """Hangs up a call of `sekisho-lac dial` and waits for its end."""
    process.send_signal(signal.SIGINT)
    process.wait(20)
