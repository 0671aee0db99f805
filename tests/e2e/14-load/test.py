"""`sekisho-lac load`: many emulated clients against our server, their traffic to a target on the far
host, and that both ends and the server count the same (NO_UML)."""
import json
import os
import re
import signal
import time

import office
from sekisho_lac import Lac
from topology import FAR

NO_UML = True
CLIENTS = 200
SOURCES = "10.64.0.0/10"     # an address of its own for each client
CALLER = "198.18.0.60"
POOL = ("10.4.4.10", "10.4.4.250")


def config():
    """office's with room for CLIENTS calls of one user."""
    text = office.config(pool=POOL).replace("255.255.255.0", "255.255.254.0")
    return text + "group-policy DfltGrpPolicy attributes\n vpn-simultaneous-logins %d\n" % (2 * CLIENTS)


class Scene:
    """The standard net, our server, a host of many addresses on the internet, the target far away."""

    def __init__(self, env, lab, **how):
        self.lab, self.net = lab, lab.standard()
        self.server = env.server(lab, self.net.srv, config(), **how)
        self.space = lab.ns("load")
        lab.plug(self.net.inet, "br0", self.space, CALLER + "/24")
        self.space.ip("route add local %s dev lo" % SOURCES)
        self.net.srv.ip("route add %s via %s" % (SOURCES, CALLER))
        self.lac = Lac(lab, env.build, self.space, office.USER, office.PASSWORD, office.PSK)
        self.build = env.build

    def load(self, *options, status=0, **who):
        """The report of a run with that exit status."""
        rc, report, said = self.lac.load("--setup", "120", *options, timeout=200, **who)
        assert rc == status, "exit %d:\n%s" % (rc, said)
        assert report, said
        return report

    def begin(self, *options):
        """A run in the background; its process."""
        log = os.path.join(self.lab.tmp, "load.log")
        argv = self.lac.argv("load", "--json", "--setup", "120", *options)
        return self.space.popen(argv, log=log), log

    def target(self):
        return Target(self.lab, self.net.far, self.build)

    def finish(self):
        """Nothing is left, and the server ends cleanly."""
        left = self.server.wait_empty(60)
        assert not left, "left: %s" % left[:3]
        assert self.server.stop() == 0


class Target:
    """bench/target on the far host."""

    def __init__(self, lab, space, build):
        self._log = os.path.join(lab.tmp, "target.log")
        self._process = space.popen([os.path.join(build, "bench", "target")], log=self._log)
        wait_said(self._log, "^ready", self._process)

    def counts(self):
        """Ends it."""
        os.kill(self._process.pid, signal.SIGTERM)
        self._process.wait(10)
        with open(self._log) as file:
            return json.loads(re.findall(r"^\{.*\}$", file.read(), re.M)[-1])


def wait_said(log, pattern, process, seconds=120):
    deadline = time.monotonic() + seconds
    while True:
        with open(log, errors="replace") as file:
            text = file.read()
        if re.search(pattern, text, re.M):
            return text
        assert process.poll() is None, text
        assert time.monotonic() < deadline, "%s: not within %d s:\n%s" % (pattern, seconds, text)
        time.sleep(0.1)


def all_hung_up(report):
    calls = report["calls"]
    assert calls["failed"] == calls["lost"] == calls["unheard"] == 0, report["failures"]
    assert calls["hung_up"] + calls["vanished"] == calls["up"], calls


