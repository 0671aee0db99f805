"""Counts what arrives at the server, by kind, with nftables counters of its own table.

The counters sit before everything else, so they see also what is dropped later.
"n_" keeps their names apart from nft's own words.
"""
import json

_RULES = """
table inet lab_wire {
    counter n_esp { }
    counter n_ike { }
    counter n_natt { }
    counter n_clear_l2tp { }
    chain seen {
        type filter hook prerouting priority -400;
        iifname "%s" jump kinds
    }
    chain kinds {
        meta l4proto esp counter name n_esp
        udp dport 500 counter name n_ike
        udp dport 4500 counter name n_natt
        udp dport 1701 counter name n_clear_l2tp
    }
}
"""


class Wire:
    def __init__(self, space, device):
        self.space = space
        space.run(["nft", "-f", "-"], stdin=_RULES % device)

    def counts(self):
        """{"esp": packets, "ike": .., "natt": .., "clear_l2tp": ..}"""
        listed = self.space.run(["nft", "-j", "list", "counters", "table", "inet", "lab_wire"])
        rows = [row["counter"] for row in json.loads(listed.stdout)["nftables"] if "counter" in row]
        return {row["name"][2:]: row["packets"] for row in rows}
