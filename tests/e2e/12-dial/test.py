"""`sekisho-lac dial` with a network interface: addresses, routes, namespaces, --exec, what
happens when the server goes, what is said when it refuses, and that nothing is left behind.
The server is ours; the pinging kind is in 10-server (NO_UML)."""
import os
import re
import signal
import subprocess
import time

import office
from netns import sh
from sekisho_lac import Lac
from sekishod import snapshot
from topology import FAR, SERVER

NO_UML = True
TUN = "skd0"
OCTETS = 2 << 20
MORE = "username bob password pw-of-bob mschap\n"

# Takes a connection, counts what comes until its end, sends the same number of octets back.
_COUNTER = """
import socket
server = socket.create_server(("%s", 7777))
while True:
    peer, _ = server.accept()
    got = 0
    while chunk := peer.recv(1 << 16):
        got += len(chunk)
    peer.sendall(b"x" * got)
    peer.close()
""" % FAR
_TALKER = """
import socket
peer = socket.create_connection(("%s", 7777), 10)
peer.sendall(b"x" * %d)
peer.shutdown(socket.SHUT_WR)
print("octets back:", sum(len(chunk) for chunk in iter(lambda: peer.recv(1 << 16), b"")))
""" % (FAR, OCTETS)
TALK = "/usr/bin/python3 -c '%s'" % _TALKER


