"""A guest as an L2TP/IPsec client: an IKE daemon, the kernel's ESP, xl2tpd and pppd.

What differs from one IKE daemon to the other is in strongswan.py and libreswan.py.
"""
import dataclasses
import os
import re

from uml import HERE, Machine

_TEMPLATES = {
    "ipsec.secrets": "/etc/ipsec.secrets",
    "xl2tpd.conf": "/etc/xl2tpd/xl2tpd.conf",
    "options.lab": "/etc/ppp/options.lab",
}

# What a test may change, by keyword, in configure_l2tp().
_DEFAULTS = {
    "ike": "aes256-sha1-modp2048", "esp": "aes256-sha1", "aggressive": "no", "forceencaps": "no",
    "client_port": "1701", "ikelifetime": "8h", "lifetime": "1h", "margintime": "9m",
    "rekey": "yes", "mtu": "1400", "ppp_extra": "",
    "ike_tries": "3", "l2tp_tries": "5",
}


@dataclasses.dataclass
class Connection:
    """How far an attempt came: ike-failed, esp-failed, l2tp-failed, ppp-failed or up."""
    phase: str
    local: str = None       # our address inside the tunnel
    peer: str = None        # the server's
    dns: list = dataclasses.field(default_factory=list)
    logs: dict = dataclasses.field(default_factory=dict, repr=False)

    @property
    def up(self):
        return self.phase == "up"


class Guest(Machine):
    """Each IKE daemon has a class of its own below this one, with these of its own:

    root: the guest's root (make-root); templates: {file in guest/templates: path in the guest};
    log_files: {title: path}; translated(), start_ike(), dial_ike(), ike_log().
    """
    root, templates, log_files = None, {}, {}
    configured = ike_runs = False

    def __init__(self, lab, name, space, bridge, ip, gateway):
        super().__init__(lab, name, space, bridge, ip, gateway, root=self.root)

    def start(self):
        super().start()
        self.configured = self.ike_runs = False

    def configure_l2tp(self, server, psk, user, password, **changes):
        """Writes the client's files; the next connect() uses them.

        ike, esp: one proposal in strongSwan's form, offered alone. ppp_extra: further pppd
        options, one a line. See _DEFAULTS for the others.
        """
        unknown = set(changes) - set(_DEFAULTS)
        if unknown:
            raise TypeError("configure_l2tp: unknown %s" % ", ".join(sorted(unknown)))
        values = dict(_DEFAULTS, **changes)
        values.update(server=server, psk=psk, user=user, password=password, local=self.ip)
        files = dict(_TEMPLATES, **self.templates)
        values.update(self.translated(values))
        self.put({path: fill(name, values) for name, path in files.items()})
        self.configured, self.ike_runs = True, False

    def connect(self, timeout=40):
        """Dials. timeout: seconds for L2TP and PPP; IKE gives up by itself after about 20."""
        assert self.configured, "configure_l2tp() first"
        if not self.ike_runs:
            self.start_ike()
            self.ike_runs = True
        result = Connection(self.dial_ike())
        if result.up:
            self.run("sh /run/ctl/l2tp-up.sh %d" % timeout, timeout + 10)
            result = self._ppp_result()
        result.logs = self.logs()
        return result

    def translated(self, values):
        """What the templates of this daemon want in other words: {name: value}."""
        return {}

    def disconnect(self):
        """Hangs up; returns (0, ...) when both the PPP link and the SAs are gone."""
        return self.run("sh /run/ctl/l2tp-down.sh", 40)

    def ping(self, address, count=3):
        """True when every one of `count` was answered."""
        return self.run("ping -n -c %d -i 0.2 -W 3 %s" % (count, address), 20 + count)[0] == 0

    def logs(self):
        """{title: text} of the console and, while the guest lives, of its daemons."""
        texts = {"console": self.console_text()}
        if self.process is not None and self.process.poll() is None:
            for title, path in self._log_paths().items():
                texts[title] = self.run("cat %s 2>/dev/null" % path, 5)[1]
        return texts

    # -- inside

    def _log_paths(self):
        return dict(self.log_files, xl2tpd="/var/log/xl2tpd.log", pppd="/var/log/ppp.log")

    def _ppp_result(self):
        out = self.run("ip -4 -o address show dev ppp0")[1]
        found = re.search(r"inet ([0-9.]+)\S* peer ([0-9.]+)", out)
        if found:
            resolv = self.run("cat /etc/ppp/resolv.conf")[1]
            dns = re.findall(r"^nameserver (\S+)", resolv, re.M)
            return Connection("up", found.group(1), found.group(2), dns)
        log = self.run("cat /var/log/xl2tpd.log")[1]
        return Connection("ppp-failed" if "Call established" in log else "l2tp-failed")


def fill(name, values):
    """A file of guest/templates with its @names@ filled in."""
    with open(os.path.join(HERE, "guest", "templates", name)) as file:
        text = file.read()
    return re.sub(r"@(\w+)@", lambda found: str(values[found.group(1)]), text)
