"""What must not get in does not get in; the server says why, and keeps nothing of it."""
import json
import re

import office

ONE = ("10.4.5.10", "10.4.5.10")


def test_wrong_psk(env):
    refused(env, "ike-failed", r"pre-shared key|\bPSK\b", psk="another")


def test_no_ike_proposal(env):
    refused(env, "ike-failed", r"proposal|IKE(v1)? policy", ike="3des-md5-modp1024")


def test_no_esp_proposal(env):
    refused(env, "esp-failed", r"proposal|transform", esp="3des-md5")


def test_wrong_password(env):
    refused(env, "ppp-failed", r"password", password="another")


def test_unknown_user(env):
    refused(env, "ppp-failed", r"unknown|no such|not (found|known)|does not exist", user="mallory")


def test_ppp_method(env):
    """The client would only do CHAP with MD5, which the profile switches off."""
    refused(env, "ppp-failed", r"ms-?chap|authentication (method|protocol)",
            ppp_extra="refuse-pap\nrefuse-mschap\nrefuse-mschap-v2")


def test_pool_exhausted(env):
    """A pool of one address: the second client is refused, until the first hangs up."""
    with env.lab() as lab:
        net = lab.standard()
        server = env.server(lab, net.srv, office.config(pool=ONE))
        first, second = net.guest("a"), net.guest("b")
        office.check_connected(office.dial(first))
        expect(office.dial(second), "ppp-failed")
        check_story(server, second, r"pool")
        assert first.ping(office.GATEWAY), "the first client lost its connection"
        second.disconnect()
        rc, out = first.disconnect()
        assert rc == 0, out
        check_empty(server)
        office.check_connected(second.connect())  # the address came back
        second.disconnect()
        stop(server)


def refused(env, phase, cause, **client):
    """Dials with one thing wrong; see Guest.configure_l2tp for the keywords."""
    with env.lab() as lab:
        net = lab.standard()
        server = env.server(lab, net.srv, office.config())
        guest = net.guest("a")
        expect(office.dial(guest, **client), phase)
        check_story(server, guest, cause)
        guest.disconnect()  # the SAs of the phases that did work are the client's to delete
        check_empty(server)
        stop(server)


def expect(result, phase):
    assert result.phase == phase, "expected %s, the client came to: %s" % (phase, result.phase)


def check_story(server, guest, cause):
    """`sekisho explain ADDRESS` names the cause, as text and as JSON."""
    text = server.show("explain " + guest.ip)
    assert re.search(cause, text, re.I), "no word of /%s/ in:\n%s" % (cause, text)
    told = json.dumps(server.show_json("explain " + guest.ip))
    assert re.search(cause, told, re.I), "no word of /%s/ in the JSON:\n%s" % (cause, told)


def check_empty(server):
    left = server.wait_empty(60)
    assert not left, "still there after 60 s: %s" % left


def stop(server):
    rc = server.stop()
    assert rc == 0, "exit status %d after SIGTERM" % rc
