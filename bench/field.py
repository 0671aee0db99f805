"""The net of the bench, on the namespaces of tests/e2e, and which processor does what.

    load 198.18.0.2 ---- 198.18.0.1 srv 192.0.2.1 ---- 192.0.2.2 far
    and all of SOURCES

Servers under test run in srv; the clients in load; what they talk to in far. A veth hands a
packet to the receiving side within the sender's system call, so that the clients would pay
for what the kernel receives for the server: RPS sends that work to the server's processor.
"""
import contextlib
import os
import re

from topology import FAR, SERVER

LOAD = "198.18.0.2"
SOURCES = "100.64.0.0/10"         # one address for each client
SERVER_CPUS, OTHER_CPUS = {0}, {1}
_DROP = """
table ip bench_drop {
    chain pre { type filter hook prerouting priority raw; udp dport %d drop; }
}
"""
_NEIGHBOURS = "/proc/sys/net/ipv4/neigh/default/gc_thresh%d"  # of the whole machine
_NEIGHBOURS_WANTED = (100000, 200000, 400000)


class Field:
    def __init__(self, lab):
        self.lab = lab
        self.load, self.srv, self.far = lab.ns("load"), lab.ns("srv"), lab.ns("far")
        self.load_dev, self.outside = lab.link(self.load, self.srv, LOAD + "/24", SERVER + "/24")
        self.inside, self.far_dev = lab.link(self.srv, self.far, "192.0.2.1/24", FAR + "/24")
        self._far_counters = None
        self.load.ip("route add local %s dev lo" % SOURCES)
        self.srv.ip("route add %s via %s" % (SOURCES, LOAD))
        for space in (self.load, self.srv, self.far):
            space.sysctl("net.ipv4.ip_local_port_range", "1024 65535")
            space.sysctl("net.ipv4.conf.all.rp_filter", 0)
        self.srv.sysctl("net.ipv4.ip_forward", 0)
        self.receive_on(SERVER_CPUS)

    def receive_on(self, cpus):
        """srv's kernel receives on these processors, which get a share of the flows each."""
        for dev in (self.outside, self.inside):
            self.srv.run("echo %x >/sys/class/net/%s/queues/rx-0/rps_cpus" % (_mask(cpus), dev))

    def far_octets(self):
        """(received, sent) by far's kernel, as its device counts: a merged segment's headers once."""
        if self._far_counters is None:
            self._far_counters = open("/proc/%d/net/dev" % self.far.pids()[0])
        self._far_counters.seek(0)
        words = re.search(r"^ *%s:(.*)$" % self.far_dev, self._far_counters.read(), re.M).group(1).split()
        return int(words[0]), int(words[8])

    def far_drops(self, port):
        """far's kernel drops what comes to this UDP port, as soon as its device has counted it."""
        self.far.run(["nft", "-f", "-"], stdin=_DROP % port)


def _mask(cpus):
    return sum(1 << cpu for cpu in cpus)


@contextlib.contextmanager
def on_cpus(cpus):
    """What is started inside runs on these processors."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before & cpus or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def machine_limits():
    """Limits that belong to no namespace, for as long as the bench runs: the neighbour table."""
    old = [_read(_NEIGHBOURS % n) for n in (1, 2, 3)]
    try:
        _set_neighbours(_NEIGHBOURS_WANTED)
        yield
    finally:
        _set_neighbours(old)


def _set_neighbours(values):
    for n in (3, 2, 1):
        with open(_NEIGHBOURS % n, "w") as file:
            file.write(str(values[n - 1]))


def _read(path):
    with open(path) as file:
        return file.read().strip()