def test_many(env):
    """200 at once, an address each; a little UDP from all, of which nothing is lost; what they, the
    target and the server count is the same."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab, workers=2)
        target = scene.target()
        run, log = scene.begin("--clients", str(CLIENTS), "--sources", SOURCES, "--traffic", "udp", "--pps", "2",
                               "--size", "300", "--target", FAR, "--seconds", "6", "--threads", "2")
        wait_said(log, r"up %d dialling 0 failed 0" % CLIENTS, run)
        together = [row for row in scene.server.sessions() if row["state"] == "up"]
        assert len(together) == CLIENTS, len(together)
        assert len({row["assigned_ip"] for row in together}) == CLIENTS
        assert run.wait(60) == 0
        with open(log) as file:
            report = json.loads(re.search(r"^\{.*^\}", file.read(), re.M | re.S).group(0))
        all_hung_up(report)
        assert report["calls"]["up"] == CLIENTS and report["calls"]["setup_us"]["count"] == CLIENTS
        traffic, counts = report["traffic"], target.counts()
        assert traffic["udp_sent"] == traffic["udp_received"] == counts["udp_echoed"], (traffic, counts)
        assert traffic["udp_sent"] >= CLIENTS * 10, traffic
        assert traffic["rtt_us"]["count"] == traffic["udp_received"] and traffic["rtt_us"]["p50"] > 0
        data = scene.server.show_json("show counters")["dataplane"]
        assert data["user-in"] == traffic["udp_sent"] == data["user-out"], (data["user-in"], data["user-out"])
        scene.finish()


def test_tcp(env):
    """TCP to the far host's kernel, through the NAT: down, up, both; a socket and a port each."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        for direction in ("down", "up", "both"):
            target = scene.target()
            report = scene.load("--clients", "4", "--traffic", "tcp-like", "--direction", direction, "--seconds", "4",
                                "--target", FAR)
            all_hung_up(report)
            traffic, counts = report["traffic"], target.counts()
            assert traffic["tcp_opened"] == counts["tcp_connections"] == 4, (traffic, counts)
            assert traffic["tcp_ended"] == traffic["tcp_dropped"] == 0, traffic
            down, up = traffic["tcp_octets_down"], traffic["tcp_octets_up"]
            assert counts["tcp_sent"] >= down and counts["tcp_received"] >= up, (traffic, counts)
            assert (down > 4 << 20) == (direction != "up"), traffic
            assert (up > 4 << 20) == (direction != "down"), traffic
        scene.finish()


def test_storm_and_churn(env):
    """All vanish at once and come back; then calls that hang up and dial again. The server misses the
    vanished ones 45 s later: they are not told from calls that are still there before."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        report = scene.load("--clients", "20", "--storm", "1", "--seconds", "12", "--sources", SOURCES)
        all_hung_up(report)
        calls = report["calls"]
        assert calls["vanished"] == 20 and calls["up"] == 40 and calls["up_at_end"] == 20, calls
        assert calls["storm_recovered_us"], calls
        report = scene.load("--clients", "20", "--churn", "5", "--seconds", "6", "--ping", "1", "--sources", SOURCES)
        all_hung_up(report)
        calls = report["calls"]
        assert calls["up"] >= 40 and calls["vanished"] == 0, calls
        assert report["traffic"]["pings_answered"] >= 40, report["traffic"]
        scene.finish()


def test_refusals(env):
    """What does not come up is counted with its reason, and the exit status says it."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        options = ("--clients", "5", "--seconds", "3")
        reasons = [(dict(password="wrong"), "auth-failed"), (dict(psk="wrong"), None)]
        for who, reason in reasons:
            report = scene.load(*options, "--dial-timeout", "10", status=1, **who)
            calls, failures = report["calls"], report["failures"]
            assert calls["up"] == 0 and calls["failed"] >= 5, calls
            assert sum(one["count"] for one in failures) == calls["failed"], failures
            assert reason in (None, failures[0]["reason"]), failures
        assert scene.server.stop() == 0
        report = scene.load(*options, "--dial-timeout", "3", status=1)
        assert [one["reason"] for one in report["failures"]] == ["silent"], report["failures"]


def test_interrupted(env):
    """SIGINT in the middle: hangs up, and says what there was."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        run, log = scene.begin("--clients", "10", "--seconds", "600")
        wait_said(log, "up 10 dialling 0", run)
        os.kill(run.pid, signal.SIGINT)
        assert run.wait(30) == 0
        with open(log) as file:
            report = json.loads(re.search(r"^\{.*^\}", file.read(), re.M | re.S).group(0))
        assert report["interrupted"] and report["calls"]["hung_up"] == 10, report
        scene.finish()
