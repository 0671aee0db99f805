#!/usr/bin/env python3
"""Our DHCP client and server (test_real_agent) against software that we did not write, on a veth
between two network namespaces: dnsmasq, ISC dhcpd and udhcpd; udhcpc and dhclient. Each that is
not installed is left out; exit code 77 when there is none, or no privilege. Run by meson test;
SEKISHO_DHCP_ONLY=NAME runs the cases whose names contain NAME."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

AGENT = sys.argv[1]
US, THEM = "dhcpD-us%d" % os.getpid(), "dhcpD-them%d" % os.getpid()
MAC = "ca:01:02:03:04:05"
os.environ["PATH"] += ":/usr/sbin:/sbin:/usr/local/sbin"
WORK = tempfile.mkdtemp(prefix="sekisho-dhcp-")


def sh(command, **kw):
    return subprocess.run(command, shell=True, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **kw).stdout


def tool(name):
    """A program, also as an applet of busybox; None: not there."""
    if shutil.which(name):
        return [shutil.which(name)]
    box = shutil.which("busybox")
    if box and name in subprocess.run([box, "--list"], capture_output=True, text=True).stdout.split():
        return [box, name]
    return None


class Process:
    """A program in a namespace; what it prints goes to a file that wait() looks into."""

    def __init__(self, namespace, command, stdin=None):
        self.path = tempfile.mktemp(dir=WORK)
        self.out = open(self.path, "w")
        self.p = subprocess.Popen(["ip", "netns", "exec", namespace] + command, stdin=stdin,
                                  stdout=self.out, stderr=subprocess.STDOUT,
                                  env={"PATH": os.environ["PATH"]})

    def text(self):
        with open(self.path, errors="replace") as f:
            return f.read()

    def wait(self, *words, seconds=20, after=0):
        """The first line with all the words behind the first `after` octets."""
        end = time.time() + seconds
        while time.time() < end:
            for line in self.text()[after:].splitlines(keepends=True):
                if line.endswith("\n") and all(w in line for w in words):
                    return line.strip()
            if self.p.poll() is not None:
                time.sleep(0.2)
                break
            time.sleep(0.05)
        raise AssertionError("no line with %s in:\n%s" % (words, self.text()[after:]))

    def end(self, how=signal.SIGTERM):
        if self.p.poll() is None:
            self.p.send_signal(how)
            try:
                self.p.wait(5)
            except subprocess.TimeoutExpired:
                self.p.kill()
                self.p.wait()
        self.out.close()
        return self.p.returncode


class Agent(Process):
    def __init__(self, *args):
        super().__init__(US, [AGENT] + list(args), stdin=subprocess.PIPE)

    def stop(self):
        """It releases what it has; it must end well (sanitizers)."""
        self.p.stdin.write(b"stop\n")
        self.p.stdin.close()
        assert self.p.wait(10) == 0, self.text()
        self.out.close()


def fields(line):
    return [tuple(w.split("=", 1)) for w in line.split() if "=" in w]


def has(line, **want):
    got = fields(line)
    for key, value in want.items():
        assert (key, value) in got, "%s=%s is not in: %s" % (key, value, line)


# ---- servers for our client ----

def dnsmasq(lease="3600", *more):
    path = os.path.join(WORK, "dnsmasq.leases")
    p = Process(THEM, tool("dnsmasq") + [
        "--keep-in-foreground", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--no-ping",
        "--interface=them", "--bind-dynamic", "--dhcp-leasefile=" + path, "--user=root",
        "--dhcp-authoritative", "--log-dhcp", "--dhcp-range=10.77.0.50,10.77.0.60,255.255.255.0," + lease,
        "--dhcp-option=3,10.77.0.1", "--dhcp-option=6,10.77.0.1,8.8.8.8", "--domain=lan.example",
        "--dhcp-option=option:domain-name,lan.example",
        "--dhcp-option=121,10.9.0.0/16,10.77.0.2,0.0.0.0/0,10.77.0.1"] + list(more))
    p.leases = path
    p.wait("DHCP, sockets bound")
    return p


def dhcpd():
    conf, leases = os.path.join(WORK, "dhcpd.conf"), os.path.join(WORK, "dhcpd.leases")
    with open(conf, "w") as f:
        f.write("""authoritative; ping-check false;
