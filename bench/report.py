"""The document that a run leaves, and the table that people read: medians, ratios, targets."""
import os
import platform
import time

import catalogue
import floors
import measures

_OURS = "sekisho"
TARGETS = [  # name, (measure, figure) or a function of the document, limit, at most or at least
    ("bulk download, 1 session: CPU a packet / ipsec-mb",
     lambda d: d.over_floor("bulk-down-1", "cpu_us_per_packet"), 2.0, "<="),
    ("bulk upload, 1 session: CPU a packet / ipsec-mb",
     lambda d: d.over_floor("bulk-up-1", "cpu_us_per_packet"), 2.0, "<="),
    ("bulk download, 16 sessions: CPU a packet / ipsec-mb",
     lambda d: d.over_floor("bulk-down-16", "cpu_us_per_packet"), 2.0, "<="),
    ("bulk upload, 16 sessions: CPU a packet / ipsec-mb",
     lambda d: d.over_floor("bulk-up-16", "cpu_us_per_packet"), 2.0, "<="),
    ("bulk download: SoftEther's CPU an octet / ours", lambda d: d.over_rival("bulk-down-1", "cpu_ns_per_octet"),
     20, ">="),
    ("bulk upload: SoftEther's CPU an octet / ours", lambda d: d.over_rival("bulk-up-1", "cpu_ns_per_octet"), 20, ">="),
    ("64-octet packets: CPU a packet / floor", lambda d: d.over_floor("small-16", "cpu_us_per_packet"), 2.5, "<="),
    ("set-ups: share that Diffie-Hellman has of the CPU",
     lambda d: 1 / d.over_floor("setups", "cpu_ms_per_setup"), 0.6, ">="),
    ("set-ups: SoftEther's CPU / ours", lambda d: d.over_rival("setups", "cpu_ms_per_setup"), 10, ">="),
    ("idle: octets a session, 10 000 sessions", lambda d: d.ours("idle-10000", "octets_per_session"), 10240, "<="),
    ("idle: octets a session, 100 000 sessions", lambda d: d.ours("idle-100000", "octets_per_session"), 10240, "<="),
    ("idle: % of a core, 100 000 sessions", lambda d: d.ours("idle-100000", "cpu_percent"), 20, "<="),
    ("two workers against one: packets a second", lambda d: d.ours("workers-1", "us_per_packet") /
     d.ours("workers-2", "us_per_packet"), 1.7, ">="),
    ("half load: ping ms, 99 of 100", lambda d: d.ours("latency", "p99_ms"), 1.0, "<="),
]


