"""The server as its administrator handles it: starting, reloading, restarts, the control
socket. The client is `sekisho-lac dial`, so no User-Mode Linux is needed (NO_UML)."""
import json
import os
import re
import signal
import socket
import time

import office
from sekishod import Server, ServerFailed, snapshot
from topology import SERVER

NO_UML = True


class Caller:
    """A namespace on the internet with `sekisho-lac dial` in it."""

    def __init__(self, env, lab, net, host=50):
        self.env, self.lab = env, lab
        self.space = lab.ns("caller%d" % host)
        lab.plug(net.inet, "br0", self.space, "198.18.0.%d/24" % host)

    def _secret(self, name, text):
        path = os.path.join(self.lab.tmp, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text + "\n")
        return path

    def argv(self, user, password, psk, count, ping=office.GATEWAY):
        return [os.path.join(self.env.build, "sekisho-lac"), "dial", SERVER,
                "--psk-file", self._secret("psk", psk), "--user", user,
                "--password-file", self._secret("password", password),
                "--ping", ping, "--count", str(count), "--timeout", "20"]

    def call(self, user=office.USER, password=office.PASSWORD, psk=office.PSK, count=1):
        """One call; its CompletedProcess."""
        return self.space.run(self.argv(user, password, psk, count), check=False, timeout=40)

    def stay(self, count=60):
        """A call that stays, pinging an address that nobody has; its process."""
        log = os.path.join(self.lab.tmp, "dial.log")
        argv = self.argv(office.USER, office.PASSWORD, office.PSK, count, ping="10.4.5.250")
        return self.space.popen(argv, log=log)


def start(env, lab, config=None, **how):
    net = lab.standard()
    return net, env.server(lab, net.srv, config or office.config(), **how)


def wait_for(what, condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "%s: not within %d s" % (what, seconds)
        time.sleep(0.1)


def test_dial_and_stop(env):
    """One call and one ping; the server ends cleanly and leaves nothing."""
    with env.lab(uml=False) as lab:
        net = lab.standard()
        before = snapshot(net.srv)
        server = env.server(lab, net.srv, office.config(), workers=2)
        done = Caller(env, lab, net).call()
        assert done.returncode == 0, done.stdout
        assert not server.wait_empty(20), "left: %s" % (server.sessions() + server.sas())
        assert server.stop() == 0
        assert snapshot(net.srv) == before, "the server left something behind"


def test_stop_with_a_session(env):
    """SIGTERM while somebody is connected: the client is told, nothing leaks."""
    with env.lab(uml=False) as lab:
        net, server = start(env, lab)
        call = Caller(env, lab, net).stay()
        wait_for("the session", lambda: len(server.sessions()) == 1)
        assert server.stop() == 0
        assert call.wait(20) != 0, "the client did not notice"


def test_logoff(env):
    with env.lab(uml=False) as lab:
        net, server = start(env, lab)
        call = Caller(env, lab, net).stay()
        wait_for("the session", lambda: [s for s in server.sessions() if s["state"] == "up"])
        index = server.sessions()[0]["index"]
        answer = server.ask("vpn-sessiondb logoff index %d" % (index + 1), check=False)
        assert answer.returncode == 1 and "no such session" in answer.stdout, answer.stdout
        answer = server.show_json("vpn-sessiondb logoff index %d" % index)
        assert answer["logged_off"] == 1, answer
        assert call.wait(20) != 0
        assert not server.wait_empty(60), "left: %s" % (server.sessions() + server.sas())
        assert "administrator" in server.show("explain")
        server.stop()


def engine_pid(server):
    with open("/proc/%d/task/%d/children" % (server.pid(), server.pid())) as file:
        return int(file.read().split()[0])


def test_engine_dies(env):
    """The monitor starts another within about a second, and it serves."""
    with env.lab(uml=False) as lab:
        net, server = start(env, lab)
        caller = Caller(env, lab, net)
        assert caller.call().returncode == 0
        old = engine_pid(server)
        os.kill(old, signal.SIGKILL)
        wait_for("another engine", lambda: _other_engine(server, old), 5)
        wait_for("its answer", lambda: server.ask("show version", check=False).returncode == 0, 5)
        done = caller.call()
        assert done.returncode == 0, done.stdout
        assert server.stop() == 0


def _other_engine(server, old):
    try:
        return engine_pid(server) != old
    except (IndexError, OSError):
        return False


def test_reload(env):
    """A new user works after `configure memory`; a wrong file changes nothing."""
    with env.lab(uml=False) as lab:
        net, server = start(env, lab)
        caller = Caller(env, lab, net)
        assert caller.call(user="bob", password="pw-of-bob").returncode != 0
        server.rewrite_config(office.config(more="username bob password pw-of-bob mschap\n"))
        assert "applied" in server.show("configure memory")
        done = caller.call(user="bob", password="pw-of-bob")
        assert done.returncode == 0, done.stdout
        server.rewrite_config(office.config(more="usrname carol password x mschap\n"))
        answer = server.ask("configure memory", check=False)
        assert answer.returncode == 1 and "nothing was changed" in answer.stdout, answer.stdout
        assert re.search(r":\d+:\d+: .*username", server.log_text()), server.log_text()
        assert caller.call(user="bob", password="pw-of-bob").returncode == 0
        server.rewrite_config(office.config(more="username dora password pw-of-dora mschap\n"))
        os.kill(server.pid(), signal.SIGHUP)
        wait_for("SIGHUP", lambda: "dora" in server.show("show running-config"))
        server.stop()


def test_refuses_to_start(env):
    """Wrong configuration: file, line, column."""
    with env.lab(uml=False) as lab:
        net = lab.standard()
        text = expect_no_start(env, lab, net, office.CONFIG.format(first="10.4.5.10", last="nowhere"))
        assert re.search(r"config:6:\d+: ", text), text


def test_port_taken(env):
    """Port taken: the log and show ipsec-service say by whom; when it is free the service is up,
    without a restart. Switched off and on by `configure lines`, sessions come and go with it."""
    with env.lab(uml=False) as lab:
        net = lab.standard()
        holder = net.srv.popen(["/usr/bin/python3", "-c", "import socket,time;s=socket.socket("
                                "socket.AF_INET,socket.SOCK_DGRAM);s.bind(('0.0.0.0',4500));"
                                "time.sleep(60)"])
        time.sleep(0.5)
        server = env.server(lab, net.srv, office.config())
        text = server.show("show ipsec-service")
        assert "waiting" in text and "4500" in text and "pid %d" % holder.pid in text, text
        assert "event=port-taken" in server.log_text() and "pid %d" % holder.pid in server.log_text()
        answer = server.show("configure memory")
        assert "pid %d" % holder.pid in answer, answer
        holder.kill()
        holder.wait()
        wait_for("the port", lambda: state_of(server) == "up", 5)
        caller = Caller(env, lab, net)
        done = caller.call()
        assert done.returncode == 0, done.stdout
        stays = caller.stay()
        wait_for("a session", lambda: len(server.sessions()) == 1)
        server.configure("no crypto ikev1 enable outside")
        wait_for("its end", lambda: not server.sessions() and stays.poll() is not None)
        assert state_of(server) == "off" and caller.call().returncode != 0
        server.configure("ipsec-service l2tp")
        assert state_of(server) == "up"
        assert caller.call().returncode == 0
        server.show("write memory")
        assert "ipsec-service l2tp" in server.config_text()
        server.stop()


def state_of(server):
    return server.show_json("show ipsec-service")["l2tp_ipsec"]["state"]


def expect_no_start(env, lab, net, config):
    try:
        env.server(lab, net.srv, config)
    except ServerFailed as failed:
        return str(failed)
    raise AssertionError("it started")


def test_control_socket(env):
    """Garbage, long lines, slow and many connections: refused, and the server goes on."""
    with env.lab(uml=False) as lab:
        _net, server = start(env, lab)
        path = server.control_socket()
        assert os.stat(path).st_mode & 0o777 == 0o600
        for text in (b"\n", b"{}\n", b"[]\n", b'{"words":[1]}\n', b'{"words":["show"', b"\xff" * 9000,
                     b'{"words":["' + b"x" * 20000 + b'"]}\n', b'{"words":["help"]}\nmore\n'):
            talk(path, text)
        idle = [connect(path) for _ in range(60)]
        time.sleep(6)
        assert server.show("show version")
        for s in idle:
            s.close()
        for words in ("", "shwo version", "show", "show vpn-sessiondb now", "explain a b c",
                      "vpn-sessiondb logoff index x"):
            answer = server.ask(words, check=False)
            assert answer.returncode in (1, 2) and answer.stdout.strip(), words
        assert "nearest" in server.ask("shwo version", check=False).stdout
        json.loads(server.ask("show counters", as_json=True).stdout)
        assert server.stop() == 0


def connect(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(10)
    s.connect(path)
    return s


def talk(path, text):
    """Sends text, reads until the end; an answer is a JSON object."""
    with connect(path) as s:
        try:
            s.sendall(text)
            s.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: s.recv(65536), b""))
        except (BrokenPipeError, ConnectionResetError):
            return
    if answer:
        assert "ok" in json.loads(answer)


