#!/usr/bin/python3
"""Proves the lab itself, with a server that we did not write: a guest dials SoftEther.

usage: lab_selftest.py [NAME]...      all of CASES when none is named; not part of `run`; 15 to 40 s each

SoftEther always claims a NAT, so plain ESP (protocol 50) is proved with a second guest as
the server: strongSwan, xl2tpd and pppd there too.
"""
import concurrent.futures
import json
import sys
import time
import traceback

sys.dont_write_bytecode = True
from lab import Lab  # noqa: E402
from softether import SoftEther  # noqa: E402
from topology import FAR, SERVER  # noqa: E402

GATEWAY = "192.168.30.1"  # SecureNAT's own address, by default


def dial(guest, psk="testpsk", password="secret1", **changes):
    guest.boot()
    guest.configure_l2tp(SERVER, psk, "alice", password, **changes)
    return guest.connect()


def check_through(guest, result):
    assert result.up, result
    assert result.local.startswith("192.168.30."), result.local
    guest.must("ip route add 192.168.30.0/24 dev ppp0; ip route add 192.0.2.0/24 dev ppp0")
    assert guest.ping(GATEWAY), "SecureNAT's address does not answer"
    # SecureNAT in user space answers a ping itself from what its own socket hears.
    assert guest.ping(FAR), "the host behind does not answer"


def boot(lab, net):
    """Boot, commands, a time limit, two at once, power off, boot again."""
    machine = net.guest("a")
    machine.boot()
    assert machine.run("echo hello; exit 3") == (3, "hello\n")
    assert machine.run("sleep 9", timeout=1)[0] == 124
    machine.must("ping -c 1 %s" % SERVER)
    machine.pull_cable()
    assert not machine.ping(SERVER, 1)
    machine.pull_cable(False)
    assert machine.ping(SERVER, 1)
    machine.poweroff()
    assert machine.process is None
    machine.boot()
    assert machine.ping(SERVER, 1)


def direct(lab, net):
    SoftEther(lab, net.srv)
    guest = net.guest("a")
    result = dial(guest)
    check_through(guest, result)
    print("    address %s, peer %s, dns %s, wire %s" % (result.local, result.peer, result.dns, net.wire.counts()))
    print("    iperf3: %.1f Mbit/s" % throughput(net, guest))
    rc, out = guest.disconnect()
    assert rc == 0, out
    guest.poweroff()


def throughput(net, guest):
    server = net.far.popen("iperf3 -s -1")
    time.sleep(0.5)
    text = guest.must("iperf3 -J -c %s -t 3" % FAR, 30)
    server.wait(10)
    return json.loads(text)["end"]["sum_received"]["bits_per_second"] / 1e6


def nat(lab, net):
    direct(lab, net)


def two(lab, net):
    """Two guests behind one NAT, dialling at the same time."""
    SoftEther(lab, net.srv)
    guests = [net.guest("a"), net.guest("b")]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = list(pool.map(dial, guests))
    for guest, result in zip(guests, results):
        check_through(guest, result)
    assert results[0].local != results[1].local, results[0].local
    print("    addresses %s" % ", ".join(result.local for result in results))


_LNS = {
    "/etc/xl2tpd/xl2tpd.conf": """\
[global]
access control = no
[lns default]
ip range = 10.4.5.10-10.4.5.20
local ip = 10.4.5.1
require authentication = no
pppoptfile = /etc/ppp/options.lns
length bit = yes
""",
    "/etc/ppp/options.lns": "auth\nrequire-mschap-v2\nmtu 1400\nmru 1400\nnoccp\nms-dns 10.4.5.1\n",
    "/etc/ppp/chap-secrets": "alice * secret1 *\n",
}


def plain_esp(lab, net):
    lns, guest = net.guest("lns"), net.guest("a")
    lns.boot()
    lns.configure_l2tp("%any", "testpsk", "unused", "unused")
    lns.put(_LNS)
    lns.start_ike()
    lns.must("(setsid xl2tpd -D >/var/log/xl2tpd.log 2>&1 &)")
    lns.must("(setsid tcpdump -n -i vec0 -w /run/seen.pcap >/dev/null 2>&1 &); sleep 1")
    guest.boot()
    guest.configure_l2tp(lns.ip, "testpsk", "alice", "secret1")
    result = guest.connect()
    assert result.up, result.phase
    assert (result.local, result.peer, result.dns[0]) == ("10.4.5.10", "10.4.5.1", "10.4.5.1"), result
    assert guest.ping(result.peer), "the tunnel's other end does not answer"
    lns.must("pkill tcpdump; sleep 0.5")
    esp, other = (int(lns.must("tcpdump -n -r /run/seen.pcap '%s' 2>/dev/null | wc -l" % what))
                  for what in ("ip proto 50", "udp port 4500 or udp port 1701"))
    print("    %d packets of protocol 50, %d of UDP 4500 or 1701" % (esp, other))
    assert esp > 10, "no plain ESP on the wire"


def wrong_psk(lab, net):
    SoftEther(lab, net.srv)
    result = dial(net.guest("a"), psk="another")
    assert result.phase == "ike-failed", result.phase


def no_esp_proposal(lab, net):
    SoftEther(lab, net.srv)
    result = dial(net.guest("a"), esp="aes256gcm128")
    assert result.phase == "esp-failed", result.phase


def no_l2tp(lab, net):
    """The other side falls silent after the IPsec SA: here an LNS without its xl2tpd."""
    lns = net.guest("lns")
    lns.boot()
    lns.configure_l2tp("%any", "testpsk", "unused", "unused")
    lns.start_ike()
    client = net.guest("a")
    client.boot()
    client.configure_l2tp(lns.ip, "testpsk", "alice", "secret1")
    result = client.connect()
    assert result.phase == "l2tp-failed", result.phase


def wrong_password(lab, net):
    SoftEther(lab, net.srv)
    result = dial(net.guest("a"), password="another")
    assert result.phase == "ppp-failed", result.phase


CASES = {  # name: (function, behind a NAT)
    "boot": (boot, False),
    "direct": (direct, False),
    "nat": (nat, True),
    "two": (two, True),
    "plain-esp": (plain_esp, False),
    "wrong-psk": (wrong_psk, False),
    "no-esp-proposal": (no_esp_proposal, False),
    "wrong-password": (wrong_password, False),
    "no-l2tp": (no_l2tp, False),
}


def run_case(name):
    case, behind_nat = CASES[name]
    begin = time.monotonic()
    try:
        with Lab() as lab:
            case(lab, lab.standard(nat=behind_nat))
    except Exception:
        traceback.print_exc()
        print("FAIL %s (%.1f s)" % (name, time.monotonic() - begin))
        return False
    print("ok %s (%.1f s)" % (name, time.monotonic() - begin), flush=True)
    return True


def main(names):
    if not names or names == ["all"]:
        names = list(CASES)
    results = [run_case(name) for name in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
