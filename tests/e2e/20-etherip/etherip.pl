# The other end of EtherIP (RFC 3378) in a guest: frames of a TAP leave in IP protocol 97 to the
# peer, and back. The guest's kernel encrypts them by the policies of its IKE daemon.
# perl etherip.pl TAP PEER
use strict;
use warnings;
use Socket;

use constant {TUNSETIFF => 0x400454ca, TAP_NO_PI => 0x1002, MTU_DISCOVER => 10, ETHERIP => 97};

my ($name, $peer) = @ARGV;
sysopen(my $tap, "/dev/net/tun", 2) or die "tun: $!";
my $request = pack("a16 s x22", $name, TAP_NO_PI);
ioctl($tap, TUNSETIFF, $request) or die "TUNSETIFF: $!";
socket(my $raw, PF_INET, SOCK_RAW, ETHERIP) or die "socket: $!";
setsockopt($raw, 0, MTU_DISCOVER, pack("i", 0)) or die "IP_MTU_DISCOVER: $!"; # fragments outside
connect($raw, sockaddr_in(0, inet_aton($peer))) or die "connect: $!";
my $both = "";
vec($both, fileno($_), 1) = 1 for $tap, $raw;
while (select(my $ready = $both, undef, undef, undef)) {
	if (vec($ready, fileno($tap), 1) && sysread($tap, my $frame, 65536)) {
		send($raw, "\x30\x00$frame", 0);
	}
	if (vec($ready, fileno($raw), 1) && defined recv($raw, my $packet, 65536, 0)) {
		my $header = 4 * (ord($packet) & 15);
		next if length($packet) < $header + 16 || substr($packet, $header, 2) ne "\x30\x00";
		syswrite($tap, substr($packet, $header + 2));
	}
}
