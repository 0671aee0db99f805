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
from generator import UDP_TAKES, Generator, GeneratorFailed, bulk_options, echo_options, flood_options
from topology import FAR

BULK_SEGMENT = 1360      # TCP payload of a 1400-octet inner packet
SETTLE_S = 2
PPS_FIRST = 64            # of each client, doubled from there
LOSS_MAX_PERCENT = 2
STORM_AT_S = 5
DRAIN_SESSIONS = 64
DRAIN_OCTETS = 1400
DRAIN_PPS = 500           # of each client: sockets of 8 MiB are full in DRAIN_FILL_S
DRAIN_FILL_S, DRAIN_QUIET_S, DRAIN_STEP_S = 0.3, 0.05, 0.0005
DRAINS, DRAINS_QUICK = 40, 10
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
        return 3 if self.quick else 5


def bulk(scene, direction, sessions):
    """TCP of full packets, to far's kernel or from it."""
    generator = Generator(scene.field, scene.build)
    generator.start(sessions, *bulk_options(direction))
    up = generator.wait_up(sessions)
    time.sleep(SETTLE_S)
    octets, used = _octets_in_window(scene, direction)
    report = generator.stop()
    packets = octets / BULK_SEGMENT
    return {"cpu_us_per_packet": _each(used.cpu_s * 1e6, packets), "cpu_ns_per_octet": _each(used.cpu_s * 1e9, octets),
            "mbit_s": octets * 8 / used.wall_s / 1e6, "sessions": up, **_about(used, report)}


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
    pps = _most_pps(scene, generator, sessions, octets)
    generator.start(sessions, *echo_options(octets, pps))
    generator.wait_up(sessions)
    time.sleep(SETTLE_S)
    meter = usage.Meter(scene.subject.pids, time.monotonic)
    sent, back = generator.packets_s(scene.window_s())
    used = meter.used()
    report = generator.stop()
    packets = 2 * back * used.wall_s
    return {"cpu_us_per_packet": _each(used.cpu_s * 1e6, packets), "packets_s": 2 * back,
            "lost_share": _each(sent - back, sent), **_about(used, report)}


def drain(scene, sessions=DRAIN_SESSIONS):
    """How fast the server empties its full sockets while nobody else runs: the clients fill them, are
    stopped, and the server, stopped until then, goes on. So nothing takes a processor from a worker."""
    generator = Generator(scene.field, scene.build)
    scene.field.far_drops(UDP_TAKES)
    generator.start(sessions, *flood_options(DRAIN_OCTETS, DRAIN_PPS))
    generator.wait_up(sessions)
    time.sleep(SETTLE_S)
    drained = [_drain_once(scene, generator) for _ in range(DRAINS_QUICK if scene.quick else DRAINS)]
    report = generator.stop()
    octets, seconds = (sum(column) for column in zip(*drained))
    return {"us_per_packet": seconds * 1e6 / (octets / DRAIN_OCTETS), "packets_a_drain": octets / DRAIN_OCTETS / len(drained),
            "wall_s": seconds, "generator": report}


def _drain_once(scene, generator):
    """(octets, seconds): from the server's going on until the last of them is at far's device."""
    with usage.stopped(scene.subject.pids()):
        time.sleep(DRAIN_FILL_S)
        generator.pause()
        time.sleep(DRAIN_QUIET_S)
        before = scene.field.far_octets()[0]
        began = time.monotonic()
    last, last_at = before, began
    while time.monotonic() < last_at + DRAIN_QUIET_S:
        time.sleep(DRAIN_STEP_S)
        now = scene.field.far_octets()[0]
        if now != last:
            last, last_at = now, time.monotonic()
    generator.go_on()
    time.sleep(DRAIN_QUIET_S)
    if last == before:
        raise GeneratorFailed("nothing came out of the server")
    return last - before, last_at - began


_pps_found = {}  # searched once a run


