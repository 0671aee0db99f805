"""The guest whose IKE daemon is libreswan's pluto."""
import re

from client import Guest

_UP_LOG = "/run/ipsec-up.log"


class Libreswan(Guest):
    root = "libreswan"
    templates = {"libreswan/ipsec.conf": "/etc/ipsec.conf"}
    log_files = {"whack": _UP_LOG, "pluto": "/var/log/pluto.log"}

    def translated(self, values):
        return {"encapsulation": {"yes": "yes", "no": "auto"}[values["forceencaps"]],
                "ike_timeout": "%ds" % (5 * int(values["ike_tries"]))}

    def start_ike(self):
        self.must("sh /run/ctl/pluto-start.sh", 40)

    def dial_ike(self):
        """Both phases; ike-failed, esp-failed or up."""
        _, said = self.run("ipsec whack --name lab --initiate 2>&1 | tee %s" % _UP_LOG, 60)
        if not re.search(r"IKE SA established|ISAKMP SA established", said):
            return "ike-failed"
        return "up" if re.search(r"IPsec SA established", said) else "esp-failed"

    def ike_log(self):
        return self.must("cat /var/log/pluto.log")