class Document:
    """Results as they come: add(); then table() and as_json()."""

    def __init__(self, floors, setups, quick):
        self._floors, self._setups, self._quick = floors, setups, quick
        self._results, self._failures = {}, []
        self._last = ""

    def add(self, measure, subject, figures):
        self._results.setdefault((measure, subject), []).append(figures)
        shown = [figure for one in catalogue.named([measure]) for figure in one.figures]
        self._last = "%s: %s" % (subject, ", ".join("%s %s" % (one.text, _text(figures[one.key])) for one in shown))

    def add_failure(self, measure, subject, text):
        self._failures.append({"measure": measure, "subject": subject, "text": text})
        self._last = "%s: FAILED: %s" % (subject, text)

    def last(self):
        """What was added last, in a line."""
        return self._last

    def failed(self):
        return bool(self._failures)

    # -- figures; KeyError: not measured

    def ours(self, measure, key):
        return self._median(measure, _OURS)[key]

    def over_floor(self, measure, key):
        return self.ours(measure, key) / _figure(measure, key).floor(self._floors)

    def over_rival(self, measure, key):
        """The best of the rival's set-ups / ours."""
        rivals = [self._median(measure, subject)[key] for name, subject in self._results
                  if name == measure and subject != _OURS]
        return min(rivals) / self.ours(measure, key) if rivals else _raise(KeyError(measure))

    def _median(self, measure, subject):
        return measures.median(self._results[measure, subject])

    # -- output

    def as_json(self):
        return {"when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": _machine(),
                "quick": self._quick, "floors": self._floors, "subjects": self._setups,
                "results": [{"measure": name, "subject": subject, "median": self._median(name, subject),
                             "rounds": rounds} for (name, subject), rounds in self._results.items()],
                "targets": [{"target": text, "value": value, "limit": limit, "sense": sense, "met": met}
                            for text, value, limit, sense, met in self._targets()],
                "failures": self._failures}

    def table(self):
        lines = ["", "%s; %s" % (_machine()["cpu"], "quick: one round" if self._quick else "medians")]
        lines += self._floor_lines() + [""] + self._result_lines() + [""]
        lines += list(self._parts_lines()) + [""] + self._target_lines()
        lines += ["FAILED %(measure)s on %(subject)s: %(text)s" % one for one in self._failures]
        return "\n".join(lines)

    def _floor_lines(self):
        crypto, socket, dh = (self._floors[key] for key in ("crypto_us", "socket_us", "dh_us"))
        lines = ["floors, us of CPU:"]
        for size in ("bulk", "small"):
            lines.append("  %-5s  crypto: seal %.2f, open %.2f; socket: send %.2f, receive %.2f; "
                         "with GSO %.2f, GRO %.2f" %
                         (size, crypto[size]["seal"], crypto[size]["open"], socket[size]["send"],
                          socket[size]["receive"], socket[size]["send_gso"], socket[size]["receive_gro"]))
        lines.append("  bulk   TAP: read %(read).2f, write %(write).2f" % self._floors["tap_us"])
        return lines + ["  Diffie-Hellman, both operations: MODP 2048 %.0f, ECP 256 %.0f" %
                        (dh["modp2048"], dh["ecp256"])]

    def _parts_lines(self):
        """Bulk against all parts together that it cannot do without."""
        for way in ("down", "up"):
            parts = floors.bulk_parts(self._floors, way)
            least = sum(parts.values())
            try:
                ours = self.ours("bulk-%s-1" % way, "cpu_us_per_packet")
            except KeyError:
                continue
            yield "bulk-%s-1: %s = %.2f us, %.2f x crypto alone; ours %.2f us, %.2f x that" % (
                way, " + ".join("%s %.2f" % part for part in parts.items()), least, least / parts["crypto"], ours,
                ours / least)

    def _result_lines(self):
        lines = ["%-18s %-34s %12s %12s %14s %14s" % ("measure", "figure", "sekisho", "/ floor", "softether-tap",
                                                      "softether-nat")]
        for measure in catalogue.ALL:
            if any(name == measure.name for name, _ in self._results):
                lines += [self._row(measure, figure) for figure in measure.figures]
        return lines

    def _row(self, measure, figure):
        floor = "-"
        if figure.floor and (measure.name, _OURS) in self._results:
            floor = "%.2f" % self.over_floor(measure.name, figure.key)
        cells = [self._cell(measure.name, subject, figure.key)
                 for subject in (_OURS, "softether-tap", "softether-nat")]
        return "%-18s %-34s %12s %12s %14s %14s" % (measure.name, figure.text, cells[0], floor, cells[1], cells[2])

    def _cell(self, measure, subject, key):
        try:
            return _text(self._median(measure, subject)[key])
        except KeyError:
            return "-"

    def _targets(self):
        for text, value_of, limit, sense in TARGETS:
            try:
                value = value_of(self)
            except (KeyError, ZeroDivisionError):
                continue
            yield text, value, limit, sense, value <= limit if sense == "<=" else value >= limit

    def _target_lines(self):
        return ["%-52s %10.2f   %s %g   %s" % (text, value, sense, limit, "met" if met else "MISSED")
                for text, value, limit, sense, met in self._targets()]


def _figure(measure, key):
    return next(figure for one in catalogue.ALL if one.name == measure for figure in one.figures if figure.key == key)


def _text(value):
    return "-" if value is None else "%.4g" % value


def _raise(error):
    raise error


def _machine():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return {"cpu": "%d x %s" % (len(names), names[0] if names else "?"), "kernel": platform.release(),
            "cpus": os.cpu_count()}