class Scene:
    """The standard net, our server, a caller on the internet, a counter on the far host."""

    def __init__(self, env, lab):
        self.env, self.lab, self.net = env, lab, lab.standard()
        self.server = env.server(lab, self.net.srv, office.config(more=MORE))
        self.space = lab.ns("caller")
        lab.plug(self.net.inet, "br0", self.space, "198.18.0.50/24")
        self.lac = Lac(lab, env.build, self.space, office.USER, office.PASSWORD, office.PSK)
        self.net.far.popen(["/usr/bin/python3", "-c", _COUNTER])
        wait_for("the counter", lambda: self.net.far.run("ss -Hltn sport = :7777").stdout)
        self.log = os.path.join(lab.tmp, "dial.log")

    def begin(self, *options, **who):
        """A call that stays; returns its process when it says that it is up."""
        call = self.lac.begin(*options, log=self.log, **who)
        self.wait_said("^up: ", call=call)
        return call

    def said(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def wait_said(self, pattern, count=1, seconds=30, call=None):
        wait_for("%d times '%s'" % (count, pattern), lambda: len(
            re.findall(pattern, self.said(), re.M)) >= count, seconds,
            lambda: "%s\nexit %s" % (self.said(), call and call.poll()))

    def routes(self):
        return sorted(self.space.ip("route show").stdout.split("\n"))

    def up(self):
        return [row for row in self.server.sessions() if row["state"] == "up"]

    def hang_up(self, call, status=0):
        call.send_signal(signal.SIGTERM)
        assert call.wait(20) == status, self.said()

    def stop(self):
        left = self.server.wait_empty(20)
        assert not left, "left: %s" % left
        assert self.server.stop() == 0


def wait_for(what, condition, seconds=15, why=lambda: ""):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "%s: not within %d s\n%s" % (what, seconds, why())
        time.sleep(0.1)


def check_tcp(run):
    done = run(TALK)
    assert done.returncode == 0 and "octets back: %d" % OCTETS in done.stdout, done.stdout


def test_tun(env):
    """Address, MTU, a route, TCP both ways; SIGTERM leaves neither interface nor session."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        before, routes = snapshot(scene.space), scene.routes()
        call = scene.begin("--tun", TUN, "--route", "192.0.2.0/24", "--mtu", "1300")
        row = scene.up()[0]
        link = scene.space.ip("address show dev " + TUN).stdout
        assert "mtu 1300" in link, link
        assert "inet %s peer %s/32" % (row["assigned_ip"], office.GATEWAY) in link, link
        assert "192.0.2.0/24 dev %s" % TUN in scene.space.ip("route show").stdout
        check_tcp(lambda cmd: scene.space.run(cmd, check=False))
        assert scene.space.run("ping -c 3 -i 0.2 -W 2 " + office.GATEWAY).returncode == 0
        assert "DNS: 10.4.5.1" in scene.said()
        scene.hang_up(call)
        assert scene.said().rstrip().endswith("hung up"), scene.said()
        assert scene.routes() == routes and snapshot(scene.space) == before
        scene.stop()


def test_default_route(env):
    """Everything but the tunnel's own packets goes through it; after the end all is as before."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        scene.space.ip("route add default via 198.18.0.77")
        routes = scene.routes()
        call = scene.begin("--stay", "--default-route")
        assert "sekisho0" in scene.space.ip("route get " + FAR).stdout
        assert "sekisho0" not in scene.space.ip("route get " + SERVER).stdout
        check_tcp(lambda cmd: scene.space.run(cmd, check=False))
        call.send_signal(signal.SIGHUP)
        scene.wait_said("^up: ", 2)
        assert "sekisho0" not in scene.space.ip("route get " + SERVER).stdout
        check_tcp(lambda cmd: scene.space.run(cmd, check=False))
        scene.hang_up(call)
        assert scene.routes() == routes, scene.routes()
        scene.stop()


def in_net_of(space, argv):
    """A command in the network namespace, but with this machine's mounts: `ip netns exec` hides
    what is mounted in /run/netns behind it."""
    return ["nsenter", "--net=/run/netns/" + space.name] + argv


def test_netns(env):
    """A namespace of that name is made, has the tunnel and its DNS, and goes; one that was
    there stays."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        name = lab.prefix + "inner"
        argv = in_net_of(scene.space, scene.lac.argv("dial", "--netns", name, "--dns"))
        for made_before in (False, True):
            if made_before:
                sh("ip", "netns", "add", name)
            with open(scene.log, "wb") as log:
                call = subprocess.Popen(argv, stdout=log, stderr=subprocess.STDOUT)
            try:
                scene.wait_said("^up: ", call=call)
                check_tcp(lambda cmd: sh("ip", "netns", "exec", name, "sh", "-c", cmd, check=False))
                conf = sh("ip", "netns", "exec", name, "cat", "/etc/resolv.conf").stdout
                assert "nameserver " + office.GATEWAY in conf, conf
                assert "sekisho" not in scene.space.ip("link show").stdout
            finally:
                scene.hang_up(call)
            assert (name in sh("ip", "netns", "list").stdout) == made_before
            assert not os.path.exists("/etc/netns/" + name)
        assert "sekisho" not in sh("ip", "-n", name, "link", "show").stdout
        sh("ip", "netns", "del", name)
        scene.stop()


def test_exec(env):
    """The command's network is the tunnel; its status is ours; without it the call ends."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        check_tcp(lambda cmd: scene.lac.run_through(cmd))
        done = scene.lac.run_through('echo "<$SEKISHO_ADDRESS> <$SEKISHO_PEER> <$SEKISHO_DNS>"; '
                                     'cat /etc/resolv.conf; ip -br link; exit 7', "--dns")
        assert done.returncode == 7, done.stdout
        assert re.search(r"^<10\.4\.5\.\d+> <10\.4\.5\.1> <10\.4\.5\.1>$", done.stdout, re.M), done.stdout
        assert "nameserver " + office.GATEWAY in done.stdout and "to-inet" not in done.stdout, done.stdout
        done = scene.lac.run_through("kill -9 $$")
        assert done.returncode == 128 + signal.SIGKILL, done.stdout
        done = scene.lac.run_through("exit 7", password="wrong")
        assert done.returncode == 7 and "failed in PPP authentication" in done.stdout, done.stdout
        call = scene.begin("--exec", "sleep 1000 & wait")
        scene.hang_up(call, 128 + signal.SIGTERM)
        assert "sekisho" not in scene.space.ip("link show").stdout
        scene.stop()


def test_dns_file(env):
    """--dns outside a namespace: /etc/resolv.conf is replaced and comes back, also after
    SIGKILL. In a mount namespace, so that this machine's own file is not touched."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        etc = os.path.join(lab.tmp, "etc")
        os.makedirs(etc)
        script = os.path.join(lab.tmp, "in-mounts")
        with open(script, "w") as file:
            file.write("#!/bin/sh\numount /etc/resolv.conf 2>/dev/null\ncp -a /etc/passwd /etc/group "
                       "/etc/nsswitch.conf /etc/hosts %s/ 2>/dev/null\n"
                       "mount --bind %s /etc && mount -t tmpfs none /run/systemd 2>/dev/null\n"
                       "exec \"$@\"\n" % (etc, etc))
        os.chmod(script, 0o755)
        conf = os.path.join(etc, "resolv.conf")
        with open(conf, "w") as file:
            file.write("nameserver 192.0.2.53\n")
        argv = [script] + scene.lac.argv("dial", "--tun", TUN, "--dns")
        for end in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
            open(scene.log, "w").close()
            call = scene.space.popen(argv, log=scene.log)
            scene.wait_said("^up: ", call=call)
            assert "nameserver " + office.GATEWAY in open(conf).read(), open(conf).read()
            call.send_signal(end)
            call.wait(20)
            if end == signal.SIGKILL:
                assert "nameserver " + office.GATEWAY in open(conf).read()
            else:
                assert open(conf).read() == "nameserver 192.0.2.53\n"
                assert os.listdir(etc).count("resolv.conf.sekisho") == 0
        assert "is back" in scene.said(), scene.said()
        scene.server.stop()


def test_logged_off(env):
    """The administrator ends the session: the client comes back to the same interface."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        call = scene.begin("--tun", TUN, "--route", "192.0.2.0/24")
        index = scene.space.run("cat /sys/class/net/%s/ifindex" % TUN).stdout
        scene.server.show("vpn-sessiondb logoff all")
        scene.wait_said("^up: ", 2)
        assert re.search(r"^ended in the connection: .*\n^away: dialling again in 1 s", scene.said(), re.M), scene.said()
        assert scene.space.run("cat /sys/class/net/%s/ifindex" % TUN).stdout == index
        check_tcp(lambda cmd: scene.space.run(cmd, check=False))
        scene.hang_up(call)
        scene.stop()


def test_once(env):
    """--once: a connection that was cut is not made again, and the status says so."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        call = scene.begin("--tun", TUN, "--once")
        scene.server.show("vpn-sessiondb logoff all")
        assert call.wait(20) == 9, scene.said()
        assert TUN not in scene.space.ip("link show").stdout
        scene.stop()


def test_server_dies(env):
    """The server is killed without a word and started again: the client notices and returns;
    its interface and routes have been there all the time."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        call = scene.begin("--tun", TUN, "--route", "192.0.2.0/24")
        for pid in scene.net.srv.pids():
            os.kill(pid, signal.SIGKILL)
        scene.wait_said("^away: ", seconds=60, call=call)
        assert "192.0.2.0/24 dev %s" % TUN in scene.space.ip("route show").stdout
        scene.server = env.server(lab, scene.net.srv, office.config(more=MORE))
        scene.wait_said("^up: ", 2, seconds=90)
        check_tcp(lambda cmd: scene.space.run(cmd, check=False))
        scene.hang_up(call)
        scene.stop()


def expect(scene, status, words, *options, timeout=60, **who):
    done = scene.lac.dial(*options, timeout=timeout, **who)
    assert done.returncode == status, "%d: %s" % (done.returncode, done.stdout)
    for word in words:
        assert word in done.stdout, done.stdout


def test_failures(env):
    """Each layer's refusal: exit status, layer, cause, and once a permanent one is not repeated."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        expect(scene, 4, ["failed in IKE phase 1: the pre-shared key is not the server's"],
               "--tun", TUN, psk="wrong")
        expect(scene, 7, ["failed in PPP authentication: the server refuses the user name or the password"],
               "--tun", TUN, password="wrong")
        expect(scene, 7, ["PPP authentication"], "--tun", TUN, user="nobody")
        expect(scene, 3, ["no answer from the server", "UDP 1701"], "--once", "--tun", TUN, "--timeout", "4", "--raw")
        expect(scene, 2, ["--stay"], "--dns")
        expect(scene, 2, ["no usable name"], "--tun", "a/b")
        scene.server.rewrite_config(office.config(pool=("10.4.5.10", "10.4.5.10"), more=MORE))
        scene.server.show("configure memory")
        call = scene.begin("--tun", TUN)
        done = scene.lac.dial("--once", "--tun", "skd1", "--port-any", "--timeout", "40", user="bob",
                              password="pw-of-bob", timeout=60)
        assert done.returncode == 8 and "failed in PPP: " in done.stdout, done.stdout
        scene.hang_up(call)
        scene.stop()
        expect(scene, 3, ["no answer from the server; does it run"], "--once", "--tun", TUN, "--timeout", "4")
        argv = ["nowhere.invalid" if word == SERVER else word for word in scene.lac.argv("dial", "--stay")]
        done = scene.space.run(argv, check=False)
        assert done.returncode == 1 and "sekisho-lac: nowhere.invalid: " in done.stdout, done.stdout


def test_keep_trying(env):
    """A wrong password is tried again only when asked to; SIGTERM ends the pause."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        call = scene.lac.begin("--tun", TUN, "--keep-trying", log=scene.log, password="wrong")
        scene.wait_said("^away: dialling again in 2 s", seconds=30, call=call)
        begin = time.monotonic()
        call.send_signal(signal.SIGTERM)
        assert call.wait(20) == 7 and time.monotonic() - begin < 3, scene.said()
        scene.stop()


def test_plain_esp(env):
    """IP protocol 50 without UDP."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        done = scene.lac.run_through(TALK, "--no-natt")
        assert done.returncode == 0 and "ESP up: IP protocol 50" in done.stdout, done.stdout
        assert "octets back: %d" % OCTETS in done.stdout, done.stdout
        assert scene.net.wire.counts()["esp"] > 100, scene.net.wire.counts()
        scene.stop()


def test_key_on_the_command_line(env):
    """--psk works, warns, and ps does not show it any longer once it runs."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        argv = scene.lac.argv("dial", "--tun", TUN)
        at = argv.index("--psk-file")
        argv[at:at + 2] = ["--psk", office.PSK]
        call = scene.space.popen(argv, log=scene.log)
        scene.wait_said("^up: ", call=call)
        assert "--psk-file is safer" in scene.said()
        for pid in scene.space.pids():
            with open("/proc/%d/cmdline" % pid, "rb") as file:
                assert office.PSK.encode() not in file.read()
        scene.hang_up(call)
        scene.stop()


def test_route_over_the_server(env):
    """A route that covers the server itself does not lead the tunnel into itself; a route of
    somebody else is left alone, and that is said."""
    with env.lab(uml=False) as lab:
        scene = Scene(env, lab)
        scene.space.ip("route add 203.0.113.0/24 via 198.18.0.77")
        routes = scene.routes()
        call = scene.begin("--tun", TUN, "--route", "198.18.0.0/16", "--route", "192.0.2.0/24",
                           "--route", "203.0.113.0/24")
        assert TUN not in scene.space.ip("route get " + SERVER).stdout
        assert TUN in scene.space.ip("route get 198.18.7.7").stdout
        assert TUN not in scene.space.ip("route get 203.0.113.1").stdout
        assert "the route to 203.0.113.0/24: File exists" in scene.said(), scene.said()
        check_tcp(lambda cmd: scene.space.run(cmd, check=False))
        scene.hang_up(call)
        assert scene.routes() == routes, scene.routes()
        scene.stop()
