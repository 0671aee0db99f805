/*
 * sekisho-dial: a whole L2TP/IPsec client for one call: connects, says each step,
 * pings through the tunnel, hangs up. Used by ./quickstart to prove that the
 * server works. Exit status 0: everything worked; 1: what did not is said.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dial.h"
#include "lac/echo.h"

#define PING_WAIT_MS 2000
#define PING_DATA    56
#define HANG_UP_MS   10000
#define IDLE_POLL_MS 200

struct dialler {
	struct dial_options opt;
	struct dial_net net;
	struct lac *lac;
	enum lac_state told; /* the last step that was printed */
	struct ppp_up up;
	char refusal[NOTE_TEXT]; /* the last one that a layer reported */
	uint16_t seq;            /* of the ping that is out */
	bool answered;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

static uint64_t now_ms(void)
{
	return dial_now_us() / 1000;
}

static void random_octets(void *ctx, void *buf, size_t len)
{
	uint8_t *p = buf;

	(void)ctx;
	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0)
			continue;
		p += n;
		len -= (size_t)n;
	}
}

/* ---- what it says ---- */

static const char *ip_text(uint32_t ip, char *buf)
{
	struct ip_addr a = ip4_addr(ip);

	return ip_addr_text(&a, buf, IP_ADDR_TEXT);
}

static void say_step(const struct dialler *d, enum lac_state reached)
{
	char ip[IP_ADDR_TEXT], peer[IP_ADDR_TEXT];

	switch (reached) {
	case LAC_PHASE2:
		printf("phase 1 up\n");
		break;
	case LAC_TUNNEL:
		printf("ESP up: %s\n", d->opt.natt ? "in UDP" : "IP protocol 50");
		break;
	case LAC_PPP:
		printf("L2TP up\n");
		break;
	case LAC_UP:
		printf("PPP up: address %s, peer %s\n", ip_text(d->up.local_ip, ip),
		       ip_text(d->up.peer_ip, peer));
		break;
	default:
		break;
	}
	fflush(stdout);
}

static void say_steps(struct dialler *d)
{
	enum lac_state now = lac_get_state(d->lac);

	if (now > LAC_UP)
		return;
	while (d->told < now) {
		d->told = (enum lac_state)(d->told + 1);
		say_step(d, d->told);
	}
}

static const char *layer_name(enum lac_state reached)
{
	static const char *const names[] = {
		[LAC_IDLE] = "IKE phase 1",
		[LAC_PHASE1] = "IKE phase 1",
		[LAC_PHASE2] = "IKE Quick Mode (ESP)",
		[LAC_TUNNEL] = "L2TP",
		[LAC_PPP] = "PPP",
	};

	return reached <= LAC_PPP ? names[reached] : "the connection";
}

static const char *in_words(const char *reason, enum lac_state reached)
{
	static const struct {
		const char *reason, *words;
	} table[] = {
		{"peer-auth-failed", "the pre-shared key is not the server's"},
		{"psk-mismatch", "the pre-shared key is not the server's"},
		{"peer-no-proposal", "the server accepts none of our cipher suites"},
		{"auth-failed", "the server refuses the user name or the password"},
		{"auth-refused", "the server wants an authentication method that we do not have"},
		{"peer-cdn", "the server closed the call"},
		{"peer-stopccn", "the server closed the L2TP tunnel"},
		{"peer-delete", "the server closed the connection"},
		{"peer-terminated", "the server ended PPP"},
		{"ipcp-timeout", "the server gave no address"},
		{"ipcp-refused", "the server gave no address"},
		{"lcp-timeout", "the server does not answer PPP"},
		{"retransmit-timeout", "the server does not answer L2TP"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcmp(table[i].reason, reason) == 0)
			return table[i].words;
	}
	if (strcmp(reason, "timeout") == 0 && reached <= LAC_PHASE1)
		return "no answer from the server: does it run, and do firewalls let UDP 500 and "
		       "4500 pass?";
	return strcmp(reason, "timeout") == 0 ? "no answer from the server" : reason;
}

static int say_failure(const struct dialler *d, const char *reason)
{
	fprintf(stderr, "failed in %s: %s\n", layer_name(d->told), in_words(reason, d->told));
	if (d->refusal[0])
		fprintf(stderr, "  %s\n", d->refusal);
	return 1;
}

/* ---- the client's actions ---- */

static void take_packet(struct dialler *d, struct bytes packet)
{
	uint8_t reply[2048];
	struct echo e;
	size_t len;

	if (!echo_parse(packet, &e) || e.dst != d->up.local_ip)
		return;
	if (e.type == ECHO_REPLY) {
		d->answered |= e.intact && e.seq == d->seq;
	} else if (ECHO_HEADERS + e.size <= sizeof(reply)) {
		e = (struct echo){.type = ECHO_REPLY,
				  .seq = e.seq,
				  .src = e.dst,
				  .dst = e.src,
				  .size = e.size};
		len = echo_build(reply, &e);
		lac_send(d->lac, now_ms(), (struct bytes){reply, len});
	}
}

