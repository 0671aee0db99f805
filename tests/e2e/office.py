"""The office of the tests: one configuration, one user, and a client that dials in."""
import ipaddress

from topology import FAR, SERVER

PSK, USER, PASSWORD = "testpsk", "alice", "secret1"
GATEWAY = "10.4.5.1"
POOL = ("10.4.5.10", "10.4.5.200")

CONFIG = """\
hostname cw
hub DEFAULT
 secure-nat host 10.4.5.1 255.255.255.0
 secure-nat nat enable
 secure-nat enable
ip local pool OFFICE {first}-{last} mask 255.255.255.0
group-policy DfltGrpPolicy attributes
 vpn-tunnel-protocol l2tp-ipsec
 dns-server value 10.4.5.1
tunnel-group DefaultRAGroup general-attributes
 address-pool OFFICE
 virtual-hub DEFAULT
tunnel-group DefaultRAGroup ipsec-attributes
 ikev1 pre-shared-key testpsk
tunnel-group DefaultRAGroup ppp-attributes
 no authentication chap
 authentication ms-chap-v2
username alice password secret1 mschap
crypto ikev1 enable outside
"""


def config(pool=POOL, more=""):
    """The configuration; pool: its first and last address; more: further global lines."""
    return CONFIG.format(first=pool[0], last=pool[1]) + more


def dial(guest, psk=PSK, user=USER, password=PASSWORD, timeout=40, **changes):
    """Boots the guest when it is off, configures and connects it; see Guest.configure_l2tp."""
    if guest.process is None:
        guest.boot()
    guest.configure_l2tp(SERVER, psk, user, password, **changes)
    return guest.connect(timeout)


def check_connected(result):
    """Up, with an address of the pool, the gateway as peer and as DNS server."""
    assert result.up, "the client got no further than: %s" % result.phase
    first, last = (ipaddress.ip_address(end) for end in POOL)
    assert first <= ipaddress.ip_address(result.local) <= last, "address %s" % result.local
    # A server with one DNS server may refuse the second option or repeat the first in it.
    assert set(result.dns) == {GATEWAY}, "DNS servers %s" % result.dns


def check_reaches(guest):
    """The gateway and, through the server's NAT, the host behind it."""
    guest.must("ip route replace %s dev ppp0; ip route replace 192.0.2.0/24 dev ppp0" % GATEWAY)
    assert guest.ping(GATEWAY), "the gateway %s does not answer" % GATEWAY
    assert guest.ping(FAR), "the host behind, %s, does not answer" % FAR
