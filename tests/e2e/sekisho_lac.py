"""sekisho-lac, our own client, in a namespace of its own: dial, probe, load.

What it prints and its exit status are the answer; nothing of it stays when a call is over.
"""
import json
import os
import re

from topology import SERVER


class Lac:
    """One place on the internet (or behind the NAT box) from which our client calls."""

    def __init__(self, lab, build, space, user, password, psk, server=SERVER):
        self.space, self._lab, self._server = space, lab, server
        self._program = os.path.join(build, "sekisho-lac")
        self._user, self._password, self._psk = user, password, psk

    def dial(self, *options, timeout=60, **who):
        """`sekisho-lac dial`; who: user, password, psk when they are others than usual."""
        return self.space.run(self.argv("dial", *options, **who), check=False, timeout=timeout)

    def begin(self, *options, log=None, **who):
        """A call that goes on; its process."""
        return self.space.popen(self.argv("dial", *options, **who), log=log)

    def run_through(self, command, *options, timeout=90, **who):
        """Connects, runs a shell text with the tunnel as its network, hangs up."""
        return self.dial("--once", "--exec", command, *options, timeout=timeout, **who)

    def probe(self, *options, timeout=200, **who):
        return self.space.run(self.argv("probe", *options, **who), check=False, timeout=timeout)

    def load(self, *options, timeout=120, **who):
        """(exit status, the object that --json printed, all that was said)"""
        done = self.space.run(self.argv("load", "--json", *options, **who), check=False, timeout=timeout)
        found = re.search(r"^\{.*^\}|^\{.*\}$", done.stdout, re.M | re.S)
        return done.returncode, json.loads(found.group(0)) if found else None, done.stdout

    def argv(self, command, *options, user=None, password=None, psk=None):
        return [self._program, command, self._server, *self._keys(psk, options),
                "--user", user or self._user,
                "--password-file", self._secret("password", password or self._password), *options]

    def _keys(self, psk, options):
        return [] if "--raw" in options or "--cert" in options else ["--psk-file", self._secret("psk", psk or self._psk)]

    def _secret(self, name, text):
        path = os.path.join(self._lab.tmp, "%s.%s" % (self.space.short, name))
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text + "\n")
        return path
