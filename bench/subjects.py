"""The servers under test, each set up for many clients of one user, fresh for every measurement.

A subject has name, setup (what differs from its installation, for the report), pids(), threads,
workers and close(); `target` is where its clients' packets go to.
"""
import re
import time

import netns
import usage
from field import SERVER_CPUS, on_cpus
from sekishod import Server
from softether import SoftEther
from topology import FAR

PSK, USER, PASSWORD = "testpsk", "alice", "secret1"

_OURS = """\
hostname bench
hub DEFAULT
 secure-nat host 10.0.0.1 255.254.0.0
 secure-nat nat enable
 secure-nat enable
ip local pool FIRST 10.0.0.10-10.0.255.250 mask 255.254.0.0
ip local pool SECOND 10.1.0.10-10.1.255.250 mask 255.254.0.0
group-policy DfltGrpPolicy attributes
 vpn-tunnel-protocol l2tp-ipsec
 vpn-simultaneous-logins 2147483647
 vpn-idle-timeout none
tunnel-group DefaultRAGroup general-attributes
 address-pool FIRST SECOND
 virtual-hub DEFAULT
tunnel-group DefaultRAGroup ipsec-attributes
 ikev1 pre-shared-key {psk}
tunnel-group DefaultRAGroup ppp-attributes
 no authentication chap
 authentication ms-chap-v2
username {user} password {password} mschap
crypto ikev1 enable outside
"""

# Its DHCP server gives the addresses; packets go through the kernel's TAP and masquerade as ours do.
_TAP_HUB = """
NatDisable
DhcpSet /START:10.0.0.10 /END:10.0.255.250 /MASK:255.254.0.0 /EXPIRE:7200 /GW:10.0.0.1 /DNS:10.0.0.1 \
/DNS2:none /DOMAIN:none /LOG:no
SecureNatHostSet /MAC:none /IP:10.0.0.2 /MASK:255.254.0.0
"""
_USER_NAT_HUB = """
DhcpSet /START:10.0.0.10 /END:10.0.255.250 /MASK:255.254.0.0 /EXPIRE:7200 /GW:10.0.0.1 /DNS:10.0.0.1 \
/DNS2:none /DOMAIN:none /LOG:no
SecureNatHostSet /MAC:none /IP:10.0.0.1 /MASK:255.254.0.0
"""
_QUIET = "LogDisable security\nLogDisable packet\n"
_MASQUERADE = """
table ip bench_nat {
    chain post { type nat hook postrouting priority srcnat; ip saddr 10.0.0.0/15 oifname != "tap_bench" masquerade; }
}
"""


class Ours:
    name = "sekisho"
    setup = "release build; one worker unless told; pool of a /15, no limit of logins, SecureNAT (TAP, nftables)"

    def __init__(self, field, build, workers=1):
        self.workers = workers
        cpus = SERVER_CPUS if workers == 1 else set(range(workers))
        field.receive_on(cpus)
        with on_cpus(cpus):
            self._server = Server(field.lab, field.srv, _OURS.format(psk=PSK, user=USER, password=PASSWORD), build,
                                  workers)

    def pids(self):
        return usage.tree(self._server.pid())

    def sessions(self):
        return len(self._server.sessions())

    def counters(self):
        return self._server.show("show counters")

    def close(self):
        """SIGKILL: taking sessions down one by one is not what is measured."""
        self._server.close()


class SoftEtherTap:
    name = "softether-tap"
    setup = ("Debian's 5.01.9674; hub bridged to a TAP, the kernel's masquerade; DHCP by its SecureNAT with NAT off; "
             "logs off, listeners but the manager's deleted")
    workers = 1

    def __init__(self, field, _build=None):
        with on_cpus(SERVER_CPUS):
            self._server = SoftEther(field.lab, field.srv, USER, PASSWORD, PSK)
        self._server.command("ListenerDelete 443\nListenerDelete 992\nListenerDelete 1194\n")
        self._server.command(self._hub_lines() + _QUIET, hub=True)
        self._more(field)

    def _hub_lines(self):
        return _TAP_HUB

    def _more(self, field):
        self._server.command("BridgeCreate DEFAULT /DEVICE:bench /TAP:yes")
        _wait(lambda: "tap_bench" in field.srv.ip("-br link").stdout, "the TAP")
        field.srv.ip("address add 10.0.0.1/15 dev tap_bench")
        field.srv.ip("link set tap_bench up")
        field.srv.run(["nft", "-f", "-"], stdin=_MASQUERADE)
        field.srv.sysctl("net.ipv4.ip_forward", 1)
        _wait(lambda: re.search("bench +[|]Operating", self._server.command("BridgeList")), "the bridge")

    def pids(self):
        return usage.tree(self._server.pid())

    def sessions(self):
        return len(self._server.sessions())

    def close(self):
        self._server.close()


class SoftEtherNat(SoftEtherTap):
    name = "softether-nat"
    setup = "the same with SecureNAT's NAT in user mode and no TAP"

    def _hub_lines(self):
        return _USER_NAT_HUB

    def _more(self, field):
        pass


def _wait(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise netns.CommandFailed("SoftEther: %s does not come" % what)
        time.sleep(0.2)


ALL = {one.name: one for one in (Ours, SoftEtherTap, SoftEtherNat)}
TARGET = FAR
