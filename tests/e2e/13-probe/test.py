"""`sekisho-lac probe` against our server: what it says is what is configured, and what is wrong
is said in the right words (NO_UML)."""
import json
import os

import office
from topology import SERVER

NO_UML = True

# src/core/ike_suites.c, by group
BUILT_IN = {
    "ECP521": "AES256-SHA512 AES256-SHA384 AES256-SHA256",
    "ECP384": "AES256-SHA512 AES256-SHA384 AES256-SHA256 AES256-SHA1 AES128-SHA256 AES128-SHA1",
    "MODP4096": "AES256-SHA512 AES256-SHA256 AES256-SHA1",
    "ECP256": "AES256-SHA512 AES256-SHA256 AES256-SHA1 AES128-SHA256 AES128-SHA1",
    "MODP3072": "AES256-SHA512 AES256-SHA256 AES256-SHA1 AES128-SHA256 AES128-SHA1",
    "MODP2048": "AES256-SHA512 AES256-SHA384 AES256-SHA256 AES256-SHA1 AES192-SHA256 AES192-SHA1 "
                "AES128-SHA256 AES128-SHA1",
}
BUILT_IN_ESP = {"AES%d-%s" % (bits, mac) for bits in (256, 192, 128)
                for mac in ("SHA512", "SHA384", "SHA256", "SHA1")}
BUILT_IN_ESP |= {"AESGCM256", "AESGCM192", "AESGCM128"}

LEGACY = """crypto ikev1 policy 10
 encryption 3des
 hash sha
 group 2
 authentication pre-share
 lifetime 3600
crypto ikev1 policy 20
 encryption aes-256
 hash sha
 group 2
 authentication pre-share
 lifetime 3600
no crypto ikev1 am-disable
crypto ipsec ikev1 transform-set OLD esp-3des esp-sha-hmac
crypto ipsec ikev1 transform-set OLD mode transport
crypto ipsec ikev1 transform-set NEW esp-aes esp-sha-hmac
crypto ipsec ikev1 transform-set NEW mode transport
crypto dynamic-map D 10 set ikev1 transform-set OLD NEW
crypto map M 65535 ipsec-isakmp dynamic D
crypto map M interface outside
tunnel-group DefaultRAGroup ppp-attributes
 authentication pap
"""
DROP = """table ip lab_probe {
    chain in {
        type filter hook input priority 0;
        udp dport %s drop
    }
}
"""
# What has AES-256 or 3DES with SHA-1 and MODP1024, and AES-128 or 3DES with SHA-1 behind it.
LEGACY_OK = {"windows10", "windows7", "windows8.1", "windows-xp", "apple-2016+", "apple-2011-2015",
             "android-7.1-11", "android-4.3-7.0", "strongswan", "chromeos", "mikrotik"}


class Prober:
    """A place on the internet to probe from."""

    def __init__(self, env, lab, net):
        self.lab, self.program = lab, os.path.join(env.build, "sekisho-lac")
        self.space = lab.ns("prober")
        lab.plug(net.inet, "br0", self.space, "198.18.0.50/24")

    def secret(self, name, text):
        path = os.path.join(self.lab.tmp, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text + "\n")
        return path

    def key(self, psk=office.PSK):
        return ["--psk-file", self.secret("psk", psk)]

    def who(self, user=office.USER, password=office.PASSWORD):
        return ["--user", user, "--password-file", self.secret("password", password)]

    def run(self, *options):
        return self.space.run([self.program, "probe", SERVER, *options], check=False, timeout=150)

    def ask(self, *options):
        """The report of --json, with its exit status as "status"."""
        done = self.run("--json", *options)
        report = json.loads(done.stdout[done.stdout.index("{"):])
        report["status"] = done.returncode
        return report


def scene(env, lab, config=None, **how):
    net = lab.standard()
    server = env.server(lab, net.srv, config or office.config(), **how)
    return net, server, Prober(env, lab, net)


def by_name(report):
    return {system["name"]: system for system in report["systems"]}


def suites(part):
    return {row["suite"] for row in part["suites"]}


def weak(part):
    return {row["suite"] for row in part["suites"] if row["weak"]}


