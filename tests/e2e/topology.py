"""The standard net of the tests.

    guest --tap-- [br0]                198.18.0.0/24 "the internet"
                   inet ---- srv 198.18.0.1 / 192.0.2.1 ---- far 192.0.2.2
    guest --tap-- [lan0] nat ----'
             10.99.0.0/24  198.18.0.254 (masquerade), only with nat=True

`far` has no route to the VPN's addresses: an answer from it proves that the
server translated them. `srv` has no default route and does not forward: a server
that needs that must switch it on.
"""
from wire import Wire

SERVER = "198.18.0.1"
FAR = "192.0.2.2"
NAT_OUTSIDE = "198.18.0.254"

_MASQUERADE = """
table ip lab_nat {
    chain post {
        type nat hook postrouting priority srcnat;
        oifname "%s" masquerade
    }
}
"""


class Standard:
    def __init__(self, lab, nat=False):
        self.lab = lab
        self.inet, self.srv, self.far = lab.ns("inet"), lab.ns("srv"), lab.ns("far")
        self.srv.sysctl("net.ipv4.ip_forward", 0)  # a new namespace copies the machine's setting
        lab.bridge(self.inet, "br0")
        self.outside = lab.plug(self.inet, "br0", self.srv, SERVER + "/24")
        self.inside, _ = lab.link(self.srv, self.far, "192.0.2.1/24", FAR + "/24")
        self.wire = Wire(self.srv, self.outside)
        self.nat = self._nat_box() if nat else None
        self._hosts = {"public": 10, "private": 10}

    def _nat_box(self):
        box = self.lab.ns("nat")
        self.lab.bridge(box, "lan0", "10.99.0.1/24")
        outside = self.lab.plug(self.inet, "br0", box, NAT_OUTSIDE + "/24")
        box.sysctl("net.ipv4.ip_forward", 1)
        box.run(["nft", "-f", "-"], stdin=_MASQUERADE % outside)
        return box

    def guest(self, name, behind_nat=None, flavour="strongswan"):
        """A client, not yet booted; behind the NAT box when the net has one, unless told.
        flavour: its IKE daemon, strongswan or libreswan."""
        if behind_nat is None:
            behind_nat = self.nat is not None
        side = "private" if behind_nat else "public"
        host = self._hosts[side]
        self._hosts[side] += 1
        if behind_nat:
            return self.lab.guest(name, self.nat, "lan0", "10.99.0.%d/24" % host, "10.99.0.1",
                                  flavour)
        return self.lab.guest(name, self.inet, "br0", "198.18.0.%d/24" % host, None, flavour)
