"""SoftEther VPN Server (Debian's package, not installed) as a peer that we did not write.

Its binaries are unpacked from the .deb into the lab's cache, so that the package's own
service never starts. It runs inside a namespace without a way out, because it looks
for its vendor's hosts, and with private /run, /var/lib and /var/log, because this
build has those paths compiled in.
"""
import glob
import os
import re
import shutil
import subprocess
import tempfile
import time

import netns
from uml import CACHE

_PACKAGES = ("softether-common", "softether-vpnserver", "softether-vpncmd")
_HOME = os.path.join(CACHE, "softether")
_PRIVATE = """
for dir in /run /var/lib /var/log; do mount -t tmpfs tmpfs $dir; done
mkdir -p /run/softether /var/lib/softether /var/log/softether
cd {copy} && exec ./vpnserver execsvc
"""
_SETUP = """
HubCreate DEFAULT /PASSWORD:none
Hub DEFAULT
UserCreate {user} /GROUP:none /REALNAME:none /NOTE:none
UserPasswordSet {user} /PASSWORD:{password}
SecureNatEnable
IPsecEnable /L2TP:yes /L2TPRAW:{raw} /ETHERIP:no /PSK:{psk} /DEFAULTHUB:DEFAULT
"""


def available():
    """Whether it is here or can be downloaded."""
    try:
        install()
    except (netns.CommandFailed, subprocess.TimeoutExpired):
        return False
    return True


def install():
    """Unpacks the packages once; returns the folder with the programs."""
    if not os.path.exists(_HOME):
        os.makedirs(CACHE, exist_ok=True)
        work = tempfile.mkdtemp(dir=CACHE)
        os.chmod(work, 0o777)  # apt downloads as its own user
        netns.sh("sh", "-c", "cd %s && apt-get download -q %s" % (work, " ".join(_PACKAGES)), timeout=120)
        for deb in glob.glob(work + "/*.deb"):
            netns.sh("dpkg", "-x", deb, work + "/x")
        os.rename(work + "/x", _HOME)
        shutil.rmtree(work)
    return _HOME


class SoftEther:
    name = "softether"

    def __init__(self, lab, space, user="alice", password="secret1", psk="testpsk", raw=False):
        """raw: L2TP without IPsec too."""
        self._space = space
        self._copy = os.path.join(lab.tmp, "softether")
        self._log = os.path.join(lab.tmp, "softether.log")
        self._copy_programs(install())
        self._process = space.popen(_PRIVATE.format(copy=self._copy), log=self._log)
        lab.join(self)
        self.command("About", timeout=30)
        self.command(_SETUP.format(user=user, password=password, psk=psk, raw="yes" if raw else "no"))
        self._wait_ports(30)

    def command(self, text, timeout=10, hub=False):
        """vpncmd's output for these lines; asked again until the server answers it."""
        script = os.path.join(self._copy, "in")
        with open(script, "w") as file:
            file.write(text)
        deadline = time.monotonic() + timeout
        while True:
            words = ["./vpncmd", "127.0.0.1:5555", "/SERVER", "/IN:" + script]
            if hub:
                words.insert(3, "/HUB:DEFAULT")
            done = self._space.run("cd %s && %s" % (self._copy, " ".join(words)), check=False)
            if done.returncode == 0:
                return done.stdout
            if time.monotonic() > deadline:
                raise netns.CommandFailed("vpncmd: %d\n%s" % (done.returncode, done.stdout))
            time.sleep(0.5)

    def status(self, line):
        """The exit status of vpncmd for one line."""
        script = os.path.join(self._copy, "line")
        with open(script, "w") as file:
            file.write(line + "\n")
        return self._space.run("cd %s && ./vpncmd 127.0.0.1:5555 /SERVER /IN:%s" % (self._copy, script),
                               check=False).returncode

    def sessions(self):
        """The names of the sessions of people (not SecureNAT's or a bridge's own)."""
        listed = self.command("SessionList", hub=True)
        return [name for name in re.findall(r"^Session Name +\|(\S+)", listed, re.M)
                if not name.startswith(("SID-SECURENAT-", "SID-LOCALBRIDGE-"))]

    def pid(self):
        """Of vpnserver itself: popen's process becomes it."""
        return self._process.pid

    def logs(self):
        with open(self._log, errors="replace") as file:
            return {"output": file.read()}

    def close(self):
        """SIGKILL: it takes its time over a SIGTERM, and nothing in it is worth saving."""
        netns.end_group(self._process)

    def _copy_programs(self, home):
        os.makedirs(self._copy)
        for found in ("usr/libexec/softether/vpnserver/vpnserver", "usr/libexec/softether/vpncmd/vpncmd",
                      "usr/share/softether-common/hamcore.se2"):
            shutil.copy(os.path.join(home, found), self._copy)

    def _wait_ports(self, timeout):
        """The IPsec ports open some seconds after IPsecEnable."""
        deadline = time.monotonic() + timeout
        while ":4500 " not in self._space.run(["ss", "-lnu"]).stdout:
            if time.monotonic() > deadline:
                raise netns.CommandFailed("SoftEther did not open UDP 4500")
            time.sleep(0.2)