def test_without_key(env):
    """What anybody can see: exactly the built-in suites, NAT traversal, nothing in clear."""
    with env.lab(uml=False) as lab:
        _net, server, prober = scene(env, lab)
        report = prober.ask()
        expected = {"%s-%s" % (one, group) for group, some in BUILT_IN.items() for one in some.split()}
        assert suites(report["ike"]) == expected, suites(report["ike"]) ^ expected
        assert report["ike"]["life_s"] == 86400 and not weak(report["ike"])
        assert report["ike"]["stopped_after"] == 0 and report["ike"]["strange"] == 0
        assert report["ike"]["questions"] < 60, report["ike"]["questions"]
        reach, says = report["reach"], report["announces"]
        assert reach["udp_500"]["state"] == reach["udp_4500"]["state"] == "answers", reach
        assert reach["l2tp_without_ipsec"] is False and says["aggressive_mode"] is False
        assert "RFC 3947" in says["nat_traversal"] and says["dead_peer_detection"]
        systems = by_name(report)
        assert systems["windows10"]["ok"] and systems["windows10"]["chosen"] == "AES256-SHA1-ECP384"
        assert systems["windows-xp"]["trouble"]["what"] == "no-proposal"
        assert report["warnings"] == [], report["warnings"]
        assert report["status"] == 1 and not report["ok"]
        one = prober.ask("--system", "windows10", "--brief")
        assert one["status"] == 0 and list(by_name(one)) == ["windows10"]
        server.stop()


def test_whole_connections(env):
    """With key, user and password: each system up and pinging, ESP suites, PPP; nothing stays."""
    with env.lab(uml=False) as lab:
        _net, server, prober = scene(env, lab)
        report = prober.ask(*prober.key(), *prober.who())
        systems = by_name(report)
        for name in ("windows10", "windows7", "windows8.1", "apple-2016+", "strongswan", "libreswan",
                     "chromeos"):
            connection = systems[name]["connection"]
            assert systems[name]["ok"] and connection["pinged"], systems[name]
            assert connection["address"].startswith("10.4.5.") and connection["peer"] == office.GATEWAY
            steps = [connection["steps_ms"][step] for step in ("phase1", "phase2", "l2tp", "up")]
            assert steps == sorted(steps) and steps[0] > 0, steps
        assert systems["windows10"]["connection"]["phase1"] == "AES256-SHA1-ECP384"
        assert systems["windows10"]["connection"]["authentication"] == "MS-CHAPv2"
        assert systems["mikrotik"]["trouble"]["what"] == "phase-2", systems["mikrotik"]
        assert "pfs-group" in systems["mikrotik"]["trouble"]["fix"]
        assert suites(report["esp"]) == BUILT_IN_ESP, suites(report["esp"]) ^ BUILT_IN_ESP
        assert report["esp"]["udp_encapsulated"] and report["esp"]["plain"] and report["esp"]["tunnel_mode"]
        assert report["reach"]["esp"] is True
        assert report["ppp"]["methods"] == ["MS-CHAPv2", "MS-CHAPv1"], report["ppp"]
        assert any("MS-CHAPv1" in words for words in report["warnings"])
        assert report["seconds"] < 75, report["seconds"]
        assert not server.wait_empty(60), "left: %s" % (server.sessions() + server.sas())
        secrets = (office.PSK, office.PASSWORD)
        assert not any(secret in json.dumps(report) for secret in secrets)
        server.stop()


def test_legacy(env):
    """Weak suites, Aggressive Mode and PAP are found and warned of; old systems connect."""
    with env.lab(uml=False) as lab:
        _net, server, prober = scene(env, lab, office.config(more=LEGACY))
        report = prober.ask(*prober.key(), *prober.who())
        assert suites(report["ike"]) == {"3DES-SHA1-MODP1024", "AES256-SHA1-MODP1024"}
        assert weak(report["ike"]) == suites(report["ike"])
        assert suites(report["esp"]) == {"3DES-SHA1", "AES128-SHA1"}, report["esp"]
        assert weak(report["esp"]) == {"3DES-SHA1"} and report["esp"]["tunnel_mode"] is False
        assert report["announces"]["aggressive_mode"] and report["announces"]["aggressive_hash"]
        assert set(report["ppp"]["methods"]) == {"MS-CHAPv2", "MS-CHAPv1", "PAP"}, report["ppp"]
        ok = {name for name, system in by_name(report).items() if system["ok"]}
        assert ok == LEGACY_OK, ok ^ LEGACY_OK
        for words in ("Aggressive Mode", "2 of the 2 IKE suites", "1 of the 2 ESP suites", "PAP"):
            assert any(words in warning for warning in report["warnings"]), (words, report["warnings"])
        server.stop()


