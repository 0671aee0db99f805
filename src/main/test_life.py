"""The life of the two processes: signals before the engine listens to them, the terminal's
SIGINT, a killed engine, a killed monitor. Needs root for a network namespace of its own;
skipped (77) without.

    test_life.py SEKISHOD SEKISHO
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

CONFIG = """hostname cw
tunnel-group DefaultRAGroup ipsec-attributes
 ikev1 pre-shared-key testpsk
crypto ikev1 enable outside
"""
SEKISHOD, SEKISHO = (os.path.abspath(p) for p in sys.argv[1:3])


class Server:
    def __init__(self, home):
        os.makedirs(home, exist_ok=True)
        self.run = os.path.join(home, "run")
        config = os.path.join(home, "config")
        with open(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(CONFIG)
        self.log = open(os.path.join(home, "log"), "w+")
        self.main = subprocess.Popen(
            [SEKISHOD, "--config", config, "--run", self.run, "--foreground", "--workers", "1",
             "--state", os.path.join(home, "state")], stderr=self.log, start_new_session=True)

    def engine(self):
        """The engine's process, or 0."""
        path = "/proc/%d/task/%d/children" % (self.main.pid, self.main.pid)
        try:
            with open(path) as file:
                return int((file.read().split() or ["0"])[0])
        except FileNotFoundError:
            return 0

    def answers(self):
        return subprocess.run([SEKISHO, "--run", self.run, "show", "version"],
                              capture_output=True, timeout=10).returncode == 0

    def said(self, what):
        with open(self.log.name) as file:
            return file.read().count(what)

    def stop(self):
        self.main.send_signal(signal.SIGTERM)
        return self.main.wait(20)


def wait(what, condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "%s: not within %d s" % (what, seconds)
        time.sleep(0.02)


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_reload_before_it_is_ready_does_not_kill(home):
    server = Server(home)
    wait("engine", lambda: server.engine() or server.main.poll() is not None)
    engine = server.engine()
    while not server.said("event=ready") and server.main.poll() is None:
        server.main.send_signal(signal.SIGHUP)
        time.sleep(0.005)
    assert server.main.poll() is None, "it died of SIGHUP"
    assert server.engine() == engine and server.said("event=engine-died") == 0
    assert server.answers()
    assert server.stop() == 0


def test_a_stop_before_it_is_ready_is_a_stop(home):
    for delay in (0, 0.01, 0.03, 0.1):
        server = Server(os.path.join(home, str(delay)))
        wait("engine", lambda: server.engine() or server.main.poll() is not None)
        time.sleep(delay)
        rc = server.stop()
        assert rc == 0, "exit status %d after %s s" % (rc, delay)
        assert not os.path.exists(os.path.join(server.run, "control.sock"))


def test_the_terminals_interrupt_stops_in_order(home):
    server = Server(home)
    wait("ready", lambda: server.said("event=ready"))
    os.killpg(server.main.pid, signal.SIGINT)
    assert server.main.wait(20) == 0
    assert server.said("event=stopped") == 1, "the engine did not end by itself"


def test_a_killed_engine_is_replaced(home):
    server = Server(home)
    wait("ready", lambda: server.said("event=ready") == 1)
    first = server.engine()
    os.kill(first, signal.SIGKILL)
    wait("ready again", lambda: server.said("event=ready") == 2)
    assert server.engine() not in (0, first) and server.answers()
    assert server.stop() == 0


def test_an_engine_without_its_monitor_stops(home):
    server = Server(home)
    wait("ready", lambda: server.said("event=ready"))
    engine = server.engine()
    server.main.kill()
    server.main.wait()
    wait("the engine's end", lambda: not alive(engine), 10)
    again = Server(home)  # the ports and the pid file are free
    wait("ready", lambda: again.said("event=ready") or again.main.poll() is not None)
    assert again.answers()
    assert again.stop() == 0


def main():
    if os.geteuid() or subprocess.run(["unshare", "-n", "true"], stderr=subprocess.DEVNULL).returncode:
        print("skipped: not root")
        return 77
    if "--inside" not in sys.argv:
        return subprocess.run(["unshare", "-n", sys.executable] + sys.argv + ["--inside"]).returncode
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    for name, test in sorted(globals().items()):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory() as home:
            os.chmod(home, 0o755)
            print(name, flush=True)
            test(home)
    return 0


sys.exit(main())
