"""What processes have used: CPU time of all their threads, dead ones too, and memory.

Of a process tree: the server's main process and all below it. CPU time is the kernel's sum for a
process (as getrusage has it), in steps of 10 ms; of single threads to the nanosecond.
"""
import contextlib
import dataclasses
import os
import signal

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def tree(pid):
    """pid and everything below it."""
    found = [pid]
    for task in _tasks(pid):
        try:
            with open("/proc/%d/task/%s/children" % (pid, task)) as file:
                children = [int(word) for word in file.read().split()]
        except OSError:
            continue
        for child in children:
            found += tree(child)
    return found


@contextlib.contextmanager
def stopped(pids):
    """They stand still inside."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def cpu_s(pids):
    return sum(_stat_cpu(pid) for pid in pids)


def threads_s(pids):
    """{"name/thread id": seconds}"""
    spent = {}
    for pid in pids:
        for task in _tasks(pid):
            path = "/proc/%d/task/%s/" % (pid, task)
            try:
                with open(path + "comm") as comm, open(path + "schedstat") as stat:
                    spent["%s/%s" % (comm.read().strip(), task)] = int(stat.read().split()[0]) / 1e9
            except OSError:
                continue
    return spent


def memory(pids):
    """Octets that are resident, what several processes share counted once (Pss)."""
    total = 0
    for pid in pids:
        try:
            with open("/proc/%d/smaps_rollup" % pid) as file:
                rows = dict(line.split(":", 1) for line in file.read().split("\n")[1:] if ":" in line)
        except OSError:
            continue
        total += int(rows["Pss"].split()[0]) * 1024
    return total


def softirq_s():
    """Of the whole machine, sampled at the timer's ticks; most of it is also in somebody's CPU time."""
    with open("/proc/stat") as file:
        return int(file.readline().split()[7]) * _TICK_S


@dataclasses.dataclass
class Used:
    """Between two looks: see Meter."""
    wall_s: float
    cpu_s: float
    threads: dict
    softirq_s: float


class Meter:
    """of: a function that lists the processes."""

    def __init__(self, of, clock):
        self._of, self._clock = of, clock
        self._begin = self._look()

    def _look(self):
        pids = self._of()
        return self._clock(), cpu_s(pids), threads_s(pids), softirq_s()

    def used(self):
        begin, end = self._begin, self._look()
        grown = {name: s - begin[2].get(name, 0) for name, s in end[2].items()}
        return Used(end[0] - begin[0], end[1] - begin[1], {k: v for k, v in grown.items() if v > 0}, end[3] - begin[3])


def _tasks(pid):
    try:
        return os.listdir("/proc/%d/task" % pid)
    except OSError:
        return []


def _stat_cpu(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            words = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) * _TICK_S
