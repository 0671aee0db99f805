"""What is measured, each with one fresh server: a function of a Scene that returns figures by name.

In a steady window of time: CPU time of all processes of the server, against what has gone through
it: TCP by what far's kernel has taken or sent, UDP by the echoes that the clients got back.
"""
import dataclasses
import re
import statistics
import time

import usage
from field import OTHER_CPUS, on_cpus
from generator import Generator, GeneratorFailed, bulk_options, echo_options
from topology import FAR

BULK_SEGMENT = 1360      # TCP payload of a 1400-octet inner packet
SETTLE_S = 2
ECHO_PPS = 4000          # of each of 16 clients
LATENCY_OCTETS = 1400
PINGS_S = 0.01
TRAFFIC_LEAST = 100000   # octets a second


@dataclasses.dataclass
class Scene:
    field: object
    subject: object
    build: str
    quick: bool

    def window_s(self):
        return 3 if self.quick else 8


def bulk(scene, direction, sessions):
    """TCP of full packets, to far's kernel or from it."""
    generator = Generator(scene.field, scene.build)
    generator.start(sessions, *bulk_options(direction))
    up = generator.wait_up(sessions)
    time.sleep(SETTLE_S)
    octets, used = _octets_in_window(scene, direction)
    report = generator.stop()
    packets = octets / BULK_SEGMENT
    return {"cpu_us_per_packet": _each(used.cpu_s, packets) * 1e6, "cpu_ns_per_octet": _each(used.cpu_s, octets) * 1e9,
            "mbit_s": octets * 8 / used.wall_s / 1e6, "sessions": up, **_about(used, report),
            "busiest_worker_us_per_packet": _each(used.busiest("dp-") or used.busiest(""), packets) * 1e6}


def _octets_in_window(scene, direction):
    way = {"up": 0, "down": 1}[direction]
    before = scene.field.far_octets()[way]
    meter = usage.Meter(scene.subject.pids, time.monotonic)
    time.sleep(scene.window_s())
    octets, used = scene.field.far_octets()[way] - before, meter.used()
    if octets < TRAFFIC_LEAST * used.wall_s:
        raise GeneratorFailed("%d octets in %.1f s: no traffic" % (octets, used.wall_s))
    return octets, used


def small(scene, sessions=16, octets=64):
    """UDP echo of small packets: each that came back has gone through the server twice."""
    generator = Generator(scene.field, scene.build)
    generator.start(sessions, *echo_options(octets, ECHO_PPS))
    generator.wait_up(sessions)
    time.sleep(SETTLE_S)
    meter = usage.Meter(scene.subject.pids, time.monotonic)
    echoes = generator.packets_in_s(scene.window_s())
    used = meter.used()
    packets = 2 * echoes * used.wall_s
    report = generator.stop()
    return {"cpu_us_per_packet": _each(used.cpu_s, packets) * 1e6, "packets_s": packets / used.wall_s,
            **_about(used, report)}


def setups(scene, clients):
    """As many as go: Main Mode MODP 2048, Quick Mode, L2TP, LCP, MS-CHAPv2, IPCP."""
    generator = Generator(scene.field, scene.build)
    meter = usage.Meter(scene.subject.pids, time.monotonic)
    generator.start(clients, "--traffic", "none")
    up = generator.wait_up(clients)
    used = meter.used()
    report = generator.stop()
    return {"cpu_ms_per_setup": _each(used.cpu_s, up) * 1e3, "setups_s": up / used.wall_s, "sessions": up,
            **_about(used, report)}


def storm(scene, clients, at_s):
    """All vanish without a word and dial again at once: until all are there again."""
    generator = Generator(scene.field, scene.build)
    generator.start(clients, "--traffic", "none", "--storm", str(at_s))
    begin = time.monotonic()
    generator.wait_up(clients, at_s)
    time.sleep(max(0, begin + at_s + 2 - time.monotonic()))
    meter = usage.Meter(scene.subject.pids, time.monotonic)
    again = generator.wait_up(clients, 120)
    used = meter.used()
    report = generator.stop()
    return {"recovery_s": used.wall_s + 2, "back": again, "cpu_ms_per_setup": _each(used.cpu_s, again) * 1e3,
            **_about(used, report)}


def idle(scene, sessions):
    """Hello, DPD and echo only."""
    empty = usage.memory(scene.subject.pids())
    generator = Generator(scene.field, scene.build)
    generator.start(sessions, "--traffic", "none")
    up = generator.wait_up(sessions)
    time.sleep(3 * SETTLE_S)
    meter = usage.Meter(scene.subject.pids, time.monotonic)
    time.sleep(10 if scene.quick else 60)
    used = meter.used()
    grown = usage.memory(scene.subject.pids()) - empty
    report = generator.stop()
    return {"sessions": up, "cpu_percent": 100 * used.cpu_s / used.wall_s, "octets_per_session": _each(grown, up),
            "empty_octets": empty, **_about(used, report)}


def latency(scene, sessions=16):
    """Pings of one more client while the others make half of the most that goes through."""
    generator = Generator(scene.field, scene.build)
    most = _most_echo(scene, generator, sessions)
    generator.start(sessions + 1, *echo_options(LATENCY_OCTETS, max(1, int(most / 2 / sessions))))
    generator.wait_up(sessions + 1)
    time.sleep(SETTLE_S)
    with on_cpus(OTHER_CPUS):
        times = _pings(scene, generator)
    report = generator.stop()
    return {"p50_ms": _quantile(times, 0.5), "p99_ms": _quantile(times, 0.99), "pings": len(times),
            "echoes_s": most / 2, "generator": report}


def _most_echo(scene, generator, sessions):
    """Packets a second that come back when more are sent."""
    generator.start(sessions, *echo_options(LATENCY_OCTETS, 100000))
    generator.wait_up(sessions)
    time.sleep(SETTLE_S)
    echoes = generator.packets_in_s(4)
    generator.stop()
    return echoes


def _pings(scene, generator):
    """Milliseconds of each, in the real-time class, so that it measures the server and not the generator."""
    count = int((5 if scene.quick else 20) / PINGS_S)
    done = generator.through("ping -n -i %s -c %d -W 1 %s" % (PINGS_S, count, FAR))
    return [float(text) for text in re.findall(r"time=([0-9.]+) ms", done)]


def _about(used, report):
    return {"server_cpu_percent": 100 * used.cpu_s / used.wall_s, "softirq_s": used.softirq_s, "wall_s": used.wall_s,
            "threads": {name: round(s, 4) for name, s in used.threads.items() if s > 0.01 * used.wall_s},
            "generator": report}


def _each(total, n):
    return total / n if n else float("nan")


def _quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def median(figures):
    """Of each number in a list of results, those that are numbers in all of them."""
    names = [name for name, value in figures[0].items() if isinstance(value, (int, float))]
    return {name: statistics.median(one[name] for one in figures) for name in names}
