/*
 * person: somebody with a computer: a struct lac on a line. Carries out what it
 * wants, remembers what it was told. Called by life.c, network.c and its own timer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define PACKET_MAX   1400
#define PING_FAIR_MS 150000 /* so long undisturbed: its ping must be answered */

/* The cheapest group: there are many of them. */
static const struct ike_policy ecp256 = {1, 7, 128, PRIM_SHA256, 19, IKE_AUTH_PSK, 28800};

static void person_random(void *ctx, void *buf, size_t len)
{
	uint8_t *b = buf;

	for (size_t i = 0; i < len; i++)
		b[i] = (uint8_t)(sim_random(ctx) >> 24);
}

/* ---- a new computer ---- */

static void new_lac(struct person *p)
{
	char user[16], password[24];
	bool wrong_key = p->impostor && p->index / 50 % 2;
	const char *psk = wrong_key ? "another" : "simkey";
	struct lac_config lc = {
		.local = {p->inner, 500},
		.server = p->sim->server,
		.psk = {(const uint8_t *)psk, strlen(psk)},
		.user = user,
		.ppp_auth = PPP_AUTH_MSCHAP2,
		.policies = &ecp256,
		.n_policies = 1,
		.natt = !p->plain,
		.shared = p->sim->shared,
		.random = person_random,
		.random_ctx = p->sim,
	};

	snprintf(user, sizeof(user), "p%u", p->index);
	snprintf(password, sizeof(password), p->impostor && !wrong_key ? "wrong%u" : "secret%u",
		 p->index);
	lc.password = (struct bytes){(const uint8_t *)password, strlen(password)};
	p->lac = lac_new(&lc);
	if (!p->lac)
		abort();
	p->life++;
}

static void arm(struct person *p)
{
	uint64_t next_ms = lac_next_ms(p->lac);

	if (next_ms == TIMER_NEVER)
		timerq_disarm(&p->sim->timers, &p->lac_timer);
	else
		timerq_arm(&p->sim->timers, &p->lac_timer, next_ms);
}

static void lac_due(struct timer *t, uint64_t now_ms)
{
	struct person *p = list_entry(t, struct person, lac_timer);

	lac_run(p->lac, now_ms);
	person_drain(p);
}

static void new_line(struct sim *s, struct person *p)
{
	static const struct line kinds[] = {
		{0},
		{.lose = 50, .twice = 20, .late = 20},
		{.lose = 100, .twice = 10, .late = 300},
		{.lose = 200, .twice = 200, .late = 100},
		{.lose = 500, .twice = 50, .late = 100},
	};

	p->line = kinds[p->index % 5];
	p->line.delay_ms = 5 + sim_dice(s, 80);
	p->line.jitter_ms = sim_dice(s, 20);
}

/* Two of three stand behind NATs of one to eight, all with the same inner address. */
static void new_place(struct sim *s, struct person *p)
{
	p->natted = p->index % 3 != 0;
	p->plain = p->index % 15 == 0;
	p->outer = ip4_addr(0x0b000000u + p->index);
	p->inner = p->outer;
	if (!p->natted)
		return;
	p->inner = ip4_addr(0xc0a80102u);
	p->outer = ip4_addr(0xc6000000u + p->index / 12);
	(void)s;
}

void person_init(struct sim *s, struct person *p, unsigned index)
{
	*p = (struct person){.sim = s, .index = index};
	p->impostor = index % 50 == 17;
	p->quiet = index % 10 == 3 || index % 10 == 4;
	p->lac_timer.fire = lac_due;
	new_place(s, p);
	new_line(s, p);
	new_lac(p);
}

void person_free(struct person *p)
{
	if (!p->lac)
		return;
	timerq_disarm(&p->sim->timers, &p->lac_timer);
	timerq_disarm(&p->sim->timers, &p->act_timer);
	lac_free(p->lac);
	p->lac = NULL;
}

/* ---- what it does ---- */

void person_dial(struct person *p)
{
	life_did(p, DEED_DIAL);
	p->sim->n.dials++;
	if (!p->present && p->natted && sim_dice(p->sim, 2))
		network_rebind(p);
	p->present = true;
	p->dark_until_ms = 0;
	lac_dial(p->lac, sim_now(p->sim));
	person_drain(p);
}