static void take_actions(struct dialler *d)
{
	const struct lac_act *a;

	while ((a = lac_next(d->lac))) {
		switch (a->kind) {
		case LAC_ACT_DATAGRAM:
			dial_net_send(&d->net, a);
			break;
		case LAC_ACT_PACKET:
			take_packet(d, a->bytes);
			break;
		case LAC_ACT_DH:
			ike_dh_run(a->job);
			lac_dh_done(d->lac, now_ms(), a->job);
			break;
		case LAC_ACT_NOTE:
			if (a->note.kind == NOTE_REFUSED)
				memcpy(d->refusal, a->note.text, sizeof(d->refusal));
			break;
		case LAC_ACT_UP:
			d->up = a->up;
			break;
		case LAC_ACT_DOWN:
			break;
		}
	}
	say_steps(d);
}

/* One turn: what waits leaves, then whatever comes before deadline_ms is taken. */
static void turn(struct dialler *d, uint64_t deadline_ms)
{
	uint64_t next = lac_next_ms(d->lac), now = now_ms();

	take_actions(d);
	if (deadline_ms < next)
		next = deadline_ms;
	if (next > now + IDLE_POLL_MS)
		next = now + IDLE_POLL_MS;
	dial_net_receive(&d->net, d->lac, next > now ? (int)(next - now) : 0);
	lac_run(d->lac, now_ms());
	take_actions(d);
}

/* ---- the call ---- */

static bool connect_call(struct dialler *d)
{
	uint64_t end = now_ms() + d->opt.timeout_ms;

	lac_dial(d->lac, now_ms());
	while (lac_get_state(d->lac) != LAC_UP && lac_get_state(d->lac) != LAC_DOWN &&
	       now_ms() < end && !interrupted)
		turn(d, end);
	if (lac_get_state(d->lac) == LAC_UP)
		return true;
	say_failure(d, lac_down_reason(d->lac) ? lac_down_reason(d->lac)
		       : interrupted           ? "interrupted"
					       : "timeout");
	return false;
}

static bool ping_once(struct dialler *d, uint32_t to, uint64_t *rtt_us)
{
	struct echo e = {.type = ECHO_REQUEST,
			 .seq = ++d->seq,
			 .src = d->up.local_ip,
			 .dst = to,
			 .size = PING_DATA};
	uint8_t p[ECHO_HEADERS + PING_DATA];
	size_t len = echo_build(p, &e);
	uint64_t begin = dial_now_us(), end = begin / 1000 + PING_WAIT_MS;

	d->answered = false;
	lac_send(d->lac, now_ms(), (struct bytes){p, len});
	while (!d->answered && now_ms() < end && lac_get_state(d->lac) == LAC_UP && !interrupted)
		turn(d, end);
	*rtt_us = dial_now_us() - begin;
	return d->answered;
}

static bool ping(struct dialler *d)
{
	uint32_t to = d->opt.ping ? d->opt.ping : d->up.peer_ip;
	unsigned answered = 0;
	uint64_t sum_us = 0, rtt_us;
	char ip[IP_ADDR_TEXT];

	if (!d->opt.count)
		return true;
	for (unsigned i = 0; i < d->opt.count; i++) {
		if (!ping_once(d, to, &rtt_us))
			continue;
		answered++;
		sum_us += rtt_us;
	}
	printf("ping %s: %u of %u", ip_text(to, ip), answered, d->opt.count);
	if (answered)
		printf(", %.1f ms", (double)sum_us / answered / 1000);
	printf("\n");
	fflush(stdout);
	if (answered == d->opt.count)
		return true;
	fprintf(stderr, "failed: %s does not answer every ping through the tunnel\n", ip);
	return false;
}

static void hang_up(struct dialler *d)
{
	uint64_t end = now_ms() + HANG_UP_MS;

	lac_hang_up(d->lac, now_ms());
	while (lac_get_state(d->lac) != LAC_DOWN && lac_get_state(d->lac) != LAC_IDLE &&
	       now_ms() < end)
		turn(d, end);
	take_actions(d);
}

static bool make_client(struct dialler *d)
{
	const struct lac_config cfg = {
		.local = d->net.local,
		.server = d->opt.server,
		.psk = secret_bytes(&d->opt.psk),
		.user = d->opt.user,
		.password = secret_bytes(&d->opt.password),
		.ppp_auth = PPP_AUTH_PAP | PPP_AUTH_MSCHAP1 | PPP_AUTH_MSCHAP2,
		.natt = d->opt.natt,
		.aggressive_id = d->opt.aggressive ? lac_identity(d->opt.aggressive)
						   : (struct ike_id){0},
		.random = random_octets,
	};

	d->lac = lac_new(&cfg);
	if (!d->lac)
		fprintf(stderr, "sekisho-dial: the client could not be made\n");
	return d->lac != NULL;
}

static int run(struct dialler *d)
{
	int rc = 1;

	if (!dial_net_open(&d->net, &d->opt))
		return 1;
	if (make_client(d)) {
		if (connect_call(d) && ping(d))
			rc = 0;
		hang_up(d);
		if (rc == 0)
			printf("hung up\n");
	}
	lac_free(d->lac);
	dial_net_close(&d->net);
	return rc;
}

int main(int argc, char **argv)
{
	const struct sigaction quit = {.sa_handler = on_signal};
	struct dialler *d = calloc(1, sizeof(*d));
	int rc = 1;

	sigaction(SIGINT, &quit, NULL);
	sigaction(SIGTERM, &quit, NULL);
	if (d && dial_options(&d->opt, argc, argv))
		rc = run(d);
	if (d) {
		secret_wipe(&d->opt.psk);
		secret_wipe(&d->opt.password);
	}
	free(d);
	return rc;
}
