"""The clients: `sekisho-lac load` in the background, in load's namespace, and the program that they talk to."""
import json
import os
import re
import signal
import subprocess
import time

import subjects
from field import OTHER_CPUS, SOURCES, on_cpus
from sekisho_lac import Lac
from topology import FAR

TCP_SENDS, TCP_TAKES, UDP_ECHOES, UDP_TAKES = 19, 9, 7, 9  # ports of bench/target
_FOREVER_S = 3600
_END_S = 60
_THROUGH_S = 90
_HANG_UP_MAX = 100  # more than that leave without a word: the server ends then, too


class GeneratorFailed(Exception):
    """The clients could not be brought up: nothing can be measured."""


class Generator:
    def __init__(self, field, build):
        self._field = field
        self._lac = Lac(field.lab, build, field.load, subjects.USER, subjects.PASSWORD, subjects.PSK)
        self._log = os.path.join(field.lab.tmp, "load.log")
        self._out = os.path.join(field.lab.tmp, "load.json")
        self._process = None
        with on_cpus(OTHER_CPUS):
            field.far.popen([os.path.join(build, "bench/target")], log=os.path.join(field.lab.tmp, "target.log"))

    def start(self, clients, *options):
        """Begins to dial; options: of traffic. Goes on until stop()."""
        argv = self._lac.argv("load", "--clients", str(clients), "--setup", str(setup_s(clients)), "--seconds",
                              str(_FOREVER_S), "--threads", "1", "--sources", SOURCES, "--json", *options)
        if clients > _HANG_UP_MAX:
            argv.append("--abandon")
        with on_cpus(OTHER_CPUS), open(self._out, "wb") as out, open(self._log, "wb") as log:
            self._process = subprocess.Popen(self._field.load.argv(argv), stdin=subprocess.DEVNULL, stdout=out,
                                             stderr=log, start_new_session=True)
        self._field.load.children.append(self._process)

    def up(self):
        """Clients that are up, by the last progress line."""
        found = re.findall(r"\bup (\d+) dialling", self.said())
        return int(found[-1]) if found else 0

    def packets_s(self, seconds):
        """Waits so long; user packets a second that the clients sent and got meanwhile."""
        before = len(self._rates())
        time.sleep(seconds)
        rates = self._rates()[before:]
        if not rates:
            raise GeneratorFailed("load says nothing:\n" + self.said()[-2000:])
        return tuple(sum(way) / len(rates) for way in zip(*rates))

    def _rates(self):
        found = re.findall(r"out [0-9.]+ Mbit/s (\d+) packets/s [|] in [0-9.]+ Mbit/s (\d+) packets/s", self.said())
        return [(int(out), int(back)) for out, back in found]

    def wait_up(self, clients, seconds=None):
        """Waits for all of them; returns how many there are when the time is over."""
        deadline = time.monotonic() + (seconds or setup_s(clients))
        while (now := self.up()) < clients:
            if self._process.poll() is not None:
                raise GeneratorFailed("load ended by itself:\n" + self.said()[-2000:])
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        return now

    def said(self):
        with open(self._log, errors="replace") as file:
            return file.read()

    def through(self, command):
        """What a shell text prints in the tunnel of one more client. Both run in the real-time class: on
        the processor that all clients share they would otherwise wait for the others' time slices."""
        argv = self._lac.argv("dial", "--once", "--exec", command, "--port-any")
        done = self._field.load.run(["chrt", "-f", "1", *argv], check=False, timeout=_THROUGH_S)
        if done.returncode:
            raise GeneratorFailed("dial: " + done.stdout[-2000:])
        return done.stdout

    def pause(self):
        """Its clients stand still until go_on()."""
        self._signal(signal.SIGSTOP)

    def go_on(self):
        self._signal(signal.SIGCONT)

    def stop(self):
        """Ends it; its report."""
        self._signal(signal.SIGINT)
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            raise GeneratorFailed("load does not end:\n" + self.said()[-2000:])
        with open(self._out) as file:
            text = file.read()
        try:
            return json.loads(text)
        except ValueError:
            raise GeneratorFailed("load printed no JSON: %s\n%s" % (text[:200], self.said()[-2000:]))

    def _signal(self, number):
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass


def setup_s(clients):
    """As long as the slowest server may take for so many."""
    return 60 + clients // 20


def bulk_options(direction):
    """TCP to a kernel: "down" from far to the clients, "up" the other way."""
    port = {"down": TCP_SENDS, "up": TCP_TAKES}[direction]
    return ["--traffic", "tcp-like", "--direction", direction, "--target", "%s:%d" % (FAR, port)]


def echo_options(octets, pps):
    """UDP to far's echo; octets: IP length; pps: of each client."""
    return ["--traffic", "udp", "--direction", "echo", "--size", str(octets), "--pps", str(pps),
            "--target", "%s:%d" % (FAR, UDP_ECHOES)]


def flood_options(octets, pps):
    """UDP to far, one way; octets: IP length; pps: of each client."""
    return ["--traffic", "udp", "--direction", "up", "--size", str(octets), "--pps", str(pps),
            "--target", "%s:%d" % (FAR, UDP_TAKES)]
