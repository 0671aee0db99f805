"""Two clients behind one NAT, both with inner UDP port 1701, at the same time."""
import concurrent.futures

import office


def test_two_at_once(env):
    with env.lab() as lab:
        net = lab.standard(nat=True)
        server = env.server(lab, net.srv, office.config())
        guests = [net.guest("a"), net.guest("b")]
        results = dial_together(guests)
        for result in results:
            office.check_connected(result)
        assert results[0].local != results[1].local, "both have %s" % results[0].local
        assert len(server.sessions()) == 2, server.sessions()
        in_parallel(office.check_reaches, guests)
        check_other_stays(guests)
        assert guests[1].disconnect()[0] == 0
        left = server.wait_empty(20)
        assert not left, "left on the server: %s" % left
        assert server.stop() == 0


def test_second_joins(env):
    """The second, of another make, dials while the first is in use: the first must not notice."""
    with env.lab(roots=("strongswan", "libreswan")) as lab:
        net = lab.standard(nat=True)
        server = env.server(lab, net.srv, office.config())
        first, second = net.guest("a"), net.guest("b", flavour="libreswan")
        office.check_connected(office.dial(first))
        office.check_reaches(first)
        second.boot()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            pinged = pool.submit(first.ping, office.GATEWAY, 40)  # 8 seconds
            office.check_connected(office.dial(second))
            assert pinged.result(), "the first client lost packets while the second dialled"
        in_parallel(office.check_reaches, [first, second])
        check_other_stays([second, first])
        assert first.disconnect()[0] == 0
        left = server.wait_empty(20)
        assert not left, "left on the server: %s" % left
        assert server.stop() == 0


def dial_together(guests):
    for guest in guests:
        guest.start()
    for guest in guests:
        guest.wait_ready()
    return in_parallel(office.dial, guests)


def in_parallel(action, guests):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        return list(pool.map(action, guests))


def check_other_stays(guests):
    """One hangs up; the other goes on."""
    rc, out = guests[0].disconnect()
    assert rc == 0, out
    office.check_reaches(guests[1])
