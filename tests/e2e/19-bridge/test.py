"""Hubs that are bridged to an office's LAN: by its network card, or by a Linux bridge of the
server. The LAN has a DHCP server (dnsmasq), a router and a host; VPN clients are hosts of it like
others. Clients are `sekisho-lac dial`, and in one case strongSwan in a guest.

    caller 198.18.0.5x ---- inet ---- srv  nic ------ [lan0] 192.168.77.1 (router, dnsmasq)
                                                        '---- host 192.168.77.10
"""
import ipaddress
import json
import os
import re
import signal
import time

import netns
import office
from sekisho_lac import Lac

NO_UML = True  # but for test_guest, which is skipped where there are no guests
NIC = "nic"
ROUTER, HOST = "192.168.77.1", "192.168.77.10"
RANGE = ("192.168.77.100", "192.168.77.150")
LAN = "192.168.77.0/24"
TUN = "skd0"

CONFIG = """\
hostname cw
hub LAN
 bridge {interface}
tunnel-group DefaultRAGroup general-attributes
 virtual-hub LAN
tunnel-group DefaultRAGroup ipsec-attributes
 ikev1 pre-shared-key testpsk
tunnel-group DefaultRAGroup ppp-attributes
 no authentication chap
 authentication ms-chap-v2
username alice password secret1 mschap
username bob password secret2 mschap
crypto ikev1 enable outside
"""


def wait_for(what, condition, seconds=15, why=lambda: ""):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "%s: not within %d s\n%s" % (what, seconds, why())
        time.sleep(0.1)


class Office:
    """The LAN behind the server, and the server."""

    name = "lan"

    def __init__(self, env, lab, interface=NIC, dhcp=True, workers=None, more=""):
        self.env, self.lab, self.net = env, lab, lab.standard()
        self.srv, self.lan, self.host = self.net.srv, lab.ns("lan"), lab.ns("host")
        lab.bridge(self.lan, "lan0", ROUTER + "/24")
        self.host_dev = lab.plug(self.lan, "lan0", self.host, HOST + "/24")
        self.leases = os.path.join(lab.tmp, "leases")
        self.dhcp_log = os.path.join(lab.tmp, "dnsmasq.log")
        self.make_nic()
        if interface != NIC:
            lab.bridge(self.srv, interface)
            self.srv.ip("link set %s master %s" % (NIC, interface))
        if dhcp:
            self.serve_dhcp()
        lab.join(self)
        self.server = env.server(lab, self.srv, CONFIG.format(interface=interface) + more, workers)

    def make_nic(self):
        """The server's card in the LAN: a veth pair without an address."""
        netns.sh("ip", "link", "add", NIC, "netns", self.srv.name, "type", "veth",
                 "peer", "name", "to-" + NIC, "netns", self.lan.name)
        self.srv.ip("link set %s up" % NIC)
        self.lan.ip("link set to-%s master lan0 up" % NIC)

    def serve_dhcp(self, patient=False, ends=RANGE):
        """patient: it pings an address for 3 s before it offers it, as dnsmasq does by itself.
        ends: its first and last address."""
        self.lan.popen(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--interface=lan0",
             "--bind-interfaces", "--port=0", "--user=root", "--log-dhcp",
             "--log-facility=-", "--dhcp-authoritative", "--pid-file",
             "--dhcp-leasefile=" + self.leases, "--domain=lan.example",
             "--dhcp-range=%s,%s,255.255.255.0,1h" % ends,
             "--dhcp-option=option:dns-server,192.168.77.2"]
            + ([] if patient else ["--no-ping"]), log=self.dhcp_log)
        wait_for("dnsmasq", lambda: self.lan.run("ss -Hlnu sport = :67").stdout)

    def leased(self):
        """{address: MAC} of the DHCP server's leases."""
        try:
            with open(self.leases) as file:
                rows = [line.split() for line in file]
        except FileNotFoundError:
            return {}
        return {row[2]: row[1] for row in rows if len(row) > 3}

    def way_out(self):
        return self.server.show_json("show hub LAN")[0]["way_out"]

    def wait_way(self, state):
        wait_for("the interface to be " + state, lambda: self.way_out()["state"] == state,
                 why=lambda: str(self.way_out()))

    def up(self):
        return [row for row in self.server.sessions() if row["state"] == "up"]

    def close_server(self):
        left = self.server.wait_empty(20)
        assert not left, "left: %s" % left
        assert self.server.stop() == 0

    def logs(self):
        texts = {}
        if os.path.exists(self.dhcp_log):
            with open(self.dhcp_log, errors="replace") as file:
                texts["dnsmasq"] = file.read()
        texts["srv"] = self.srv.run("ip -d link; bridge link", check=False).stdout
        return texts

    def close(self):
        pass


