"""ike-scan, a scanner that we did not write, with many offers in one run."""
import re

# RFC 2409 appendix A and its registry: number: ike-scan's name
CIPHERS = {1: "DES", 2: "IDEA", 3: "Blowfish", 4: "RC5", 5: "3DES", 6: "CAST", 7: "AES", 8: "Camellia"}
HASHES = {1: "MD5", 2: "SHA1", 3: "Tiger", 4: "SHA2-256", 5: "SHA2-384", 6: "SHA2-512"}
SOURCES = 96        # networks to ask from: a server refuses only so often a second in each
LIFE_S = 28800

_ASK = """
while read -r source words; do
    echo "> $source"
    ike-scan --sport=0 --retry=4 --timeout=400 --nodns --bindip=$source $words 2>&1
done
"""


class Scanner:
    def __init__(self, lab, net):
        self._space = lab.ns("scanner")
        device = lab.plug(net.inet, "br0", self._space, "198.18.0.99/24")
        self._sources = ["198.19.%d.1" % n for n in range(SOURCES)]
        for source in self._sources:
            self._space.ip("address add %s/32 dev %s" % (source, device))
        net.srv.ip("route add 198.19.0.0/16 dev %s" % net.outside)

    def ask(self, server, offers, more="", timeout=120):
        """offers: [[suite]], a suite being (cipher, key bits or 0, hash, auth, group). For each
        offer what came back: a suite with lifetime, the name of a notify, or None."""
        lines = ["%s %s %s %s" % (self._sources[n % SOURCES], more, " ".join(map(_trans, offer)), server)
                 for n, offer in enumerate(offers)]
        said = self._space.run(_ASK, stdin="\n".join(lines) + "\n", timeout=timeout).stdout
        answers = [_answer(part) for part in said.split("> ")[1:]]
        assert len(answers) == len(offers), "ike-scan ran %d times: %s" % (len(answers), said[-500:])
        return answers


def _trans(suite):
    cipher, bits, hash_id, auth, group = suite
    length = ",14=%d" % bits if bits else ""
    return "--trans=(1=%d%s,2=%d,3=%d,4=%d,11=1,12=0x%08x)" % (cipher, length, hash_id, auth, group, LIFE_S)


def _answer(text):
    found = re.search(r"Handshake returned .*? SA=\(Enc=(\S+)(?: KeyLength=(\d+))? Hash=(\S+) Auth=(\S+) "
                      r"Group=(\d+)\S*(?: LifeType=Seconds LifeDuration(?:\(4\))?=(\w+))?", text)
    if found:
        cipher, bits, hash_name, auth, group, life = found.groups()
        return (_number(CIPHERS, cipher), int(bits or 0), _number(HASHES, hash_name), auth, int(group),
                int(life or "0", 0))
    found = re.search(r"Notify message \d+ \((\S+)\)", text)
    if not found and "0 returned handshake; 0 returned notify" not in text:
        raise AssertionError("ike-scan said: " + text)
    return found.group(1) if found else None


def _number(names, name):
    return {value: key for key, value in names.items()}[name]
