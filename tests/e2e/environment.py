"""What a test case is given: where the binaries are, a lab, a server."""
import os
import shutil

from lab import Lab, Skip
from sekishod import Server
from uml import CACHE


class Env:
    def __init__(self, build, keep_logs=None):
        self.build = os.path.abspath(build)
        self.keep_logs = keep_logs

    def lab(self, uml=True, roots=("strongswan",), programs=()):
        """A Lab for a `with`; the case is skipped where this machine cannot have one. uml:
        the case boots guests, of these roots. programs: what it calls besides."""
        self._need(os.geteuid() == 0, "needs root")
        self._need(os.path.exists("/dev/net/tun"), "no /dev/net/tun")
        for program in ("ip", "nft") + (("linux.uml", "iperf3") if uml else ()):
            self._need(shutil.which(program), "no %s here: run tests/e2e/make-root" % program)
        for program in programs:
            self._need(shutil.which(program), "no %s here: run packaging/deps check" % program)
        for root in roots if uml else ():
            self._need(os.path.exists(os.path.join(CACHE, root, "lab-init")),
                       "no guest root %s: run tests/e2e/make-root" % root)
        for program in ("sekishod", "sekisho", "sekisho-lac", "vpncmd"):
            path = os.path.join(self.build, program)
            self._need(os.path.exists(path), "no %s" % path)
        return Lab(self.keep_logs)

    def server(self, lab, space, config, workers=None):
        return Server(lab, space, config, self.build, workers)

    def skip(self, reason):
        raise Skip(reason)

    def _need(self, given, reason):
        if not given:
            self.skip(reason)
