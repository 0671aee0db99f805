"""The guest whose IKE daemon is strongSwan's charon."""
import re

from client import Guest

_UP_LOG = "/run/ipsec-up.log"


class Strongswan(Guest):
    root = "strongswan"
    templates = {"strongswan/ipsec.conf": "/etc/ipsec.conf", "strongswan/strongswan.conf": "/etc/strongswan.conf"}
    log_files = {"ipsec up": _UP_LOG, "charon": "/var/log/charon.log"}

    def translated(self, values):
        return {key: values[key].rstrip("!") + "!" for key in ("ike", "esp")}  # "!": nothing but this

    def start_ike(self):
        self.must("sh /run/ctl/charon-start.sh", 40)

    def dial_ike(self):
        """Both phases; ike-failed, esp-failed or up."""
        _, said = self.run("ipsec up lab 2>&1 | tee %s" % _UP_LOG, 60)
        if not re.search(r"IKE_SA lab\[\d+\] established", said):
            return "ike-failed"
        return "up" if re.search(r"CHILD_SA lab\{\d+\} established", said) else "esp-failed"

    def ike_log(self):
        return self.must("cat /var/log/charon.log")
