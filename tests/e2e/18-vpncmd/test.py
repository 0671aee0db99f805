"""The server through SoftEther's commands (vpncmd): from an empty configuration to a client that is
connected, live, and back; a local bridge, an access list and policies that act on it; and SoftEther's
own vpncmd beside ours. No guests (NO_UML)."""
import os
import re
import shutil
import subprocess
import time

import office
import softether
from sekisho_lac import Lac

NO_UML = True
GATEWAY = "192.168.30.1"  # SecureNAT's own address, by default
OWN = "192.168.30.77"
LAN = "192.168.77.1"  # the host behind a local bridge
EMPTY = "hostname empty\n"


class Vpncmd:
    def __init__(self, env, server):
        self._argv = [os.path.join(env.build, "vpncmd"), "localhost", "/SERVER", "--run",
                      os.path.dirname(server.control_socket())]

    def run(self, *words, text=None, hub=None):
        """One command (words) or lines (text): its CompletedProcess."""
        argv = self._argv + (["/ADMINHUB:" + hub] if hub else []) + (["/CMD", *words] if words else [])
        return subprocess.run(argv, input=text or "", text=True, capture_output=True, timeout=30, check=False)

    def must(self, *words, hub=None):
        done = self.run(*words, hub=hub)
        assert done.returncode == 0, "%s: %d\n%s" % (" ".join(words), done.returncode, done.stdout + done.stderr)
        return done.stdout


def items(text):
    """{label: value} of a table with two columns."""
    return dict((label.strip(), value) for label, value in re.findall(r"^([^|\n]+)\|(.*)$", text, re.M))


def scene(env, lab):
    net = lab.standard()
    server = env.server(lab, net.srv, EMPTY)
    space = lab.ns("caller")
    lab.plug(net.inet, "br0", space, "198.18.0.50/24")
    return server, Vpncmd(env, server), Lac(lab, env.build, space, office.USER, office.PASSWORD, office.PSK)


def wait_for_session(vpncmd):
    deadline = time.monotonic() + 20
    while "SID-" not in vpncmd.must("SessionList", hub="office"):
        assert time.monotonic() < deadline, "no session within 20 s"
        time.sleep(0.2)


def set_up(vpncmd):
    vpncmd.must("HubCreate", "Office", "/PASSWORD:")
    vpncmd.must("SecureNatEnable", hub="office")
    vpncmd.must("UserCreate", office.USER, "/GROUP:none", "/REALNAME:none", "/NOTE:IPv4: " + OWN, hub="office")
    vpncmd.must("UserPasswordSet", office.USER, "/PASSWORD:" + office.PASSWORD, hub="office")
    vpncmd.must("IPsecEnable", "/L2TP:yes", "/L2TPRAW:no", "/ETHERIP:no", "/PSK:" + office.PSK,
                "/DEFAULTHUB:Office")


def test_from_nothing_to_a_client(env):
    """Five commands on an empty server, and a client connects; the file has it, a restart keeps it."""
    with env.lab(uml=False) as lab:
        server, vpncmd, lac = scene(env, lab)
        set_up(vpncmd)
        shown = items(vpncmd.must("IPsecGet"))
        assert shown["L2TP over IPsec Server Function Enabled"] == "Yes", shown
        assert shown["IPsec Pre-Shared Key String"] == "*****", shown
        done = lac.dial("--ping", GATEWAY, "--count", "3")
        assert done.returncode == 0 and "3 of 3" in done.stdout, done.stdout
        call = lac.begin("--once", "--exec", "ping -i 0.2 %s" % GATEWAY)
        wait_for_session(vpncmd)
        listed = items(vpncmd.must("SessionList", hub="office"))
        assert listed["User Name"] == office.USER and listed["Session Name"].startswith("SID-"), listed
        assert int(listed["Transfer Packets"].replace(",", "")) > 0, listed
        got = items(vpncmd.must("SessionGet", listed["Session Name"], hub="office"))
        assert got["Assigned IP Address"] == OWN, got
        vpncmd.must("SessionDisconnect", listed["Session Name"], hub="office")
        call.wait(30)
        assert server.stop() == 0
        assert "IPv4: " + OWN in server.config_text(), server.config_text()