def trouble_of(report, name):
    trouble = by_name(report)[name]["trouble"]
    assert trouble, by_name(report)[name]
    return trouble


def test_wrong_secrets(env):
    """Key, password, user: each with its layer, and what Windows and Apple show."""
    with env.lab(uml=False) as lab:
        _net, server, prober = scene(env, lab)
        two = ["--brief", "--system", "windows10", "--system", "apple-2016+"]
        report = prober.ask(*two, *prober.key("another"), *prober.who())
        trouble = trouble_of(report, "windows10")
        assert trouble["what"] == "pre-shared-key" and "789" in trouble["user_sees"], trouble
        assert "Advanced settings" in trouble["fix"]
        trouble = trouble_of(report, "apple-2016+")
        assert "did not respond" in trouble["user_sees"] and "Shared Secret" in trouble["fix"], trouble
        for wrong in ({"password": "another"}, {"user": "mallory"}):
            report = prober.ask(*two, *prober.key(), *prober.who(**wrong))
            trouble = trouble_of(report, "windows10")
            assert trouble["what"] == "login" and "691" in trouble["user_sees"], trouble
            assert trouble_of(report, "apple-2016+")["user_sees"] == '"Authentication failed"'
            assert report["status"] == 1
        # a key alone: as far as the user's name
        report = prober.ask(*two, *prober.key())
        assert report["status"] == 0, report
        server.stop()


def test_no_way(env):
    """No server: one cause for all. Port 4500 dropped: that, and not the key."""
    with env.lab(uml=False) as lab:
        net = lab.standard()
        prober = Prober(env, lab, net)
        report = prober.ask(*prober.key(), *prober.who())
        assert report["reach"]["udp_500"]["state"] == "closed" and report["status"] == 1
        assert {system["trouble"]["what"] for system in report["systems"]} == {"no-answer"}
        assert report["seconds"] < 15, report["seconds"]
        server = env.server(lab, net.srv, office.config())
        net.srv.run(["nft", "-f", "-"], stdin=DROP % "4500")
        report = prober.ask("--system", "windows10", "--brief", "--timeout", "6",
                            *prober.key(), *prober.who())
        assert report["reach"]["udp_500"]["state"] == "answers"
        assert report["reach"]["udp_4500"]["state"] == "silent"
        trouble = trouble_of(report, "windows10")
        assert trouble["what"] == "port-4500" and "4500" in trouble["fix"], trouble
        assert "809" in trouble["user_sees"]
        assert any("4500" in words for words in report["warnings"])
        net.srv.run(["nft", "-f", "-"], stdin=DROP % "{ 500, 4500 }")
        report = prober.ask("--system", "windows10", "--brief")
        assert report["reach"]["udp_500"]["state"] == "silent"
        assert trouble_of(report, "windows10")["what"] == "no-answer"
        net.srv.run(["nft", "delete", "table", "ip", "lab_probe"])
        server.stop()


def test_for_people(env):
    """The same in text: one line for each system, causes, no line that is endless."""
    with env.lab(uml=False) as lab:
        _net, server, prober = scene(env, lab)
        done = prober.run(*prober.key("another"), *prober.who(), "--system", "windows10", "--brief")
        assert done.returncode == 1
        for words in ("UDP 500 ", "Windows 10 ", "FAILS", "pre-shared key", "error 789", "0 of 1 systems"):
            assert words in done.stdout, (words, done.stdout)
        done = prober.run(*prober.key(), *prober.who(), "--system", "apple-2016+")
        assert done.returncode == 0, done.stdout
        assert max(len(line) for line in done.stdout.split("\n")) <= 140, done.stdout
        assert "MODP2048" in done.stdout and "1 of 1 systems connect" in done.stdout, done.stdout
        assert prober.run("--nonsense").returncode == 2
        server.stop()
