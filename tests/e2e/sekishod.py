"""The server under test: starts BUILD/sekishod in a namespace and asks it with BUILD/sekisho.

The contract: `sekishod --config FILE --run DIR --state DIR --foreground [--workers N]` serves
until SIGTERM, then exits with 0; `sekisho --run DIR [--json] WORDS...` prints an answer, exit 0.
"""
import json
import os
import re
import signal
import subprocess
import time

import netns

READY = 20    # seconds until it must answer
STOP = 20     # seconds from SIGTERM to its end

_SANITIZER = re.compile(r"ERROR: AddressSanitizer|WARNING: ThreadSanitizer|runtime error:|LeakSanitizer")


class ServerFailed(Exception):
    """The server did not start, died, or a sanitizer found something in it."""


class Server:
    name = "sekishod"

    def __init__(self, lab, space, config, build, workers=None):
        self._space, self._build = space, os.path.realpath(build)
        self._home = os.path.join(lab.tmp, "sekishod")
        self._run, self._state = (os.path.join(self._home, name) for name in ("run", "state"))
        self._log, self._config = (os.path.join(self._home, name) for name in ("log", "config"))
        self._make_folders(config)
        self._process = space.popen(self._argv(workers), log=self._log, env=self._environment())
        lab.join(self)
        self._wait_ready()

    # -- questions

    def ask(self, words, as_json=False, check=True):
        """`sekisho WORDS`: its CompletedProcess; words is one text, cut at spaces."""
        argv = [os.path.join(self._build, "sekisho"), "--run", self._run]
        argv += (["--json"] if as_json else []) + words.split()
        return self._space.run(argv, check=check)

    def configure(self, lines, check=True):
        """`sekisho configure lines LINES`: its CompletedProcess; lines is one text."""
        argv = [os.path.join(self._build, "sekisho"), "--run", self._run, "configure", "lines", lines]
        return self._space.run(argv, check=check)

    def show(self, words):
        return self.ask(words).stdout

    def show_json(self, words):
        text = self.ask(words, as_json=True).stdout
        try:
            return json.loads(text)
        except ValueError as problem:
            raise ServerFailed("%s --json is no JSON (%s):\n%s" % (words, problem, text))

    def sessions(self):
        return rows(self.show_json("show vpn-sessiondb"))

    def sas(self):
        """All IKE and IPsec SAs in one list."""
        return rows(self.show_json("show crypto ikev1 sa")) + rows(self.show_json("show crypto ipsec sa"))

    def wait_empty(self, timeout=60):
        """Waits until no session and no SA is left; returns what is left (empty: good)."""
        deadline = time.monotonic() + timeout
        while True:
            left = self.sessions() + self.sas()
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.5)

    # -- life

    def stop(self):
        """SIGTERM; its exit status. Fails when it does not end or a sanitizer spoke."""
        self._signal_main(signal.SIGTERM)
        try:
            rc = self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            raise ServerFailed("still runs %d s after SIGTERM" % STOP)
        self.check_log()
        return rc

    def check_log(self):
        found = [line for line in self.log_text().split("\n") if _SANITIZER.search(line)]
        if found:
            raise ServerFailed("sanitizer: " + "; ".join(found[:5]))

    def leftovers(self):
        """Processes of the server's program that still run in its namespace."""
        return [pid for pid in self._space.pids() if _exe(pid).startswith(self._build + "/")]

    def pid(self):
        return self._process.pid

    def rewrite_config(self, config):
        with open(self._config, "w") as file:
            file.write(config)

    def config_text(self):
        with open(self._config) as file:
            return file.read()

    def control_socket(self):
        return os.path.join(self._run, "control.sock")

    def log_text(self):
        with open(self._log, errors="replace") as file:
            return file.read()

    def logs(self):
        texts = {"config": self.config_text(), "log": self.log_text()}
        if self._process.poll() is None:
            for words in ("show vpn-sessiondb", "show crypto ipsec sa", "show counters", "explain"):
                texts[words] = self.ask(words, check=False).stdout
        return texts

    def close(self):
        netns.end_group(self._process, grace=2)

    # -- inside

    def _make_folders(self, config):
        for folder in (self._home, self._run, self._state):
            os.makedirs(folder, exist_ok=True)
        with open(os.open(self._config, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(config)

    def _argv(self, workers):
        argv = [os.path.join(self._build, "sekishod"), "--config", self._config, "--run", self._run,
                "--state", self._state, "--foreground"]
        return argv + (["--workers", str(workers)] if workers else [])

    def _environment(self):
        # Sanitizers write to stderr, which is our log: a file of theirs would need a folder
        # that the unprivileged children can write.
        return dict(os.environ, UBSAN_OPTIONS="print_stacktrace=1", ASAN_OPTIONS="detect_leaks=1")

    def _wait_ready(self):
        deadline = time.monotonic() + READY
        while self.ask("show version", check=False).returncode:
            if self._process.poll() is not None:
                raise ServerFailed("exit %d at start:\n%s" % (self._process.returncode, self.log_text()))
            if time.monotonic() > deadline:
                raise ServerFailed("no answer %d s after start:\n%s" % (READY, self.log_text()))
            time.sleep(0.1)

    def _signal_main(self, number):
        if self._process.poll() is not None:
            raise ServerFailed("died with %d:\n%s" % (self._process.returncode, self.log_text()))
        os.kill(self._process.pid, number)


def rows(document):
    """The list in a JSON answer: the document itself, or the first list among its members."""
    if isinstance(document, list):
        return document
    lists = [value for value in document.values() if isinstance(value, list)]
    return lists[0] if lists else []


def mentions(document, word):
    """True when a value anywhere in a JSON answer is that word."""
    if isinstance(document, dict):
        return any(mentions(value, word) for value in document.values())
    if isinstance(document, list):
        return any(mentions(value, word) for value in document)
    return document == word


def snapshot(space):
    """What a server could leave behind in a namespace: devices and nftables tables."""
    devices = {row["ifname"] for row in json.loads(space.run(["ip", "-j", "link"]).stdout)}
    tables = set(space.run(["nft", "list", "tables"]).stdout.split("\n"))
    return devices, tables


def _exe(pid):
    try:
        return os.readlink("/proc/%d/exe" % pid)
    except OSError:
        return ""