def test_offline_deletes_and_errors(env):
    """What is switched off is off at once, and what does not exist is told, with SoftEther's numbers."""
    with env.lab(uml=False) as lab:
        server, vpncmd, lac = scene(env, lab)
        set_up(vpncmd)
        vpncmd.must("Offline", hub="office")
        assert lac.dial("--ping", GATEWAY, "--count", "1", "--once").returncode != 0
        vpncmd.must("Online", hub="office")
        done = lac.dial("--ping", GATEWAY, "--count", "1")
        assert done.returncode == 0, done.stdout
        for code, words, hub in ((57, ("HubCreate", "OFFICE", "/PASSWORD:"), None),
                                 (8, ("HubDelete", "nope"), None),
                                 (66, ("UserCreate", office.USER, "/GROUP:none", "/REALNAME:", "/NOTE:"), "office"),
                                 (65, ("UserCreate", "eve", "/GROUP:nope", "/REALNAME:", "/NOTE:"), "office"),
                                 (29, ("UserDelete", "nope"), "office"),
                                 (38, ("IPsecEnable", "/L2TP:on", "/L2TPRAW:no", "/ETHERIP:no", "/PSK:x",
                                       "/DEFAULTHUB:Office"), None),
                                 (8, ("IPsecEnable", "/L2TP:no", "/L2TPRAW:no", "/ETHERIP:no", "/PSK:x",
                                      "/DEFAULTHUB:nope"), None),
                                 (33, ("CascadeList",), None), (117, ("Nope",), None)):
            done = vpncmd.run(*words, hub=hub)
            assert done.returncode == code, "%s: %d\n%s" % (words, done.returncode, done.stdout)
        assert items(vpncmd.must("IPsecGet"))["L2TP over IPsec Server Function Enabled"] == "Yes"
        vpncmd.must("HubDelete", "Office")
        assert lac.dial("--ping", GATEWAY, "--count", "1", "--once").returncode != 0
        server.stop()


def test_routers(env):
    """The table of EtherIP: added, listed, in the file, taken away; SoftEther's numbers for what is not there."""
    with env.lab(uml=False) as lab:
        server, vpncmd, _ = scene(env, lab)
        set_up(vpncmd)
        who = ("/HUB:Office", "/USERNAME:" + office.USER, "/PASSWORD:" + office.PASSWORD)
        vpncmd.must("IPsecEnable", "/L2TP:yes", "/L2TPRAW:no", "/ETHERIP:yes", "/PSK:" + office.PSK, "/DEFAULTHUB:Office")
        assert items(vpncmd.must("IPsecGet"))["EtherIP / L2TPv3 over IPsec Server Function Enabled"] == "Yes"
        vpncmd.must("EtherIpClientAdd", "branch.example.com", *who)
        vpncmd.must("EtherIpClientAdd", "*", *who)
        listed = vpncmd.must("EtherIpClientList")
        assert re.search(r"branch[.]example[.]com *[|]Office *[|]" + office.USER, listed), listed
        vpncmd.must("EtherIpClientDelete", "*")
        assert vpncmd.run("EtherIpClientDelete", "*").returncode == 29
        assert vpncmd.run("EtherIpClientAdd", "x", "/HUB:nope", *who[1:]).returncode == 8
        server.stop()
        assert 'etherip client branch.example.com hub Office' in server.config_text(), server.config_text()


def test_shell(env):
    """Lines from standard input: the prompt, what is asked for, the last command's number."""
    with env.lab(uml=False) as lab:
        server, vpncmd, _ = scene(env, lab)
        done = vpncmd.run(text="HubCreate\nOffice\n\n\nHub office\nul\nUserCreate\nbob\n\n\n\nUserGet bob\nNope\n")
        assert done.returncode == 117, done.stdout
        assert "VPN Server/Office>" in done.stdout and "User Name" in done.stdout, done.stdout
        done = vpncmd.run(text="?\n")
        assert done.returncode == 0 and "IPsecEnable" in done.stdout
        server.stop()


def commands_of(text):
    """The names in the answer to HELP."""
    return {name for name in re.findall(r"^ ([A-Z][A-Za-z0-9]+) +- ", text, re.M)}


def test_beside_the_real_one(env):
    """Every command of SoftEther's is there, and the same lines end with the same numbers."""
    if not softether.available():
        env.skip("SoftEther's packages are not here and cannot be downloaded")
    with env.lab(uml=False) as lab:
        server, vpncmd, _ = scene(env, lab)
        rival = softether.SoftEther(lab, lab.ns("rival"), office.USER, office.PASSWORD, office.PSK)
        missing = commands_of(rival.command("HELP")) - commands_of(vpncmd.run("HELP").stdout)
        assert not missing, missing
        set_up(vpncmd)
        vpncmd.must("HubCreate", "DEFAULT", "/PASSWORD:")
        for line in ("HubDelete nope", "Hub nope", "Hub DEFAULT", "HubList", "hl", "ssg", "HubList ?", "User", "Nope",
                     "HubList /FOO:1", "HubCreate DEFAULT /PASSWORD:", "HubCreate bad*name /PASSWORD:", "UserList",
                     "IPsecGet", "BridgeList", "BridgeDelete DEFAULT /DEVICE:nope",
                     "EtherIpClientList", "EtherIpClientDelete nope", "*AccessDelete 99", "*AccessList",
                     "*" + " ".join(rule("AccessAdd", "discard", 100, protocol="tcp")).replace("a rule", "m"),
                     "*AccessDisable 1", "*AccessEnable 1", "*AccessEnable 2", "*AccessDelete 1",
                     "*ExtOptionSet NoArpPolling /VALUE:1", "*ExtOptionSet NoIpTable /VALUE:1", "*ExtOptionList",
                     "*GroupDelete nope", "*GroupPolicySet nope /NAME:Access /VALUE:yes", "PolicyList MaxUpload",
                     "*Online", "*Offline", "*Offline", "*Online"):
            line = line.replace("*", "Hub DEFAULT\n") if line[0] == "*" else line
            theirs = rival.status(line)
            ours = vpncmd.run(text=line + "\n").returncode
            assert ours == theirs, "%s: %d, SoftEther's %d" % (line, ours, theirs)
        server.stop()


