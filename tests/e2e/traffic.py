"""What a guest sends and receives through its tunnel for a while, and how much of it was lost."""
import concurrent.futures
import dataclasses
import json
import re
import time

import office
from topology import FAR

# In each direction 100 packets a second: when the machine stalls for half a second and iperf3 then makes
# up for it, no buffer on the way is too small for that.
UDP = "-u -b 960K -l 1200 -w 208K"
PING_S = 0.1


@dataclasses.dataclass
class Losses:
    """Packets sent and lost: pings to the gateway, UDP up and down; when, in seconds from the
    begin (for the pings and for UDP as its receiver saw it); of those that came down, how many the
    client's own kernel dropped (full sockets and queues of a machine that stalls), by counter."""
    pings: int
    pings_lost: list
    up: int
    up_lost: int
    down: int
    down_lost: int
    when: dict
    by_client: dict

    def worst(self):
        """The largest share, of 1."""
        return max(len(self.pings_lost) / self.pings, self.up_lost / self.up, 
                   max(0, self.down_lost - self.by_client.get("RcvbufErrors", 0)) / self.down)

    def __str__(self):
        return "lost %d of %d pings, %d of %d UDP up, %d of %d UDP down%s%s" % (
            len(self.pings_lost), self.pings, self.up_lost, self.up, self.down_lost, self.down,
            " (%s)" % self.when if any(self.when.values()) else "",
            ", by the client: %s" % self.by_client if self.by_client else "")


class Traffic:
    """One guest's, running in the background from its making on."""

    def __init__(self, net, guest, seconds, port):
        self._guest, self._seconds = guest, seconds
        self._hosts = [net.far.popen(["iperf3", "-s", "-1", "-J", "-p", str(port + n)]) for n in range(2)]
        time.sleep(0.5)
        guest.must("ip route replace %s dev ppp0; ip route replace 192.0.2.0/24 dev ppp0" % office.GATEWAY)
        self._counters = self._kernel()
        self._pool = concurrent.futures.ThreadPoolExecutor()
        self._pings = self._pool.submit(self._ping)
        self._up = self._pool.submit(self._iperf, port, "")
        self._down = self._pool.submit(self._iperf, port + 1, "-R")

    def losses(self):
        """Waits for the end."""
        sent, lost = self._pings.result()
        up, down = self._up.result(), self._down.result()
        self._pool.shutdown()
        for host in self._hosts:
            host.wait(10)
        grown = {name: count - self._counters.get(name, 0) for name, count in self._kernel().items()}
        return Losses(sent, lost, *_sum(up), *_sum(down),
                      when={"pings": [round(PING_S * number, 1) for number in lost], "down": _when(down),
                            "up": _when(up.get("server_output_json", {}))},
                      by_client={name: count for name, count in grown.items() if count})

    def _kernel(self):
        """The counters of what the client's kernel drops."""
        text = self._guest.must("cat /proc/net/xfrm_stat; nstat -asz 2>/dev/null | sed -n 's/^UdpRcvb/Rcvb/p'; "
                                "echo rx_dropped $(cat /sys/class/net/vec0/statistics/rx_dropped)")
        return {name: int(count) for name, count in re.findall(r"^(\w+)\s+(\d+)", text, re.M)}

    def _ping(self):
        count = int(self._seconds / PING_S)
        said = self._guest.run("ping -n -i %s -c %d -W 3 %s" % (PING_S, count, office.GATEWAY),
                               self._seconds * 2 + 20)[1]
        answered = {int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", said)}
        return count, [number for number in range(1, count + 1) if number not in answered]

    def _iperf(self, port, more):
        rc, text = self._guest.run("iperf3 -J --get-server-output %s -c %s -p %d -t %d %s" %
                                   (UDP, FAR, port, self._seconds, more), self._seconds + 15)
        report = json.loads(text)
        if rc:
            moved = [one["sum"]["end"] for one in report["intervals"] if one["sum"]["bytes"]]
            raise AssertionError("iperf3 %s broke off: exit %d, %s; packets until second %.0f" %
                                 (more or "up", rc, report.get("error"), max(moved, default=0)))
        return report


def _sum(report):
    """(packets, lost) as the receiver counted."""
    end = report["end"]
    total = end.get("sum_received") or end["sum"]
    total = total if "lost_packets" in total else end["sum"]
    return total["packets"], total["lost_packets"]


def _when(report):
    """{second: packets lost in it}"""
    sums = [interval["sum"] for interval in report.get("intervals", [])]
    return {int(one["start"]): one["lost_packets"] for one in sums if one.get("lost_packets")}
