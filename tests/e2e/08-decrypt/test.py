"""What the server sends is what another program takes for right: tshark, with the keys that
`debug crypto ikev1 keys` writes, decrypts all of it and finds nothing malformed."""
import office
from capture import Capture
from topology import SERVER
from tshark import WARNING, Reader

PROGRAMS = ("tshark", "tcpdump", "ethtool")


def test_udp_encapsulated(env):
    read_all(env, nat=True, ike="aes256-sha256-ecp256", esp="aes256gcm16")


def test_plain_esp(env):
    read_all(env, more="no crypto isakmp nat-traversal\n", ike="aes128-sha1-modp2048", esp="aes128-sha256")


def read_all(env, nat=False, more="", **suites):
    with env.lab(programs=PROGRAMS) as lab:
        net = lab.standard(nat=nat)
        # what is recorded shall be what is on the wire: one datagram each, checksums filled in
        net.srv.run(["ethtool", "-K", net.outside, "tx", "off", "gso", "off"])
        server = env.server(lab, net.srv, office.config(more=more))
        assert "nothing" in server.show("show debug")
        assert "DANGEROUS" in server.show("debug crypto ikev1 keys")
        recorded = Capture(lab, net.srv, net.outside, "wire", "udp port 500 or udp port 4500 or esp")
        guest = net.guest("a")
        office.check_connected(office.dial(guest, lifetime="16s", margintime="10s", **suites))
        office.check_reaches(guest)
        guest.must("ping -n -c 45 -i 0.2 -s 1300 %s" % office.GATEWAY, 30)  # over a rekey
        assert guest.disconnect()[0] == 0
        left = server.wait_empty(20)
        assert not left, "left on the server: %s" % left
        reader = Reader(lab, recorded.stop(), server.log_text())
        check_keys(reader)
        check_sound(reader)
        check_switched_off(server, guest)
        assert server.stop() == 0


def check_keys(reader):
    assert len(reader.keys["ikev1_decryption_table"]) == 1, "phase 1 keys: %s" % reader.keys
    pairs = len(reader.keys["esp_sa"])
    assert pairs >= 4 and pairs % 2 == 0, "%d lines for ESP SAs: was there a rekey?" % pairs


def check_sound(reader):
    """Nothing malformed, no wrong checksum, ICV or sequence, and nothing left encrypted."""
    ours = [frame for frame in reader.frames() if frame["ip.src"].split(",")[0] == SERVER]
    wrong = [frame for frame in ours if "malformed" in frame["frame.protocols"] or frame.worst() >= WARNING]
    assert not wrong, "tshark finds fault with: %s" % wrong
    esp = [frame for frame in ours if frame["esp.spi"]]
    assert len(esp) > 50, "only %d ESP packets of ours" % len(esp)
    bad = [frame for frame in esp if frame["esp.icv_bad"] not in ("", "0", "False")]
    assert not bad, "wrong ICV in %s" % bad
    closed = [frame for frame in esp if "l2tp" not in frame["frame.protocols"]]
    assert not closed, "ESP that was not decrypted: %s" % closed
    for name, is_it in SEEN.items():
        n = sum(1 for frame in ours if is_it(frame))
        print("    %-38s %4d" % (name, n))
        assert n, "tshark sees no %s of ours" % name


# Each kind of message that we must have sent, inside what was encrypted.
SEEN = {
    "Main Mode, encrypted: Identification":
        lambda f: f["isakmp.exchangetype"] == "2" and f["isakmp.flag_e"] in ("1", "True") and f["isakmp.id.type"],
    "Quick Mode: SA": lambda f: f["isakmp.exchangetype"] == "32" and f["isakmp.sa.situation"],
    "L2TP SCCRP": lambda f: "2" in f["l2tp.avp.message_type"].split(","),
    "L2TP ICRP": lambda f: "11" in f["l2tp.avp.message_type"].split(","),
    "LCP": lambda f: "lcp" in f["frame.protocols"].split(":"),
    "CHAP Success": lambda f: f["chap.code"] == "3",
    "IPCP": lambda f: "ipcp" in f["frame.protocols"].split(":"),
    "ping in PPP": lambda f: f["icmp.type"] == "0",
}


def check_switched_off(server, guest):
    """No more keys after `no debug`, and both turns are in the log."""
    server.show("no debug crypto ikev1 keys")
    assert "nothing" in server.show("show debug")
    before = server.log_text().count("keys: ")
    office.check_connected(guest.connect())
    assert server.log_text().count("keys: ") == before, "keys in the log after `no debug`"
    assert guest.disconnect()[0] == 0
    assert "event=keys-on" in server.log_text() and "event=keys-off" in server.log_text()
    assert "debug" not in server.show("show running-config")