class Caller:
    """A place on the internet with our client, whose tunnel leads to the LAN."""

    def __init__(self, scene, number=50, user="alice", password="secret1"):
        self.scene = scene
        self.space = scene.lab.ns("caller%d" % number)
        scene.lab.plug(scene.net.inet, "br0", self.space, "198.18.0.%d/24" % number)
        self.lac = Lac(scene.lab, scene.env.build, self.space, user, password, office.PSK)
        self.user = user
        self.log = os.path.join(scene.lab.tmp, "dial%d.log" % number)
        self.process = self.address = None

    def dial(self, addresses=RANGE, source="segment"):
        """Connects and stays; the address is one of these, and from there."""
        open(self.log, "w").close()
        self.process = self.lac.begin("--tun", TUN, "--route", LAN, log=self.log)
        wait_for("the client", lambda: re.search("^up: ", self.said(), re.M), 30, self.said)
        row = [row for row in self.scene.up() if row["user"] == self.user][-1]
        self.address = row["assigned_ip"]
        first, last = (ipaddress.ip_address(end) for end in addresses)
        assert first <= ipaddress.ip_address(self.address) <= last, row
        assert row["address_from"] == source, row
        assert source != "segment" or row["lease"]["server"] == ROUTER, row
        return row

    def said(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def ping(self, address, count=3):
        done = self.space.run("ping -n -c %d -i 0.2 -W 2 %s" % (count, address), check=False)
        return done.returncode == 0

    def hang_up(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0, self.said()


def pings(space, address, count=3):
    return space.run("ping -n -c %d -i 0.2 -W 2 %s" % (count, address), check=False).returncode == 0


def check_tcp(scene, caller, reverse):
    """iperf3 between the client and the LAN host; every octet must arrive."""
    listener = scene.host.popen(["iperf3", "-s", "-1"])
    wait_for("iperf3", lambda: scene.host.run("ss -Hltn sport = :5201").stdout)
    done = caller.space.run("iperf3 -J -c %s -t 2%s" % (HOST, " -R" if reverse else ""),
                            check=False, timeout=30)
    listener.wait(10)
    found = json.loads(done.stdout)
    assert "error" not in found, found["error"]
    speed = found["end"]["sum_received"]["bits_per_second"] / 1e6
    print("    iperf3 %s: %.1f Mbit/s" % ("down" if reverse else "up", speed))
    assert speed > 1, "iperf3 moved only %.3f Mbit/s" % speed


def whole_life(env, lab, interface):
    """Address, pings and TCP both ways, the lease in the DHCP server, and its end."""
    scene = Office(env, lab, interface)
    before = scene.srv.run(["ip", "-br", "link"]).stdout
    scene.wait_way("up")
    caller = Caller(scene)
    row = caller.dial()
    assert scene.leased() and caller.address in scene.leased(), scene.leased()
    assert row["lease"]["router"] == ROUTER and row["lease"]["prefix"] == 24, row
    assert "DNS: 192.168.77.2" in caller.said(), caller.said()
    assert caller.ping(ROUTER), "the router does not answer"
    assert caller.ping(HOST), "the LAN host does not answer"
    assert pings(scene.host, caller.address), "the LAN host does not reach the client"
    check_tcp(scene, caller, reverse=False)
    check_tcp(scene, caller, reverse=True)
    caller.hang_up()
    wait_for("the lease to be given back", lambda: caller.address not in scene.leased(),
             why=lambda: str(scene.leased()))
    scene.close_server()
    after = scene.srv.run(["ip", "-br", "link"]).stdout
    assert "sk-" not in after, "before:\n%s\nafter:\n%s" % (before, after)


def lab_of(env, **how):
    how.setdefault("uml", False)
    return env.lab(programs=("dnsmasq", "iperf3"), **how)


def test_nic(env):
    """The LAN's card is the hub's way out (packet sockets)."""
    with lab_of(env) as lab:
        whole_life(env, lab, NIC)


def test_linux_bridge(env):
    """The way out is a Linux bridge of the server, whose port the card is."""
    with lab_of(env) as lab:
        whole_life(env, lab, "brlan")


def test_two_clients(env):
    """Two workers and two clients: each reaches the LAN and the other, with its own lease."""
    with lab_of(env) as lab:
        scene = Office(env, lab, workers=2)
        one, two = Caller(scene, 51), Caller(scene, 52, "bob", "secret2")
        one.dial()
        two.dial()
        assert one.address != two.address
        assert len(scene.leased()) == 2, scene.leased()
        for a, b in ((one, two), (two, one)):
            assert a.ping(HOST) and a.ping(b.address), "%s to %s" % (a.address, b.address)
        # the one goes, the other stays
        one.hang_up()
        assert two.ping(HOST)
        assert not pings(scene.host, one.address, 1), "somebody answers for who is gone"
        two.hang_up()
        scene.close_server()


def test_no_dhcp(env):
    """A LAN without a DHCP server: refused, and the reason is told."""
    with lab_of(env) as lab:
        scene = Office(env, lab, dhcp=False)
        caller = Caller(scene)
        done = caller.lac.dial("--once", "--exec", "true", timeout=60)
        assert done.returncode != 0, done.stdout
        told = scene.server.show("explain 198.18.0.50")
        assert "no DHCP server answered on the segment of hub LAN" in told, told
        assert "dhcp-no-server" in told, told
        # one that comes is enough
        scene.serve_dhcp(patient=True)
        caller.dial()
        assert caller.ping(HOST)
        caller.hang_up()
        scene.close_server()


FIXED = """\
username alice attributes
 vpn-framed-ip-address %s 255.255.255.0
"""
POOL = """\
ip local pool INLAN 192.168.77.200-192.168.77.201 mask 255.255.255.0
tunnel-group DefaultRAGroup general-attributes
 address-pool INLAN
"""


def test_fixed_address(env):
    """The user's own address: the LAN's DHCP server tells the rest; never one that a host has."""
    with lab_of(env) as lab:
        scene = Office(env, lab, more=FIXED % "192.168.77.60")
        caller = Caller(scene)
        row = caller.dial(("192.168.77.60", "192.168.77.60"), "user")
        assert row["lease"]["router"] == ROUTER and not row["lease"]["leased"], row
        assert "DNS: 192.168.77.2" in caller.said(), caller.said()
        assert caller.ping(HOST) and pings(scene.host, "192.168.77.60")
        caller.hang_up()
        scene.server.configure(FIXED % HOST)
        assert caller.lac.dial("--once", "--exec", "true", timeout=60).returncode != 0
        told = scene.server.show("explain 198.18.0.50")
        assert "dhcp-address-taken" in told, told
        assert pings(scene.lan, HOST), "the host lost its address"
        scene.close_server()


def test_address_taken(env):
    """The DHCP server leases an address that a host has already: it is told so, and it is not used."""
    with lab_of(env) as lab:
        scene = Office(env, lab, dhcp=False)
        taken = "192.168.77.70"
        scene.host.ip("address add %s/24 dev %s" % (taken, scene.host_dev))
        scene.serve_dhcp(ends=(taken, taken))
        caller = Caller(scene)
        assert caller.lac.dial("--once", "--exec", "true", timeout=60).returncode != 0
        told = scene.server.show("explain 198.18.0.50")
        assert "dhcp-address-taken" in told, told
        with open(scene.dhcp_log) as file:
            assert "DHCPDECLINE(lan0) " + taken in file.read()
        scene.close_server()


def test_pool_without_dhcp(env):
    """A pool with a mask serves a LAN that has no DHCP server; there is no router then."""
    with lab_of(env) as lab:
        scene = Office(env, lab, dhcp=False, more=POOL)
        caller = Caller(scene)
        row = caller.dial(("192.168.77.200", "192.168.77.201"), "pool")
        assert row["lease"]["prefix"] == 24 and row["lease"]["server"] is None, row
        assert caller.ping(HOST) and pings(scene.host, caller.address)
        caller.hang_up()
        scene.close_server()


def test_gone_and_back(env):
    """The card goes away under a session, comes back as another one, and traffic goes on."""
    with lab_of(env) as lab:
        scene = Office(env, lab)
        caller = Caller(scene)
        caller.dial()
        assert caller.ping(HOST)
        scene.srv.ip("link del " + NIC)
        scene.wait_way("absent")
        assert "nic" in scene.way_out()["why"], scene.way_out()
        assert not caller.ping(HOST, 1)
        assert len(scene.up()) == 1, scene.server.sessions()
        refused = Caller(scene, 51, "bob", "secret2").lac.dial("--once", "--exec", "true", timeout=60)
        assert refused.returncode != 0
        assert "interface nic is absent" in scene.server.show("explain 198.18.0.51")
        scene.make_nic()
        scene.wait_way("up")
        wait_for("traffic", lambda: caller.ping(HOST, 1))
        assert pings(scene.host, caller.address)
        scene.srv.ip("link set %s down" % NIC)
        scene.wait_way("down")
        scene.srv.ip("link set %s up" % NIC)
        scene.wait_way("up")
        wait_for("traffic", lambda: caller.ping(HOST, 1))
        caller.hang_up()
        scene.close_server()


def test_access_list(env):
    """Rules that are made while the client is connected act at once, and go again."""
    with lab_of(env) as lab:
        scene = Office(env, lab)
        caller = Caller(scene)
        caller.dial()
        assert caller.ping(HOST)
        scene.server.configure("hub LAN\n access 10 discard destination %s/32" % HOST)
        assert not caller.ping(HOST, 1) and caller.ping(ROUTER)
        scene.server.configure("hub LAN\n no access 10")
        assert caller.ping(HOST)
        assert len(scene.up()) == 1
        caller.hang_up()
        scene.close_server()


def test_guest(env):
    """strongSwan, xl2tpd and pppd: a Linux client gets the LAN's address by IPCP."""
    with lab_of(env, uml=True) as lab:
        scene = Office(env, lab)
        guest = scene.net.guest("a")
        result = office.dial(guest)
        assert result.up, "the client got no further than: %s" % result.phase
        assert result.local in scene.leased(), (result, scene.leased())
        assert result.peer == ROUTER, result
        guest.must("ip route replace %s dev ppp0" % LAN)
        assert guest.ping(ROUTER) and guest.ping(HOST)
        assert pings(scene.host, result.local)
        rc, out = guest.disconnect()
        assert rc == 0, out
        wait_for("the lease to be given back", lambda: result.local not in scene.leased())
        scene.close_server()
