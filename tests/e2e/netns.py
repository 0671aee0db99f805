"""Network namespaces: one object for each, and the leftovers of killed runs.

A namespace's name is skt<pid>-<k>-<name>. While a lab lives it holds a lock on
LOCKS/skt<pid>-<k>-, in which the name of its temporary folder is written; whoever
starts a lab removes the namespaces whose lock is free (their run was killed with
SIGKILL), with the processes inside them and the folder.
"""
import fcntl
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time

LOCKS = "/run/sekisho-lab"
_GUARD = "guard"
_labs = itertools.count()


class CommandFailed(Exception):
    """A command in a namespace had an exit status that the test did not expect."""


def sh(*argv, check=True, timeout=30, stdin=None):
    """Runs a host command; returns CompletedProcess with text in .stdout (stderr merged)."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=timeout, input=stdin)
    if check and done.returncode:
        raise CommandFailed("%s: exit %d\n%s" % (" ".join(argv), done.returncode, done.stdout))
    return done


def start_lab():
    """Sweeps, then claims names: (prefix that no living lab has, temporary folder, lock).

    One at a time on the machine: else a sweep could take a claim in the making for a dead one.
    """
    os.makedirs(LOCKS, exist_ok=True)
    with open(os.path.join(LOCKS, _GUARD), "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        _sweep()
        return _claim_prefix()


def _claim_prefix():
    prefix = "skt%d-%d-" % (os.getpid(), next(_labs))
    lock = open(os.path.join(LOCKS, prefix), "w")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    tmp = tempfile.mkdtemp(prefix=prefix)
    lock.write(tmp)
    lock.flush()
    return prefix, tmp, lock


def release_prefix(prefix, tmp, lock):
    shutil.rmtree(tmp, ignore_errors=True)
    os.unlink(os.path.join(LOCKS, prefix))
    lock.close()


def namespaces(prefix):
    listed = sh("ip", "netns", "list").stdout.split("\n")
    return [line.split()[0] for line in listed if line.startswith(prefix)]


def _sweep():
    """Removes what labs that were killed have left behind."""
    for prefix in os.listdir(LOCKS):
        if prefix == _GUARD:
            continue
        try:
            lock = open(os.path.join(LOCKS, prefix))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # it lives, or another sweep was faster
            continue
        for name in namespaces(prefix):
            Ns(name).delete()
        try:
            release_prefix(prefix, _folder_of(prefix, lock), lock)
        except FileNotFoundError:
            pass


def _folder_of(prefix, lock):
    """The dead lab's folder; nothing that does not look like one is ever removed."""
    path = lock.read()
    return path if os.path.basename(path).startswith(prefix) else os.devnull


class Ns:
    """One network namespace. `name` is the full one, `short` the test's own word for it."""

    def __init__(self, name, short=None):
        self.name = name
        self.short = short or name
        self.children = []

    def create(self):
        sh("ip", "netns", "add", self.name)
        self.ip("link set lo up")
        return self

    def argv(self, cmd):
        """cmd: a list of words, or a text for the shell."""
        words = ["sh", "-c", cmd] if isinstance(cmd, str) else list(cmd)
        return ["ip", "netns", "exec", self.name] + words

    def run(self, cmd, check=True, timeout=30, stdin=None):
        return sh(*self.argv(cmd), check=check, timeout=timeout, stdin=stdin)

    def ip(self, words):
        return sh("ip", "-n", self.name, *words.split())

    def sysctl(self, key, value):
        self.run(["sysctl", "-qw", "%s=%s" % (key, value)])

    def popen(self, cmd, log=None, **more):
        """Starts a process that delete() ends. log: a file for its output (else discarded).

        The process leads a session of its own, so that its children end with it.
        """
        out = open(log, "ab") if log else subprocess.DEVNULL
        try:
            child = subprocess.Popen(self.argv(cmd), stdin=subprocess.DEVNULL, stdout=out,
                                     stderr=subprocess.STDOUT, start_new_session=True, **more)
        finally:
            if log:
                out.close()
        self.children.append(child)
        return child

    def pids(self):
        listed = sh("ip", "netns", "pids", self.name, check=False).stdout
        return [int(word) for word in listed.split() if word.isdigit()]

    def kill_all(self):
        """Ends every process in the namespace: first the ones we know, then their orphans."""
        for child in self.children:
            end_group(child)
        self.children = []
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            pids = self.pids()
            if not pids:
                return
            for pid in pids:
                _kill(os.kill, pid)
            time.sleep(0.05)

    def delete(self):
        self.kill_all()
        sh("ip", "netns", "del", self.name, check=False)


def _kill(how, ident, sig=signal.SIGKILL):
    try:
        how(ident, sig)
    except ProcessLookupError:
        pass


def end_group(child, grace=0):
    """Ends a process started by popen with its whole group: SIGTERM, `grace` seconds, SIGKILL."""
    if child.poll() is None and grace:
        child.terminate()
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            pass
    _kill(os.killpg, child.pid)
    child.wait()
