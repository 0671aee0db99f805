"""libreswan, another IKEv1 stack than strongSwan's, through the same life: one client with a
public address and one behind a NAT, at the same time."""
import concurrent.futures
import importlib

import office
from sekishod import mentions, snapshot

dialled = importlib.import_module("01-l2tp-ipsec.test")


def test_direct_and_behind_nat(env):
    with env.lab(roots=("libreswan",)) as lab:
        net = lab.standard(nat=True)
        before = snapshot(net.srv)
        server = env.server(lab, net.srv, office.config())
        guests = [net.guest("direct", behind_nat=False, flavour="libreswan"),
                  net.guest("behind", behind_nat=True, flavour="libreswan")]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            results = list(pool.map(office.dial, guests))
            list(map(office.check_connected, results))
            list(pool.map(office.check_reaches, guests))
        for guest, result in zip(guests, results):
            assert mentions(server.sessions(), result.local), server.sessions()
            dialled.check_throughput(net, guest, reverse=False)
            dialled.check_throughput(net, guest, reverse=True)
        assert guests[0].disconnect()[0] == 0
        assert len(server.sessions()) == 1, server.sessions()
        office.check_reaches(guests[1])
        dialled.check_hang_up(server, guests[1])
        dialled.check_pool_free(server)
        counts = net.wire.counts()
        assert counts["natt"] > 0 and counts["clear_l2tp"] == 0, counts
        dialled.check_clean_exit(server, net.srv, before)
