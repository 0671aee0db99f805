"""tshark reads a capture with the keys that the server wrote, and says what it thinks of it."""
import os
import re
import subprocess

_TABLES = ("ikev1_decryption_table", "esp_sa")
_OPTIONS = ("esp.enable_encryption_decode:TRUE", "esp.enable_authentication_check:TRUE",
            "esp.enable_null_encryption_decode_heuristic:FALSE", "udp.check_checksum:TRUE",
            "ip.check_checksum:TRUE", "tcp.check_checksum:FALSE")
_FIELDS = ("frame.number", "ip.src", "frame.protocols", "isakmp.exchangetype", "isakmp.flag_e", "isakmp.id.type",
           "isakmp.sa.situation", "esp.spi", "esp.icv_bad", "l2tp.avp.message_type", "chap.code", "icmp.type",
           "_ws.expert.severity", "_ws.expert.message")
WARNING = 0x600000  # of _ws.expert.severity; an error is more


class Frame(dict):
    """{name of a field: its values, with commas between}"""

    def worst(self):
        """The gravest of what tshark has to say about it; 0: nothing."""
        return max((int(one) for one in self["_ws.expert.severity"].split(",") if one), default=0)


class Reader:
    def __init__(self, lab, capture, log):
        """capture: a file; log: the server's, in which the lines of the tables are."""
        self._capture = capture
        self._home = os.path.join(lab.tmp, "wireshark")
        os.makedirs(self._home)
        self.keys = {table: re.findall(r"^.*\bkeys: %s (.*)$" % table, log, re.M) for table in _TABLES}
        for table, lines in self.keys.items():
            with open(os.path.join(self._home, table), "w") as file:
                file.write("".join(line + "\n" for line in lines))

    def frames(self):
        """Every frame of the capture."""
        words = [word for field in _FIELDS for word in ("-e", field)]
        out = self._run("-T", "fields", "-E", "occurrence=a", *words)
        return [Frame(zip(_FIELDS, line.split("\t"))) for line in out.split("\n") if line]

    def _run(self, *words):
        options = [word for option in _OPTIONS for word in ("-o", option)]
        env = dict(os.environ, WIRESHARK_CONFIG_DIR=self._home, HOME=self._home)
        done = subprocess.run(["tshark", "-n", "-r", self._capture] + options + list(words), env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, errors="replace", timeout=60)
        if done.returncode:
            raise RuntimeError("tshark %s: exit %d: %s" % (" ".join(words), done.returncode, done.stderr))
        return done.stdout
