"""A router that comes by EtherIP over IPsec (RFC 3378), onto a hub that is bridged to a LAN:
strongSwan in a guest makes the SAs and the guest's kernel the ESP; etherip.pl there moves frames
between a TAP and IP protocol 97. Behind the TAP is a host: it gets its address from the LAN's DHCP
server and is one of the LAN's machines.

    guest tap0 -- etherip.pl -- ESP ---- inet ---- srv [hub LAN]  nic ------ [lan0] 192.168.77.1
                                                                                '---- host .10
"""
import importlib.util
import ipaddress
import os
import re
import shutil

import office
from topology import SERVER

_HERE = os.path.dirname(os.path.abspath(__file__))
_spec = importlib.util.spec_from_file_location("bridge_case", os.path.join(_HERE, "..", "19-bridge", "test.py"))
bridge_case = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(bridge_case)

ID = "router1.example"
bridge_case.CONFIG = """\
hostname cw
hub LAN
 bridge {interface}
 user site
  auth password bridge1
tunnel-group DefaultRAGroup ipsec-attributes
 ikev1 pre-shared-key testpsk
ipsec-service etherip
"""
ROW = "etherip client %s hub LAN user site password bridge1\n" % ID

# what `ipsec.conf` of an L2TP client says otherwise
_ROUTER = r"sed -i 's/leftprotoport=.*/leftprotoport=97/; s/rightprotoport=.*/rightprotoport=97/;" \
          r" s/^\tleft=.*/&\n\tleftid=@%s/' /etc/ipsec.conf"

_LEASE = """\
#!/bin/sh
[ "$1" = bound ] && ip address add $ip/${mask:-24} dev $interface && echo "bound $ip router $router"
exit 0
"""


class Router:
    """A guest whose SAs carry EtherIP, with a TAP behind."""

    def __init__(self, scene, name="r", **changes):
        self.guest = scene.net.guest(name)
        self.guest.boot()
        for program in ("/usr/bin/busybox", os.path.join(_HERE, "etherip.pl")):
            shutil.copy(program, os.path.join(self.guest.dir, "ctl"))
        self.guest.configure_l2tp(SERVER, office.PSK, "none", "none", **changes)
        self.guest.put({"/run/lease.sh": _LEASE})
        self.guest.must("chmod 755 /run/lease.sh; modprobe tun; mkdir -p /dev/net; "
                        "[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200")
        self.guest.must(_ROUTER % ID)

    def dial(self):
        self.guest.start_ike()
        phase = self.guest.dial_ike()
        assert phase == "up", "%s\n%s" % (phase, self.guest.ike_log())
        self.guest.must("perl /run/ctl/etherip.pl tap0 %s >/run/etherip.log 2>&1 &\n"
                        "for i in $(seq 50); do ip link set tap0 up 2>/dev/null && exit 0; sleep 0.1; done\n"
                        "cat /run/etherip.log; exit 1" % SERVER)

    def lease(self):
        """The address that the LAN's DHCP server gives to the host behind the TAP."""
        text = self.guest.must("/run/ctl/busybox udhcpc -i tap0 -n -q -t 10 -T 1 -s /run/lease.sh 2>&1", 40)
        found = re.search(r"bound ([0-9.]+) router ([0-9.]+)", text)
        assert found and found.group(2) == bridge_case.ROUTER, text
        return found.group(1)


def lab_of(env):
    return env.lab(programs=("dnsmasq", "iperf3", "busybox"))


def fragments(scene):
    """(made, put together) by the kernel of the server's namespace, IPv4."""
    lines = [line.split() for line in scene.srv.run("cat /proc/net/snmp").stdout.split("\n")
             if line.startswith("Ip:")]
    row = dict(zip(lines[0], lines[1]))
    return int(row["FragCreates"]), int(row["ReasmOKs"])


def whole_life(env, lab, more=""):
    scene = bridge_case.Office(env, lab, more=ROW + more)
    scene.wait_way("up")
    router = Router(scene)
    router.dial()
    rows = scene.server.show_json("show etherip")
    assert len(rows) == 1 and rows[0]["id"] == ID and rows[0]["hub"] == "LAN", rows
    assert rows[0]["user"] == "site", rows
    address = router.lease()
    first, last = (ipaddress.ip_address(end) for end in bridge_case.RANGE)
    assert first <= ipaddress.ip_address(address) <= last and address in scene.leased()
    for target in (bridge_case.ROUTER, bridge_case.HOST):
        assert router.guest.ping(target), "no answer from %s" % target
    assert bridge_case.pings(scene.host, address), "the LAN host does not reach the site"
    # 1500 octets, which nobody may fragment inside: the ESP packets are, outside
    before = fragments(scene)
    router.guest.must("ping -n -c 3 -i 0.2 -W 3 -M do -s 1472 %s" % bridge_case.HOST)
    after = fragments(scene)
    print("    3 pings of 1500 octets: %d fragments sent, %d packets put together"
          % (after[0] - before[0], after[1] - before[1]))
    assert after[0] - before[0] == 6 and after[1] - before[1] == 3, (before, after)
    check_tcp(scene, router)
    counts = scene.net.wire.counts()
    # the router goes, and so does its port
    router.guest.must("ipsec down lab", 20)
    bridge_case.wait_for("the port's end", lambda: not scene.server.show_json("show etherip"), 20)
    assert not bridge_case.pings(scene.host, address, 1), "the site answers without its port"
    assert scene.server.stop() == 0
    return counts


def check_tcp(scene, router):
    """TCP is told what fits: nothing of it is fragmented outside."""
    listener = scene.host.popen(["iperf3", "-s", "-1"])
    bridge_case.wait_for("iperf3", lambda: scene.host.run("ss -Hltn sport = :5201").stdout)
    before = fragments(scene)
    text = router.guest.must("iperf3 -J -c %s -t 2" % bridge_case.HOST, 30)
    listener.wait(10)
    speed = re.search(r'"sum_received":[^}]*"bits_per_second":\s*([0-9.e+]+)', text)
    print("    iperf3 up: %.1f Mbit/s" % (float(speed.group(1)) / 1e6))
    assert fragments(scene) == before, "TCP was fragmented: %s %s" % (before, fragments(scene))


def test_udp_encapsulated(env):
    """As the server has it by default."""
    with lab_of(env) as lab:
        counts = whole_life(env, lab)
        assert counts["natt"] > 0 and counts["esp"] == 0, counts


def test_plain_esp(env):
    with lab_of(env) as lab:
        counts = whole_life(env, lab, "no crypto isakmp nat-traversal\n")
        assert counts["esp"] > 0 and counts["natt"] == 0, counts


def test_refused(env):
    """Unknown to the table: told; a row for it is enough, at once. Without the service: no SA."""
    with lab_of(env) as lab:
        scene = bridge_case.Office(env, lab)
        router = Router(scene)
        router.dial()
        told = scene.server.show("explain")
        assert 'no EtherIP client for the ID "%s"' % ID in told, told
        assert not scene.server.show_json("show etherip")
        scene.server.configure(ROW)
        assert router.lease() in scene.leased()
        scene.server.configure("no ipsec-service etherip\nipsec-service l2tp")
        bridge_case.wait_for("the port's end", lambda: not scene.server.show_json("show etherip"))
        router.guest.must("ipsec down lab", 20)
        assert router.guest.dial_ike() == "esp-failed"
        told = scene.server.show("explain")
        assert "protocol 97" in told and "only UDP to port 1701 is served" in told, told
        assert scene.server.stop() == 0
