"""The list of measures: what each is called, which servers it runs on, what its figures are.

A figure with a floor is quoted as a multiple of it; `floor` takes floors.measure()'s answer.
"""
import dataclasses
from typing import Callable, Optional

import measures


@dataclasses.dataclass
class Figure:
    key: str
    text: str
    less_is_better: bool = True
    floor: Optional[Callable] = None


@dataclasses.dataclass
class Measure:
    name: str
    run: Callable                     # of a Scene
    figures: list
    subjects: tuple = ("sekisho", "softether-tap")
    workers: int = 1
    in_quick: bool = True
    rounds_max: int = 5               # the long ones are not repeated
    rival_rounds_max: int = 5         # of the others: where they need minutes and the ratio is far from its target


def _bulk_figures(way):
    return [Figure("cpu_us_per_packet", "CPU us a packet", floor=lambda floors: floors["crypto_us"]["bulk"][way]),
            Figure("cpu_ns_per_octet", "CPU ns an octet"), Figure("mbit_s", "Mbit/s", False)]


def _small_floor(floors):
    """Half of the packets come and half go; one datagram a message."""
    socket, crypto = floors["socket_us"]["small"], floors["crypto_us"]["small"]
    return (socket["send"] + socket["receive"] + crypto["seal"] + crypto["open"]) / 2


_SETUP = [Figure("cpu_ms_per_setup", "CPU ms a set-up", floor=lambda floors: floors["dh_us"]["modp2048"] / 1e3),
          Figure("setups_s", "set-ups a second", False)]
_STORM = [Figure("recovery_s", "seconds until all are back"), Figure("cpu_ms_per_setup", "CPU ms a set-up"),
          Figure("back", "sessions that are back", False)]
_IDLE = [Figure("octets_per_session", "octets a session"), Figure("cpu_percent", "% of a core"),
         Figure("sessions", "sessions", False)]
_LATENCY = [Figure("p50_ms", "ping ms, median"), Figure("p99_ms", "ping ms, 99 of 100"),
            Figure("echoes_s", "echoes a second meanwhile", False)]
_BOTH = ("sekisho", "softether-tap", "softether-nat")


def _bulk(direction, sessions, **more):
    return Measure("bulk-%s-%d" % (direction, sessions), lambda scene: measures.bulk(scene, direction, sessions),
                   _bulk_figures({"down": "seal", "up": "open"}[direction]), **more)


def _workers(number):
    return Measure("workers-%d" % number, measures.drain, [Figure("us_per_packet", "us a packet until all are out")],
                   subjects=("sekisho",), workers=number)


ALL = [
    _bulk("down", 1, subjects=_BOTH), _bulk("up", 1, subjects=_BOTH),
    _bulk("down", 16, rival_rounds_max=2), _bulk("up", 16, rival_rounds_max=2),
    _bulk("down", 1000, subjects=("sekisho",), in_quick=False, rounds_max=3),
    _bulk("up", 1000, subjects=("sekisho",), in_quick=False, rounds_max=3),
    Measure("small-16", measures.small, [Figure("cpu_us_per_packet", "CPU us a packet", floor=_small_floor),
                                         Figure("packets_s", "packets a second", False)], rival_rounds_max=2),
    Measure("setups", lambda scene: measures.setups(scene, 500 if scene.quick else 1000), _SETUP, rival_rounds_max=1),
    Measure("storm-200", lambda scene: measures.storm(scene, 200), _STORM, rounds_max=3, rival_rounds_max=1),
    Measure("storm-1000", lambda scene: measures.storm(scene, 1000), _STORM, subjects=("sekisho",), in_quick=False,
            rounds_max=3),
    Measure("idle-1000", lambda scene: measures.idle(scene, 1000), _IDLE, rounds_max=1),
    Measure("idle-10000", lambda scene: measures.idle(scene, 10000), _IDLE, subjects=("sekisho",), in_quick=False,
            rounds_max=1),
    Measure("idle-100000", lambda scene: measures.idle(scene, 100000), _IDLE, subjects=("sekisho",),
            in_quick=False, rounds_max=1),
    Measure("latency", measures.latency, _LATENCY, rival_rounds_max=1),
    _workers(1), _workers(2),
]


def named(names):
    """Those of these names, or whose name begins so ("bulk", "idle"); all of them without any."""
    exact = {one.name for one in ALL}
    return [one for one in ALL if not names or one.name in names or
            any(one.name.startswith(name) for name in names if name not in exact)]