def test_secrets_stay_secret(env):
    """No key or password in the log, an answer, a command line or an environment."""
    with env.lab(uml=False) as lab:
        net, server = start(env, lab)
        caller = Caller(env, lab, net)
        caller.call()
        caller.call(password="wrong-canary")
        caller.call(psk="psk-canary")
        seen = server.log_text() + server.show("show running-config") + server.show("explain")
        seen += server.show("show crypto ikev1 sa") + json.dumps(server.show_json("explain"))
        for pid in (server.pid(), engine_pid(server)):
            for name in ("cmdline", "environ"):
                with open("/proc/%d/%s" % (pid, name), "rb") as file:
                    seen += file.read().decode(errors="replace")
        for secret in (office.PSK, office.PASSWORD, "wrong-canary", "psk-canary"):
            assert secret not in seen, "%s was shown" % secret
        server.stop()


def test_cleartext_l2tp_is_ignored(env):
    """SCCRQ to UDP 1701 without IPsec: no answer (H-20)."""
    sccrq = bytes.fromhex("c802003c0000000000000000" "80080000000000018008000000020100"
                          "800a0000000300000003" "8009000000076c6163" "80080000000900018008" "0000000a0004")
    probe = ("import socket,sys\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.settimeout(2)\n"
             "s.sendto(bytes.fromhex('%s'),('%s',1701))\n"
             "try:\n s.recv(2000)\nexcept (TimeoutError, ConnectionError):\n sys.exit(0)\n"
             "sys.exit('answered')\n" % (sccrq.hex(), SERVER))
    with env.lab(uml=False) as lab:
        net, server = start(env, lab)
        caller = Caller(env, lab, net)
        done = caller.space.run(["/usr/bin/python3", "-c", probe], check=False, timeout=10)
        assert done.returncode == 0, done.stdout
        server.stop()
