"""A net that loses packets. This kernel has no netem: nftables drops them by chance, where
neither end sees it (a drop in the sender's own namespace would be an error of its send)."""
import json

_RULES = """
table bridge lab_loss {
    counter passed { }
    counter dropped { }
    chain wire {
        type filter hook forward priority 0;
        ether type != ip accept
        numgen random mod 100 < %d counter name dropped drop
        counter name passed
    }
}
"""


class Loss:
    """Drops so many of 100 IPv4 packets, in each direction, on a namespace's bridges."""

    def __init__(self, space, percent):
        self._space = space
        space.run(["nft", "-f", "-"], stdin=_RULES % percent)

    def counts(self):
        """(passed, dropped) packets."""
        listed = self._space.run(["nft", "-j", "list", "counters", "table", "bridge", "lab_loss"])
        found = {row["counter"]["name"]: row["counter"]["packets"]
                 for row in json.loads(listed.stdout)["nftables"] if "counter" in row}
        return found["passed"], found["dropped"]

    def end(self):
        self._space.run(["nft", "delete", "table", "bridge", "lab_loss"])