class Pings:
    """A client that pings the gateway five times a second; how many answers it has got so far."""

    def __init__(self, lab, lac):
        self._log = os.path.join(lab.tmp, "pings")
        self._call = lac.begin("--once", "--exec", "stdbuf -oL ping -i 0.2 %s" % GATEWAY, log=self._log)

    def answers(self):
        if not os.path.exists(self._log):
            return 0
        with open(self._log, errors="replace") as file:
            return file.read().count("bytes from")

    def wait(self, wanted):
        """Until answers come (wanted) or come no more."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            before = self.answers()
            time.sleep(1.2)
            if (self.answers() > before) == wanted:
                return
        assert False, "there are %s answers" % ("no" if wanted else "still")


def rule(verb, action, priority, user="", protocol="ip"):
    return [verb, action, "/MEMO:a rule", "/PRIORITY:%d" % priority, "/SRCUSERNAME:" + user, "/DESTUSERNAME:",
            "/SRCMAC:", "/DESTMAC:", "/SRCIP:0.0.0.0/0", "/DESTIP:0.0.0.0/0", "/PROTOCOL:" + protocol, "/SRCPORT:",
            "/DESTPORT:", "/TCPSTATE:"]


def test_access_list(env):
    """Rules that are added, switched and deleted act on a session that is there; as AccessList shows them."""
    with env.lab(uml=False) as lab:
        server, vpncmd, lac = scene(env, lab)
        set_up(vpncmd)
        pings = Pings(lab, lac)
        pings.wait(True)
        vpncmd.must(*rule("AccessAdd", "discard", 20, protocol="icmpv4"), hub="office")
        pings.wait(False)
        shown = items(vpncmd.must("AccessList", hub="office"))
        assert shown["Action"] == "Discard" and shown["Status"] == "Enable", shown
        assert shown["Contents"] == "(ipv4) Protocol=ICMPv4" and shown["Memo"] == "a rule", shown
        vpncmd.must("AccessDisable", "1", hub="office")
        pings.wait(True)
        vpncmd.must("AccessEnable", "1", hub="office")
        pings.wait(False)
        vpncmd.must(*rule("AccessAdd", "pass", 10), hub="office")  # it comes first
        pings.wait(True)
        vpncmd.must("AccessDelete", "2", hub="office")
        pings.wait(False)
        vpncmd.must("AccessDelete", "1", hub="office")
        pings.wait(True)
        vpncmd.must(*rule("AccessAdd", "discard", 5, user="nobody"), hub="office")
        vpncmd.must(*rule("AccessAdd", "discard", 6, user=office.USER.upper()), hub="office")
        pings.wait(False)
        vpncmd.must("AccessDelete", "2", hub="office")
        pings.wait(True)
        for code, words in ((29, ("AccessDelete", "2")), (38, rule("AccessAdd", "permit", 1)),
                            (38, rule("AccessAdd", "pass", 0)), (38, rule("AccessAdd", "pass", 1, protocol="x"))):
            assert vpncmd.run(*words, hub="office").returncode == code, words
        server.stop()


def test_policies_and_options(env):
    """A user's policy acts from the next login, before its group's; a hub's option at once."""
    with env.lab(uml=False) as lab:
        server, vpncmd, lac = scene(env, lab)
        set_up(vpncmd)

        def reaches():
            return lac.dial("--ping", GATEWAY, "--count", "2").returncode == 0

        assert reaches()
        vpncmd.must("UserPolicySet", office.USER, "/NAME:FilterIPv4", "/VALUE:yes", hub="office")
        assert not reaches()
        vpncmd.must("UserPolicyRemove", office.USER, hub="office")
        assert reaches()
        vpncmd.must("GroupCreate", "staff", "/REALNAME:none", "/NOTE:none", hub="office")
        vpncmd.must("GroupPolicySet", "staff", "/NAME:FilterIPv4", "/VALUE:yes", hub="office")
        vpncmd.must("GroupJoin", "staff", "/USERNAME:" + office.USER, hub="office")
        assert not reaches()
        vpncmd.must("UserPolicySet", office.USER, "/NAME:FilterIPv4", "/VALUE:no", hub="office")
        assert reaches()
        assert vpncmd.run("UserPolicySet", office.USER, "/NAME:NoQoS", "/VALUE:yes", hub="office").returncode == 38
        pings = Pings(lab, lac)
        pings.wait(True)
        vpncmd.must("ExtOptionSet", "FilterIPv4", "/VALUE:1", hub="office")
        pings.wait(False)
        vpncmd.must("ExtOptionSet", "FilterIPv4", "/VALUE:0", hub="office")
        pings.wait(True)
        for code, words in ((29, ("ExtOptionSet", "NoArpPolling", "/VALUE:1")),
                            (38, ("ExtOptionSet", "NoIpTable", "/VALUE:7")),
                            (33, ("ExtOptionSet", "DisableIPParsing", "/VALUE:1"))):
            assert vpncmd.run(*words, hub="office").returncode == code, words
        server.stop()


