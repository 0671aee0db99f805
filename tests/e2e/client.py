"""A guest as an L2TP/IPsec client: strongSwan, the kernel's ESP, xl2tpd and pppd."""
import dataclasses
import os
import re

from uml import HERE, Machine

_TEMPLATES = {
    "ipsec.conf": "/etc/ipsec.conf",
    "ipsec.secrets": "/etc/ipsec.secrets",
    "strongswan.conf": "/etc/strongswan.conf",
    "xl2tpd.conf": "/etc/xl2tpd/xl2tpd.conf",
    "options.lab": "/etc/ppp/options.lab",
}

# What a test may change, by keyword, in configure_l2tp().
_DEFAULTS = {
    "ike": "aes256-sha1-modp2048", "esp": "aes256-sha1", "aggressive": "no", "forceencaps": "no",
    "client_port": "1701", "ikelifetime": "8h", "lifetime": "1h", "margintime": "9m",
    "mtu": "1400", "ppp_extra": "",
}

LOGS = {"ipsec up": "/run/ipsec-up.log", "charon": "/var/log/charon.log",
        "xl2tpd": "/var/log/xl2tpd.log", "pppd": "/var/log/ppp.log"}


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
    configured = charon_runs = False

    def start(self):
        super().start()
        self.configured = self.charon_runs = False

    def configure_l2tp(self, server, psk, user, password, **changes):
        """Writes the client's five files; the next connect() uses them.

        ike, esp: one strongSwan proposal, offered alone. ppp_extra: further pppd options, one a
        line. See _DEFAULTS for the others.
        """
        unknown = set(changes) - set(_DEFAULTS)
        if unknown:
            raise TypeError("configure_l2tp: unknown %s" % ", ".join(sorted(unknown)))
        values = dict(_DEFAULTS, **changes)
        values.update(server=server, psk=psk, user=user, password=password)
        for key in ("ike", "esp"):  # "!": nothing but this
            values[key] = values[key].rstrip("!") + "!"
        self.put({path: _fill(name, values) for name, path in _TEMPLATES.items()})
        self.configured, self.charon_runs = True, False

    def connect(self, timeout=40):
        """Dials. timeout: seconds for L2TP and PPP; IKE gives up by itself after about 20."""
        assert self.configured, "configure_l2tp() first"
        self.start_charon()
        phase = self._ipsec_up()
        if phase == "up":
            self.run("sh /run/ctl/l2tp-up.sh %d" % timeout, timeout + 10)
            phase = self._ppp_phase()
        return self._result(phase)

    def disconnect(self):
        """Hangs up; returns (0, ...) when both the PPP link and the SAs are gone."""
        return self.run("sh /run/ctl/l2tp-down.sh", 40)

    def start_charon(self):
        if not self.charon_runs:
            self.must("sh /run/ctl/charon-start.sh", 40)
            self.charon_runs = True

    def ping(self, address, count=3):
        """True when every one of `count` was answered."""
        return self.run("ping -n -c %d -i 0.2 -W 3 %s" % (count, address), 20 + count)[0] == 0

    def logs(self):
        """{title: text} of the console and, while the guest lives, of its daemons."""
        texts = {"console": self.console_text()}
        if self.process is not None and self.process.poll() is None:
            for title, path in LOGS.items():
                texts[title] = self.run("cat %s 2>/dev/null" % path, 5)[1]
        return texts

    # -- inside

    def _ipsec_up(self):
        _, said = self.run("ipsec up lab 2>&1 | tee %s" % LOGS["ipsec up"], 60)
        if not re.search(r"IKE_SA lab\[\d+\] established", said):
            return "ike-failed"
        return "up" if re.search(r"CHILD_SA lab\{\d+\} established", said) else "esp-failed"

    def _ppp_phase(self):
        if self._addresses():
            return "up"
        log = self.run("cat " + LOGS["xl2tpd"])[1]
        return "ppp-failed" if "Call established" in log else "l2tp-failed"

    def _addresses(self):
        out = self.run("ip -4 -o address show dev ppp0")[1]
        found = re.search(r"inet (\S+) peer ([0-9.]+)", out)
        return (found.group(1).split("/")[0], found.group(2)) if found else None

    def _result(self, phase):
        result = Connection(phase, logs=self.logs())
        if phase == "up":
            result.local, result.peer = self._addresses()
            resolv = self.run("cat /etc/ppp/resolv.conf")[1]
            result.dns = re.findall(r"^nameserver (\S+)", resolv, re.M)
        return result


def _fill(name, values):
    with open(os.path.join(HERE, "guest", "templates", name)) as file:
        text = file.read()
    return re.sub(r"@(\w+)@", lambda found: str(values[found.group(1)]), text)
