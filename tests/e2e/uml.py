"""A User-Mode Linux machine as an ordinary process, and the channel to command it.

The channel is a directory of the host that the guest mounts with hostfs; see
guest/agent.sh for its protocol. It works without any network of the guest's.
"""
import glob
import itertools
import os
import shlex
import shutil
import time

import netns

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.environ.get("SEKISHO_LAB_CACHE", "/var/cache/sekisho-lab")
_SCRIPTS = os.path.join(HERE, "guest", "*.sh")


class GuestFailed(Exception):
    """The guest itself (not what it tests) does not work."""


class Machine:
    """net: a Ns with the bridge that the machine's only card (vec0) is plugged into."""

    def __init__(self, lab, name, space, bridge, ip, gateway, root, mem="192M"):
        self.name, self.ip, self.gateway = name, ip.split("/")[0], gateway
        self._space, self._bridge, self._mem = space, bridge, mem
        self._root = os.path.join(CACHE, root)
        self._words = {"lab_name": name, "lab_ip": ip, "lab_gw": gateway or ""}
        self.tap = "tap-" + name[:11]
        self.dir = os.path.join(lab.tmp, "guest-" + name)
        self.console = os.path.join(self.dir, "console")
        self._ctl = os.path.join(self.dir, "ctl")
        self._numbers = itertools.count(1)
        self.process = None

    # -- life

    def start(self):
        """Switches on and returns at once; wait_ready() waits."""
        if not os.path.exists(os.path.join(self._root, "lab-init")):
            raise GuestFailed("no guest root in %s: run tests/e2e/make-root" % self._root)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self._ctl)
        for script in glob.glob(_SCRIPTS):
            shutil.copy(script, self._ctl)
        self._numbers = itertools.count(1)
        self._plug_in()
        self.process = self._space.popen(self._argv(), log=self.console)

    def wait_ready(self, timeout=30):
        self._wait_file("ready", timeout, "boot")

    def boot(self, timeout=30):
        self.start()
        self.wait_ready(timeout)

    def poweroff(self, timeout=10):
        """Through sysrq: no clean shutdown, nothing in the guest is worth saving."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self._send("echo o >/proc/sysrq-trigger", 5)
            self._wait_exit(timeout)
        self.close()

    def close(self):
        """Ends the machine at once, also when it hangs."""
        if self.process is None:
            return
        netns.end_group(self.process)
        self.process = None
        netns.sh("ip", "-n", self._space.name, "link", "del", self.tap, check=False)

    def pull_cable(self, out=True):
        """Takes the machine off the net without its knowledge (or puts it back)."""
        self._space.ip("link set %s %s" % (self.tap, "nomaster" if out else "master " + self._bridge))

    # -- commands

    def run(self, cmd, timeout=30):
        """Runs a shell text in the guest: (exit status, output). 124: it took too long."""
        number = self._send(cmd, timeout)
        self._wait_file("%d.rc" % number, timeout + 10, cmd)
        with open(self._path("%d.rc" % number)) as file:
            rc = int(file.read())
        with open(self._path("%d.out" % number), errors="replace") as file:
            return rc, file.read()

    def must(self, cmd, timeout=30):
        """run(), for a command that has to succeed; returns its output."""
        rc, out = self.run(cmd, timeout)
        if rc:
            raise netns.CommandFailed("guest %s: %s: exit %d\n%s" % (self.name, cmd, rc, out))
        return out

    def put(self, files):
        """Writes {path in the guest: text}, readable by root only (there are secrets among them)."""
        commands = []
        for index, (path, text) in enumerate(files.items()):
            with open(self._path("put.%d" % index), "w") as file:
                file.write(text)
            commands.append("install -D -m 600 /run/ctl/put.%d %s" % (index, shlex.quote(path)))
        self.must(" && ".join(commands))

    def console_text(self):
        try:
            with open(self.console, errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    # -- inside

    def _plug_in(self):
        self._space.ip("tuntap add dev %s mode tap" % self.tap)
        self._space.ip("link set %s up master %s" % (self.tap, self._bridge))

    def _argv(self):
        words = ["%s=%s" % item for item in self._words.items()]
        return ["linux.uml", "mem=" + self._mem, "root=/dev/root", "rootfstype=hostfs",
                "rootflags=" + self._root, "ro", "init=/lab-init", "con=null", "con0=fd:0,fd:1",
                "umid=" + self.name, "uml_dir=" + os.path.join(self.dir, "uml"), "quiet",
                "vec0:transport=tap,ifname=%s,depth=128,gro=1" % self.tap,
                "lab_ctl=" + self._ctl] + words

    def _path(self, name):
        return os.path.join(self._ctl, name)

    def _send(self, cmd, timeout):
        number = next(self._numbers)
        with open(self._path("%d.tmp" % number), "w") as file:
            file.write("exec timeout -k 2 %d sh -c %s\n" % (timeout, shlex.quote(cmd)))
        os.rename(self._path("%d.tmp" % number), self._path("%d.cmd" % number))
        return number

    def _wait_file(self, name, timeout, what):
        deadline = time.monotonic() + timeout
        while not os.path.exists(self._path(name)):
            if self.process is None or self.process.poll() is not None:
                raise GuestFailed("guest %s died during: %s\n%s" % (self.name, what, self.console_text()))
            if time.monotonic() > deadline:
                raise GuestFailed("guest %s: no answer in %d s: %s" % (self.name, timeout, what))
            time.sleep(0.02)

    def _wait_exit(self, timeout):
        deadline = time.monotonic() + timeout
        while self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
