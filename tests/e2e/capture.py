"""What passes a device of a namespace, recorded by tcpdump, for a test's look or a failure's."""
import os
import time

import netns


class Capture:
    def __init__(self, lab, space, device, name="capture", what=""):
        """what: a filter in tcpdump's language."""
        self.name, self.path = name, os.path.join(lab.tmp, name + ".pcap")
        self._space = space
        self._log = os.path.join(lab.tmp, name + ".log")
        self._process = space.popen(["tcpdump", "-Z", "root", "-n", "-U", "-B", "16384", "-i", device,
                                     "-w", self.path] + what.split(), log=self._log)
        lab.join(self)
        self._wait_listening()

    def stop(self):
        """Ends the recording; the path of the file."""
        time.sleep(0.3)  # what was sent last is on its way through the kernel
        netns.end_group(self._process, grace=5)
        return self.path

    def logs(self):
        """The packets, one a line."""
        return {"packets": self._space.run(["tcpdump", "-tttt", "-n", "-r", self.path], check=False).stdout}

    def close(self):
        netns.end_group(self._process, grace=1)

    def _wait_listening(self):
        deadline = time.monotonic() + 10
        while "listening on" not in open(self._log).read():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise netns.CommandFailed("tcpdump: " + open(self._log).read())
            time.sleep(0.05)