def _most_pps(scene, generator, sessions, octets):
    """Packets a second of each client, doubled as long as nearly all come back: an open loop
    beyond what a server can do would measure how it throws away."""
    key = scene.subject.name, sessions, octets
    if key not in _pps_found:
        _pps_found[key] = _search_pps(generator, sessions, octets)
    return _pps_found[key]


def _search_pps(generator, sessions, octets):
    pps = PPS_FIRST
    while True:
        generator.start(sessions, *echo_options(octets, pps))
        generator.wait_up(sessions)
        time.sleep(3)
        traffic = generator.stop()["traffic"]
        sent_s = traffic["packets_out"] / traffic["seconds"]
        if traffic["udp_lost_percent"] > LOSS_MAX_PERCENT or sent_s < 0.8 * pps * sessions:
            if pps == PPS_FIRST:
                raise GeneratorFailed("%.0f packets a second, %.1f %% lost" % (sent_s, traffic["udp_lost_percent"]))
            return pps // 2
        pps *= 2


def setups(scene, clients):
    """As many as go: Main Mode MODP 2048, Quick Mode, L2TP, LCP, MS-CHAPv2, IPCP."""
    generator = Generator(scene.field, scene.build)
    meter = usage.Meter(scene.subject.pids, time.monotonic)
    generator.start(clients, "--traffic", "none")
    up = generator.wait_up(clients)
    used = meter.used()
    report = generator.stop()
    return {"cpu_ms_per_setup": _each(used.cpu_s * 1e3, up), "setups_s": report["calls"]["setups_per_second"],
            "sessions": up,
            **_about(used, report)}


def storm(scene, clients):
    """All vanish without a word and dial again at once: until all are there again."""
    generator = Generator(scene.field, scene.build)
    generator.start(clients, "--traffic", "none", "--storm", str(STORM_AT_S))
    if generator.wait_up(clients) < clients:
        raise GeneratorFailed("not all clients came up:\n" + generator.said()[-1000:])
    meter = usage.Meter(scene.subject.pids, time.monotonic)
    time.sleep(STORM_AT_S + 2)
    generator.wait_up(clients, 120)
    used = meter.used()
    again = generator.up()
    report = generator.stop()
    recovered_us = report["calls"].get("storm_recovered_us")
    return {"recovery_s": recovered_us / 1e6 if recovered_us else None, "back": again,
            "cpu_ms_per_setup": _each(used.cpu_s * 1e3, again), **_about(used, report)}


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
    pps = _most_pps(scene, generator, sessions, LATENCY_OCTETS)
    generator.start(sessions, *echo_options(LATENCY_OCTETS, pps // 2))
    generator.wait_up(sessions)
    time.sleep(SETTLE_S)
    with on_cpus(OTHER_CPUS):
        times = _pings(scene, generator)
    report = generator.stop()
    return {"p50_ms": _quantile(times, 0.5), "p99_ms": _quantile(times, 0.99), "pings": len(times),
            "echoes_s": pps // 2 * sessions, "generator": report}


def _pings(scene, generator):
    """Milliseconds of each, in the real-time class, so that it measures the server and not the generator."""
    count = int((5 if scene.quick else 15) / PINGS_S)
    done = generator.through("ping -n -i %s -c %d -W 1 %s" % (PINGS_S, count, FAR))
    return [float(text) for text in re.findall(r"time=([0-9.]+) ms", done)]


def _about(used, report):
    return {"server_cpu_percent": 100 * used.cpu_s / used.wall_s, "softirq_s": used.softirq_s, "wall_s": used.wall_s,
            "threads": {name: round(s, 4) for name, s in used.threads.items() if s > 0.01 * used.wall_s},
            "generator": report}


def _each(total, n):
    return total / n if n else None


def _quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else None


def median(figures):
    """Of each figure in a list of results that is a number in all of them (None: there was none)."""
    names = [name for name in figures[0] if all(isinstance(one[name], (int, float)) for one in figures)]
    return {name: statistics.median(one[name] for one in figures) for name in names}
