"""The lab: namespaces, wires and guests of one test, removed whatever happens.

    with Lab() as lab:
        net = lab.standard(nat=True)
        server = Server(lab, net.srv, CONFIG, build)
        guest = net.guest("a")
        guest.boot()

When the block ends by an exception, every participant's logs are printed before
all is removed. SIGTERM ends the block like an exception.
"""
import os
import signal
import sys

import netns
from netns import CommandFailed, Ns  # noqa: F401 (tests import them from here)
from libreswan import Libreswan
from strongswan import Strongswan
from topology import Standard

_FLAVOURS = {one.root: one for one in (Strongswan, Libreswan)}


class Skip(Exception):
    """The test cannot run here; the text says why."""


class Lab:
    def __init__(self, keep_logs=None):
        self.keep_logs = keep_logs
        self.spaces = {}
        self.participants = []
        self._links = 0

    # -- life

    def __enter__(self):
        self.prefix, self.tmp, self._lock = netns.start_lab()
        os.chmod(self.tmp, 0o755)  # the server drops its privileges and must pass
        self._old_term = _on_term(_raise_exit)
        return self

    def __exit__(self, kind, error, trace):
        failed = kind is not None and not issubclass(kind, Skip)
        try:
            if failed or self.keep_logs:
                self._save_logs()
            if failed:
                self._print_logs()
        finally:
            self._remove_all()
            _on_term(self._old_term)
        return False

    def _remove_all(self):
        # A second Ctrl-C must not stop the clean-up half-way.
        old_int, old_term = signal.getsignal(signal.SIGINT), _on_term(signal.SIG_IGN)
        _on_signal(signal.SIGINT, signal.SIG_IGN)
        try:
            for one in self.participants:
                one.close()
            for space in self.spaces.values():
                space.delete()
            netns.release_prefix(self.prefix, self.tmp, self._lock)
        finally:
            _on_signal(signal.SIGINT, old_int)
            _on_term(old_term)

    # -- parts

    def ns(self, name):
        """The namespace of that name, made at its first mention."""
        if name not in self.spaces:
            self.spaces[name] = Ns(self.prefix + name, name).create()
        return self.spaces[name]

    def link(self, a, b, ip_a=None, ip_b=None):
        """A veth pair between two namespaces; returns both interface names. IPs with /length."""
        self._links += 1
        dev_a, dev_b = "to-%s%d" % (b.short[:6], self._links), "to-%s%d" % (a.short[:6], self._links)
        netns.sh("ip", "link", "add", dev_a, "netns", a.name, "type", "veth",
                 "peer", "name", dev_b, "netns", b.name)
        for space, dev, ip in ((a, dev_a, ip_a), (b, dev_b, ip_b)):
            if ip:
                space.ip("address add %s dev %s" % (ip, dev))
            space.ip("link set %s up" % dev)
        return dev_a, dev_b

    def bridge(self, space, name, ip=None):
        space.ip("link add %s type bridge" % name)
        space.ip("link set %s up" % name)
        if ip:
            space.ip("address add %s dev %s" % (ip, name))
        return name

    def plug(self, space, bridge, other, ip):
        """Connects namespace `other` to a bridge in `space`."""
        port, dev = self.link(space, other, None, ip)
        space.ip("link set %s master %s" % (port, bridge))
        return dev

    def standard(self, nat=False):
        return Standard(self, nat)

    def guest(self, name, space, bridge, ip, gateway, flavour="strongswan"):
        """A client with that IKE daemon, not yet booted."""
        return self.join(_FLAVOURS[flavour](self, name, space, bridge, ip, gateway))

    def join(self, participant):
        """A participant has name, logs() -> {title: text} and close()."""
        self.participants.append(participant)
        return participant

    # -- logs

    def _save_logs(self):
        self._logs = []
        for one in self.participants:
            try:
                self._logs += [(one.name, title, text) for title, text in one.logs().items()]
            except Exception as problem:  # a dead guest must not hide the others' logs
                self._logs.append((one.name, "logs", "not available: %r" % problem))
        if not self.keep_logs:
            return
        os.makedirs(self.keep_logs, exist_ok=True)
        for name, title, text in self._logs:
            path = os.path.join(self.keep_logs, "%s.%s" % (name, title.replace("/", "_")))
            with open(path, "w", errors="replace") as out:
                out.write(text)

    def _print_logs(self, lines=60):
        for name, title, text in self._logs:
            tail = text.rstrip().split("\n")[-lines:]
            print("--- %s: %s (last %d lines)" % (name, title, len(tail)), file=sys.stderr)
            print("\n".join("    " + line for line in tail), file=sys.stderr)
        sys.stderr.flush()


def _raise_exit(number, _frame):
    raise SystemExit(128 + number)


def _on_term(handler):
    return _on_signal(signal.SIGTERM, handler)


def _on_signal(number, handler):
    try:
        return signal.signal(number, handler)
    except ValueError:  # not the main thread: then the main thread's lab has the handler
        return None
