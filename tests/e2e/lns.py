"""A guest as the server: strongSwan, the Linux kernel's ESP, xl2tpd and pppd, as administrators
set them up from the manuals. Whoever calls it proves itself against code that we did not write."""
from client import fill
from uml import Machine

ADDRESS = "198.18.0.9"
INSIDE = "10.4.5.1"        # its end of every PPP link
POOL = ("10.4.5.10", "10.4.5.20")

_TEMPLATES = {
    "lns/ipsec.conf": "/etc/ipsec.conf",
    "ipsec.secrets": "/etc/ipsec.secrets",
    "strongswan/strongswan.conf": "/etc/strongswan.conf",
    "lns/xl2tpd.conf": "/etc/xl2tpd/xl2tpd.conf",
    "lns/options.lns": "/etc/ppp/options.lns",
    "lns/chap-secrets": "/etc/ppp/chap-secrets",
}
_DEFAULTS = {
    "ike": "aes256-sha1-modp2048!", "esp": "aes256-sha1!", "ikelifetime": "8h", "lifetime": "1h",
    "margintime": "9m", "rekey": "yes", "authby": "secret", "leftcert": "# no certificate", "dpddelay": "10s", "ike_tries": "3", "psk": "testpsk", "user": "alice",
    "password": "secret1",
}
_LOGS = {"charon": "/var/log/charon.log", "xl2tpd": "/var/log/xl2tpd.log", "pppd": "/var/log/ppp.log"}


class Lns(Machine):
    def __init__(self, lab, net):
        super().__init__(lab, "lns", net.inet, "br0", ADDRESS + "/24", None, root="strongswan")

    def serve_certificate(self, pki, name, cas, **changes):
        """serve() with NAME's certificate of a Pki instead of a key; cas: all that it knows, of
        which the first has issued it and is sent along unless it is a root."""
        files = {"/etc/ipsec.d/certs/server.pem": pki.text(name + ".pem"),
                 "/etc/ipsec.d/private/server.key": pki.text(name + ".key")}
        files.update({"/etc/ipsec.d/cacerts/%s.pem" % ca: pki.text(ca + ".pem") for ca in cas})
        self.serve(files, authby="rsasig", leftcert="leftcert=server.pem\n\tleftsendcert=always",
                   ipsec_key="RSA server.key", **changes)

    def serve(self, files=None, ipsec_key=None, **changes):
        """Boots and serves; changes: of _DEFAULTS. files: {path in the guest: text} besides;
        ipsec_key: a line of ipsec.secrets instead of the pre-shared key's."""
        unknown = set(changes) - set(_DEFAULTS)
        if unknown:
            raise TypeError("serve: unknown %s" % ", ".join(sorted(unknown)))
        self.boot()
        # To reach callers behind the NAT box it needs no route: they have its address.
        values = dict(_DEFAULTS, **changes, local=self.ip)
        texts = {path: fill(name, values) for name, path in _TEMPLATES.items()}
        if ipsec_key:
            texts["/etc/ipsec.secrets"] = ": %s\n" % ipsec_key
        self.put(dict(texts, **(files or {})))
        self.must("sh /run/ctl/charon-start.sh", 40)
        self.must("mkdir -p /run/xl2tpd; (setsid xl2tpd -D >/var/log/xl2tpd.log 2>&1 </dev/null &)\n"
                  "for i in $(seq 50); do [ -p /run/xl2tpd/l2tp-control ] && exit 0; sleep 0.1; done; exit 1")
        self.must("(setsid iperf3 -s >/dev/null 2>&1 </dev/null &)")

    def left(self):
        """What calls have left: kernel SAs and policies, IKE's view, pppd, interfaces ("": nothing)."""
        return self.must("ip xfrm state; ip xfrm policy | grep 1701; ipsec status | grep -E 'lab[[{]'; "
                         "pidof pppd; ip -o link show type ppp; true").strip()

    def charon_log(self):
        return self.must("cat /var/log/charon.log")

    def logs(self):
        texts = {"console": self.console_text()}
        if self.process is not None and self.process.poll() is None:
            for title, path in _LOGS.items():
                texts[title] = self.run("cat %s 2>/dev/null" % path, 5)[1]
        return texts