void person_hang_up(struct person *p)
{
	life_did(p, DEED_HANG_UP);
	lac_hang_up(p->lac, sim_now(p->sim));
	person_drain(p);
}

static void begin_anew(struct person *p)
{
	lac_free(p->lac);
	new_lac(p);
	arm(p);
	p->up = p->stirs = false;
	p->ip = 0;
	p->down_ms = sim_now(p->sim);
	memset(p->ping, 0, sizeof(p->ping));
}

void person_vanish(struct person *p)
{
	life_did(p, DEED_VANISH);
	p->present = false;
	begin_anew(p);
}

void person_crash(struct person *p)
{
	life_did(p, DEED_CRASH);
	begin_anew(p);
}

void person_rekey(struct person *p, bool renew)
{
	life_tell(p, renew ? "renews" : "rekeys");
	if (renew) {
		p->sim->n.renewals++;
		lac_renew(p->lac, sim_now(p->sim));
	} else {
		p->sim->n.rekeys++;
		lac_rekey(p->lac, sim_now(p->sim));
	}
	person_drain(p);
}

static bool perfect(const struct person *p)
{
	const struct line *l = &p->line;

	return !l->lose && !l->twice && !l->late && !judge_disturbed(p, PING_FAIR_MS);
}

void person_ping(struct person *p)
{
	uint8_t buf[PACKET_MAX];
	struct tag t = {.src = p->ip,
			.dst = SIM_HOST_IP,
			.person = p->index,
			.life = p->life,
			.nonce = (uint32_t)sim_random(p->sim),
			.size = sim_dice(p->sim, 1200)};

	p->ping[0] =
		(struct ping){.sent_ms = sim_now(p->sim), .nonce = t.nonce, .fair = perfect(p)};
	p->traffic_ms = sim_now(p->sim);
	p->sim->n.pings++;
	life_tell(p, "pings");
	lac_send(p->lac, sim_now(p->sim), (struct bytes){buf, tag_build(buf, &t)});
	person_drain(p);
}

/* ---- what it is told ---- */

static void take_packet(struct person *p, struct bytes packet)
{
	uint8_t buf[PACKET_MAX];
	struct tag t;

	if (!tag_parse(packet, &t)) {
		judge_fail(p->sim, p, "crossing", "a packet that nobody sent");
		return;
	}
	judge_at_client(p, &t);
	if (t.reply || p->sim->failed)
		return;
	t.reply = true;
	t.dst = t.src;
	t.src = p->ip;
	lac_send(p->lac, sim_now(p->sim), (struct bytes){buf, tag_build(buf, &t)});
}

static void take_up(struct person *p, const struct ppp_up *up)
{
	p->up = true;
	p->ip = up->local_ip;
	p->up_ms = sim_now(p->sim);
	p->ups++;
	p->sim->n.ups++;
	life_tell(p, "up");
	judge_client_up(p, up);
}

static void take_down(struct person *p, const char *reason)
{
	judge_client_down(p, reason);
	if (p->up) {
		p->downs++;
		p->sim->n.downs++;
	} else {
		p->sim->n.refused++;
	}
	p->up = p->stirs = false;
	p->ip = 0;
	p->down_ms = sim_now(p->sim);
	memset(p->ping, 0, sizeof(p->ping));
}

static void take(struct person *p, const struct lac_act *a)
{
	switch (a->kind) {
	case LAC_ACT_DATAGRAM:
		network_from_client(p, a);
		break;
	case LAC_ACT_PACKET:
		take_packet(p, a->bytes);
		break;
	case LAC_ACT_DH:
		ike_dh_run(a->job);
		lac_dh_done(p->lac, sim_now(p->sim), a->job);
		break;
	case LAC_ACT_NOTE:
		break;
	case LAC_ACT_UP:
		take_up(p, &a->up);
		break;
	case LAC_ACT_DOWN:
		take_down(p, a->reason);
		break;
	}
}

void person_drain(struct person *p)
{
	const struct lac_act *a;

	while ((a = lac_next(p->lac)))
		take(p, a);
	arm(p);
}

void person_arrive(struct person *p, const struct datagram *d)
{
	if (!p->present)
		return;
	lac_input(p->lac, sim_now(p->sim), &d->flow, d->raw, (struct bytes){d->p, d->len});
	person_drain(p);
}