def lan(lab, net):
    """A host with a DHCP server on a wire to the server; the server's end of it, which has no address."""
    host = lab.ns("lan")
    device, inside = lab.link(net.srv, host, None, LAN + "/24")
    host.popen(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--pid-file", "--leasefile-ro",
                "--user=root", "--interface=" + inside, "--bind-interfaces", "--dhcp-option=3," + LAN,
                "--dhcp-range=192.168.77.100,192.168.77.150,255.255.255.0,1h"])
    return device


def test_bridge(env):
    """A hub that is bridged to a LAN: its DHCP server serves the client, which reaches the LAN's host."""
    if not shutil.which("dnsmasq"):
        env.skip("dnsmasq is not installed")
    with env.lab(uml=False) as lab:
        net = lab.standard()
        server = env.server(lab, net.srv, EMPTY)
        space = lab.ns("caller")
        lab.plug(net.inet, "br0", space, "198.18.0.50/24")
        vpncmd, lac = Vpncmd(env, server), Lac(lab, env.build, space, office.USER, office.PASSWORD, office.PSK)
        device = lan(lab, net)
        listed = vpncmd.must("BridgeDeviceList").splitlines()
        assert device in listed and "lo" not in listed, listed
        vpncmd.must("HubCreate", "Office", "/PASSWORD:")
        vpncmd.must("UserCreate", office.USER, "/GROUP:none", "/REALNAME:none", "/NOTE:none", hub="office")
        vpncmd.must("UserPasswordSet", office.USER, "/PASSWORD:" + office.PASSWORD, hub="office")
        vpncmd.must("BridgeCreate", "office", "/DEVICE:" + device)
        vpncmd.must("IPsecEnable", "/L2TP:yes", "/L2TPRAW:no", "/ETHERIP:no", "/PSK:" + office.PSK,
                    "/DEFAULTHUB:Office")
        row = vpncmd.must("BridgeList").splitlines()[-3].split("|")
        assert [cell.strip() for cell in row] == ["1", "Office", device, "Operating"], row
        done = lac.dial("--ping", LAN, "--count", "3")
        assert done.returncode == 0 and "3 of 3" in done.stdout, done.stdout
        for code, words in ((84, ("BridgeCreate", "office", "/DEVICE:eth9")), (8, ("BridgeCreate", "x", "/DEVICE:y")),
                            (29, ("BridgeDelete", "office", "/DEVICE:eth9"))):
            assert vpncmd.run(*words).returncode == code, words
        assert vpncmd.run("SecureNatEnable", hub="office").returncode == 38
        net.srv.ip("link set %s down" % device)
        deadline = time.monotonic() + 10
        while "Error" not in vpncmd.must("BridgeList"):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        vpncmd.must("BridgeDelete", "office", "/DEVICE:" + device)
        assert device not in vpncmd.must("BridgeList")
        assert lac.dial("--ping", LAN, "--count", "1", "--once").returncode != 0
        server.stop()


def test_csv_is_for_programs(env):
    with env.lab(uml=False) as lab:
        server, vpncmd, _ = scene(env, lab)
        set_up(vpncmd)
        done = subprocess.run(vpncmd._argv + ["/CSV", "/CMD", "HubList"], text=True, capture_output=True, timeout=30,
                              check=True)
        head, row = done.stdout.splitlines()
        assert head.startswith("Virtual Hub Name,Status,") and row.startswith("Office,Online,Standalone,1,0,"), done.stdout
        server.stop()