option rfc3442 code 121 = array of integer 8;
default-lease-time 600; max-lease-time 3600;
subnet 10.77.0.0 netmask 255.255.255.0 {
  range 10.77.0.50 10.77.0.60; option routers 10.77.0.254;
  option domain-name-servers 10.77.0.1, 8.8.8.8; option domain-name "isc.example";
  option netbios-name-servers 10.77.0.5;
  option rfc3442 16, 10, 9, 10, 77, 0, 2, 0, 10, 77, 0, 1; }
""")
    open(leases, "w").close()
    p = Process(THEM, tool("dhcpd") + ["-4", "-d", "-user", "root", "-group", "root", "-cf", conf,
                                       "-lf", leases, "-pf", os.path.join(WORK, "dhcpd.pid"), "them"])
    p.leases = leases
    p.wait("Sending on", "Socket")
    return p


def udhcpd():
    conf, leases = os.path.join(WORK, "udhcpd.conf"), os.path.join(WORK, "udhcpd.leases")
    with open(conf, "w") as f:
        f.write("""start 10.77.0.50
end 10.77.0.60
interface them
lease_file %s
pidfile %s
option subnet 255.255.255.0
option router 10.77.0.1
option dns 10.77.0.1 8.8.8.8
option domain box.example
option lease 1200
option staticroutes 10.9.0.0/16 10.77.0.2, 0.0.0.0/0 10.77.0.1
""" % (leases, os.path.join(WORK, "udhcpd.pid")))
    open(leases, "w").close()
    p = Process(THEM, tool("udhcpd") + ["-f", conf])
    p.wait("started")
    return p


def client_against_dnsmasq():
    server = dnsmasq()
    agent = Agent("client", "us", MAC, "1")
    line = agent.wait("lease ip=10.77.0.")
    has(line, prefix="24", router="10.77.0.1", dns="10.77.0.1,8.8.8.8", domain="lan.example",
        server="10.77.0.1", lease="3600", t1="1800", t2="3150")
    assert "route=10.9.0.0/16,10.77.0.2" in line and "route=0.0.0.0/0,10.77.0.1" in line
    server.wait("client provides name: agent")
    server.wait("vendor class: Sekisho")
    server.wait("DHCPACK(them)", MAC, "agent")
    with open(server.leases) as f:
        assert MAC in f.read()
    agent.stop()
    server.wait("DHCPRELEASE(them)", MAC)
    server.end()


def client_renews_at_dnsmasq():
    """An hour's lease in nine seconds: T1 by unicast, then the server stands still and goes on
    before the end (T2, by broadcast), then goes for good."""
    server = dnsmasq("3600")
    agent = Agent("client", "us", MAC, "400")
    ip = dict(fields(agent.wait("lease ip=")))["ip"]
    agent.wait("renewed ip=" + ip, seconds=30)
    server.wait("DHCPREQUEST(them) " + ip, after=server.text().rindex("DHCPOFFER"))
    server.p.send_signal(signal.SIGSTOP)
    agent.wait("note dhcp-rebinding", seconds=30)
    at = len(agent.text())
    server.p.send_signal(signal.SIGCONT)
    agent.wait("renewed ip=" + ip, seconds=30, after=at)
    server.end()
    agent.wait("lost reason=dhcp-expired", seconds=30)
    agent.stop()


def client_is_refused_by_dnsmasq():
    """The server comes back for another range: NAK at the renewal, and the client is told."""
    server = dnsmasq("3600")
    agent = Agent("client", "us", MAC, "400")
    agent.wait("lease ip=10.77.0.5")
    server.end()
    os.unlink(server.leases)
    sh("ip -n %s addr flush dev them; ip -n %s addr add 10.78.0.1/24 dev them" % (THEM, THEM))
    server = Process(THEM, tool("dnsmasq") + [
        "--no-daemon", "--conf-file=/dev/null", "--port=0", "--no-ping", "--interface=them",
        "--bind-dynamic", "--dhcp-leasefile=" + os.path.join(WORK, "other"), "--user=root",
        "--dhcp-authoritative", "--log-dhcp", "--dhcp-range=10.78.0.50,10.78.0.60,3600"])
    agent.wait("lost reason=dhcp-refused", seconds=30)
    server.wait("DHCPNAK(them)")
    server.end()
    agent.stop()


def client_gets_the_wanted_address_of_dnsmasq():
    server = dnsmasq()
    agent = Agent("client", "us", MAC, "1", "leased", "10.77.0.57")
    has(agent.wait("lease ip="), ip="10.77.0.57")
    agent.stop()
    agent = Agent("client", "us", "ca:01:02:03:04:06", "1", "leased", "10.77.0.99")
    agent.wait("note dhcp-other-address")
    agent.stop()
    server.end()


def client_informs_at_dnsmasq():
    server = dnsmasq()
    agent = Agent("client", "us", MAC, "1", "inform", "10.77.0.99")
    line = agent.wait("lease ip=10.77.0.99")
    has(line, prefix="24", lease="0", dns="10.77.0.1,8.8.8.8")
    server.wait("DHCPINFORM(them) 10.77.0.99")
    agent.stop()
    server.end()


def client_against_dhcpd():
    server = dhcpd()
    agent = Agent("client", "us", MAC, "40")
    line = agent.wait("lease ip=10.77.0.")
    has(line, prefix="24", router="10.77.0.1", dns="10.77.0.1,8.8.8.8", domain="isc.example",
        server="10.77.0.1", lease="600")
    assert "route=10.9.0.0/16,10.77.0.2" in line
    server.wait("DHCPACK on", MAC, "(agent)")
    agent.wait("renewed ip=", seconds=20)
    agent.stop()
    server.wait("DHCPRELEASE of", MAC)
    server.end()


def client_against_udhcpd():
    server = udhcpd()
    agent = Agent("client", "us", MAC, "1")
    line = agent.wait("lease ip=10.77.0.")
    has(line, prefix="24", dns="10.77.0.1,8.8.8.8", domain="box.example", lease="1200")
    agent.stop()
    server.end()


# ---- clients for our server ----

SCRIPT = """#!/bin/sh
{ echo "EVENT ${1:-}${reason:-}"; env | sort | sed 's/^/ /'; echo; } >>%s
case ${1:-}${reason:-} in
deconfig|PREINIT) ip addr flush dev them; ip link set them up ;;
bound) ip addr add $ip/$mask dev them ;;
BOUND) ip addr add $new_ip_address/$new_subnet_mask dev them ;;
esac
"""


def script():
    path, out = os.path.join(WORK, "script"), os.path.join(WORK, "script.out")
    with open(path, "w") as f:
        f.write(SCRIPT % out)
    os.chmod(path, 0o755)
    open(out, "w").close()
    return path, out


def environment(out, event, seconds=20, count=1):
    """What the client told its script at the count-th such event."""
    end = time.time() + seconds
    while time.time() < end:
        with open(out) as f:
            parts = [p for p in f.read().split("EVENT ") if p.startswith(event + "\n") and "\n\n" in p]
        if len(parts) >= count:
            return parts[count - 1]
        time.sleep(0.1)
    with open(out) as f:
        raise AssertionError("no event %s in:\n%s" % (event, f.read()))


def server_against_udhcpc():
    sh("ip -n %s addr flush dev them" % THEM)
    agent = Agent("server", "us", "5e:00:00:00:1e:01", "10.77.0", "20")
    path, out = script()
    client = Process(THEM, tool("udhcpc") + ["-f", "-i", "them", "-s", path, "-x", "hostname:box",
                                             "-O", "staticroutes", "-O", "msstaticroutes"])
    told = environment(out, "bound")
    for want in (" ip=10.77.0.10\n", " mask=24\n", " router=10.77.0.1\n", " dns=10.77.0.1 8.8.8.8\n",
                 " domain=vpn.example\n", " lease=20\n", " serverid=10.77.0.1\n",
                 " staticroutes=10.9.0.0/16 10.77.0.1 0.0.0.0/0 10.77.0.1\n"):
        assert want in told, want + told
    agent.wait("save ip=10.77.0.10 host=box renewed=0")
    environment(out, "renew", seconds=40)  # by itself after half of the lease, by unicast
    agent.wait("save ip=10.77.0.10", "renewed=1")
    at = len(agent.text())
    client.p.send_signal(signal.SIGUSR2)  # release
    agent.wait("drop ip=10.77.0.10", after=at)
    client.p.send_signal(signal.SIGUSR1)  # and again
    agent.wait("save ip=10.77.0.10", after=at)
    client.end()
    agent.stop()


def server_against_dhclient():
    sh("ip -n %s addr flush dev them" % THEM)
    agent = Agent("server", "us", "5e:00:00:00:1e:01", "10.77.0", "20")
    path, out = script()
    conf = os.path.join(WORK, "dhclient.conf")
    with open(conf, "w") as f:
        f.write('option rfc3442 code 121 = array of unsigned integer 8;\n'
                'send host-name "isc"; send dhcp-client-identifier 00:66:6f:6f;\n'
                'request subnet-mask, rfc3442, routers, domain-name, domain-name-servers;\n')
    command = tool("dhclient") + ["-4", "-d", "-sf", path, "-cf", conf, "-lf",
                                  os.path.join(WORK, "dhclient.leases"), "-pf",
                                  os.path.join(WORK, "dhclient.pid"), "them"]
    client = Process(THEM, command)
    told = environment(out, "BOUND")
    for want in (" new_ip_address=10.77.0.10\n", " new_subnet_mask=255.255.255.0\n",
                 " new_routers=10.77.0.1\n", " new_domain_name=vpn.example\n",
                 " new_domain_name_servers=10.77.0.1 8.8.8.8\n", " new_dhcp_lease_time=20\n",
                 " new_rfc3442=16 10 9 10 77 0 1 0 10 77 0 1\n"):
        assert want in told, want + told
    agent.wait("save ip=10.77.0.10 host=isc renewed=0")
    environment(out, "RENEW", seconds=25)
    agent.wait("save ip=10.77.0.10", "renewed=1")
    client.end(signal.SIGKILL)  # and back without a release: INIT-REBOOT
    sh("ip -n %s addr flush dev them" % THEM)
    client = Process(THEM, command)
    environment(out, "REBOOT", seconds=20)
    client.end()
    agent.stop()


CASES = [
    (client_against_dnsmasq, "dnsmasq"), (client_renews_at_dnsmasq, "dnsmasq"),
    (client_is_refused_by_dnsmasq, "dnsmasq"),
    (client_gets_the_wanted_address_of_dnsmasq, "dnsmasq"),
    (client_informs_at_dnsmasq, "dnsmasq"), (client_against_dhcpd, "dhcpd"),
    (client_against_udhcpd, "udhcpd"), (server_against_udhcpc, "udhcpc"),
    (server_against_dhclient, "dhclient"),
]


def remove_namespaces():
    for name in (US, THEM):
        for pid in subprocess.run(["ip", "netns", "pids", name], capture_output=True,
                                  text=True).stdout.split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)


def make_namespaces():
    sh("ip netns add %s && ip netns add %s" % (US, THEM))
    sh("ip -n %s link add us type veth peer name them netns %s" % (US, THEM))
    sh("ip -n %s link set us up; ip -n %s link set lo up; ip -n %s link set them up" % (US, THEM, THEM))
    sh("ip -n %s addr add 10.77.0.1/24 dev them" % THEM)


def one(case):
    try:
        make_namespaces()
        case()
        return True
    except (AssertionError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as e:
        print("not ok", case.__name__, e, getattr(e, "output", "") or "", flush=True)
        return False
    finally:
        remove_namespaces()
        for name in os.listdir(WORK):
            os.unlink(os.path.join(WORK, name))


def main():
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("needs root and iproute2")
        return 77
    if subprocess.run(["ip", "netns", "add", US], capture_output=True).returncode:
        print("network namespaces cannot be made here")
        return 77
    remove_namespaces()
    failed = ran = 0
    for case, needs in CASES:
        if os.environ.get("SEKISHO_DHCP_ONLY", "") not in case.__name__:
            continue
        if not tool(needs):
            print("left out", case.__name__ + ":", needs, "is not installed")
            continue
        ran += 1
        begin = time.time()
        good = one(case)
        failed += not good
        if good:
            print("ok %s (%.1f s)" % (case.__name__, time.time() - begin), flush=True)
    shutil.rmtree(WORK, ignore_errors=True)
    return 1 if failed else 0 if ran else 77


def ended(number, frame):
    raise SystemExit(1)


signal.signal(signal.SIGTERM, ended)
sys.exit(main())
