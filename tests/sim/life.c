/*
 * life: who does what, and when, by the dice: the persons' acts, and what happens to
 * all of them: the clock, the server's stalls, the administrator. Writes down every
 * deed that may end a session. Called by sim.c and by timers.
 */
#include <stdio.h>

#include "sim.h"

#define ACT_MS   (10 * MINUTE_MS) /* between two acts of a person that is up */
#define REST_MS  (4 * MINUTE_MS)  /* between two connections */
#define LOOK_MS  30000            /* while it dials or closes */
#define STIR_MS  4000             /* a moved client speaks within so long */
#define SHORT_MS 12000            /* a line may be dark so long without harm */
#define LEAVE_MS (10 * MINUTE_MS) /* at the end everybody leaves within so long */
#define JUMP_MS  (5 * MINUTE_MS)  /* up to here a jump may end nothing */
#define STALL_MS 6000

enum { AUDIT, LOGOFF, JUMP, STALL, CHANGE };

static const char *const deed_names[DEEDS] = {
	"none",   "dial",  "hang-up",  "vanish", "crash", "move",
	"rebind", "taken", "blackout", "logoff", "quiet", "jump",
};

const char *life_deed_name(enum deed deed)
{
	return deed_names[deed];
}

void life_tell(const struct person *p, const char *what)
{
	if (p->sim->o.verbose)
		printf("%llu p%u %s\n", (unsigned long long)sim_now(p->sim), p->index, what);
}

void life_did(struct person *p, enum deed deed)
{
	life_tell(p, deed_names[deed]);
	p->did_ms[deed] = sim_now(p->sim);
	p->sim->n.deeds[deed]++;
}

static void act_in(struct person *p, uint64_t ms)
{
	timerq_arm(&p->sim->timers, &p->act_timer, sim_now(p->sim) + ms);
}

/* ---- a person ---- */

static void dial(struct person *p)
{
	person_dial(p);
	act_in(p, p->impostor ? LOOK_MS + sim_about(p->sim, HOUR_MS) : LOOK_MS);
}

static void crash(struct person *p)
{
	person_crash(p);
	act_in(p, 1000 + sim_dice(p->sim, 30000));
}

static void vanish(struct person *p)
{
	person_vanish(p);
	act_in(p, 1000 + sim_about(p->sim, REST_MS));
}

static void hang_up(struct person *p)
{
	person_hang_up(p);
	act_in(p, LOOK_MS + sim_about(p->sim, REST_MS));
}

/* Those who make traffic by themselves show their new port by it; a quiet one cannot. */
static void move(struct person *p)
{
	if (!p->natted)
		return;
	network_rebind(p);
	p->sim->n.rebinds++;
	if (p->quiet || sim_dice(p->sim, 10) == 0) {
		life_did(p, DEED_REBIND);
		return;
	}
	life_did(p, DEED_MOVE);
	p->stirs = true;
	act_in(p, 1000 + sim_dice(p->sim, STIR_MS));
}

static void darken(struct person *p, bool harmful)
{
	uint64_t ms =
		harmful ? MINUTE_MS + sim_about(p->sim, 2 * MINUTE_MS) : sim_dice(p->sim, SHORT_MS);

	p->dark_until_ms = sim_now(p->sim) + ms;
	/* and nothing is lost soon behind it, for L2TP gives up when 31 s are over */
	p->line.lost_ms[0] = p->line.lost_ms[1] = p->dark_until_ms;
	life_tell(p, "line is dark");
	/* behind a jump R-U-THERE finds it silent for longer than the line was dark */
	if (harmful || (p->sim->jumped_ms && sim_now(p->sim) - p->sim->jumped_ms < JUMP_MS))
		life_did(p, DEED_BLACKOUT);
	p->did_ms[DEED_MOVE] = sim_now(p->sim); /* what is on its way now gets lost */
}

static void act_up(struct person *p)
{
	struct sim *s = p->sim;
	unsigned die = sim_dice(s, 100);

	act_in(p, p->stirs ? STIR_MS : 1000 + sim_about(s, ACT_MS));
	if (p->server.up_now == 0 && sim_now(s) - p->up_ms > MINUTE_MS)
		crash(p); /* whoever gets no answers dials again */
	else if (p->stirs)
		person_ping(p); /* until it is answered */
	else if (die < 3)
		hang_up(p);
	else if (die < 5)
		vanish(p);
	else if (die < 7)
		crash(p);
	else if (die < 11)
		move(p);
	else if (die < 13)
		darken(p, die == 11);
	else if (die < 15)
		person_rekey(p, die == 13);
	else if (!p->quiet && die < 60)
		person_ping(p);
	else if (!p->quiet)
		host_ping(s, p);
	s->poked = true;
}

static void act(struct timer *t, uint64_t now_ms)
{
	struct person *p = list_entry(t, struct person, act_timer);
	enum lac_state state = lac_get_state(p->lac);

	(void)now_ms;
	act_in(p, LOOK_MS);
	if (state == LAC_UP && p->sim->ending && !p->stirs)
		person_hang_up(p);
	else if (state == LAC_UP)
		act_up(p);
	else if (state != LAC_IDLE && state != LAC_DOWN)
		return;
	else if (!p->sim->ending)
		dial(p);
	else
		timerq_disarm(&p->sim->timers, t);
}

/* ---- the world ---- */

static void again(struct sim *s, unsigned which, uint64_t ms)
{
	timerq_arm(&s->timers, &s->world_timer[which], sim_now(s) + ms);
}

#define SIM_OF(t, which) list_entry((t) - (which), struct sim, world_timer)

static void audit_due(struct timer *t, uint64_t now_ms)
{
	struct sim *s = SIM_OF(t, AUDIT);

	(void)now_ms;
	again(s, AUDIT, 10 * MINUTE_MS);
	audit(s);
}

static void logoff(struct timer *t, uint64_t now_ms)
{
	struct sim *s = SIM_OF(t, LOGOFF);
	struct person *p = &s->persons[sim_dice(s, s->o.persons)];
	char user[16];

	(void)now_ms;
	snprintf(user, sizeof(user), "p%u", p->index);
	life_did(p, DEED_LOGOFF);
	api_logoff(s->core, API_LOGOFF_NAME, user);
	s->poked = true;
	again(s, LOGOFF, 1 + sim_about(s, 12 * HOUR_MS / s->o.persons));
}

/* A virtual machine that was asleep: everybody's timers are late, all at once. */
static void jump(struct timer *t, uint64_t now_ms)
{
	struct sim *s = SIM_OF(t, JUMP);
	bool harmful = sim_dice(s, 4) == 0;
	uint64_t ms = harmful ? 20 * MINUTE_MS + sim_about(s, HOUR_MS) : sim_dice(s, JUMP_MS);

	(void)now_ms;
	fake_advance(s->fake, ms);
	s->n.jumps++;
	for (unsigned i = 0; i < s->o.persons; i++) {
		struct person *p = &s->persons[i];

		p->did_ms[harmful ? DEED_JUMP : DEED_MOVE] = sim_now(s);
		/* R-U-THERE finds it silent for longer than the line was dark */
		if (p->dark_until_ms + JUMP_MS > now_ms)
			life_did(p, DEED_BLACKOUT);
	}
	s->n.deeds[DEED_JUMP] += harmful;
	s->jumped_ms = sim_now(s);
	again(s, JUMP, 10 * MINUTE_MS + sim_about(s, 4 * HOUR_MS));
}

static void stall(struct timer *t, uint64_t now_ms)
{
	struct sim *s = SIM_OF(t, STALL);

	s->stalled_until_ms = now_ms + 500 + sim_dice(s, STALL_MS);
	s->n.stalls++;
	for (unsigned i = 0; i < s->o.persons; i++)
		s->persons[i].did_ms[DEED_MOVE] = now_ms;
	again(s, STALL, sim_about(s, 3 * HOUR_MS));
}

static void change(struct timer *t, uint64_t now_ms)
{
	struct sim *s = SIM_OF(t, CHANGE);

	(void)now_ms;
	if (now_ms >= s->stalled_until_ms)
		server_apply(s);
	again(s, CHANGE, sim_about(s, 3 * HOUR_MS));
}

void life_begin(struct sim *s)
{
	static void (*const fire[])(struct timer * t, uint64_t now_ms) = {audit_due, logoff, jump,
									  stall, change};

	for (unsigned i = 0; i < sizeof(fire) / sizeof(*fire); i++) {
		s->world_timer[i].fire = fire[i];
		again(s, i, i == AUDIT ? 10 * MINUTE_MS : 20 * MINUTE_MS + sim_about(s, HOUR_MS));
	}
	for (unsigned i = 0; i < s->o.persons; i++) {
		s->persons[i].act_timer.fire = act;
		act_in(&s->persons[i], sim_dice(s, 10 * MINUTE_MS));
	}
}

void life_over(struct sim *s)
{
	s->ending = true;
	for (unsigned i = LOGOFF; i <= CHANGE; i++)
		timerq_disarm(&s->timers, &s->world_timer[i]);
	for (unsigned i = 0; i < s->o.persons; i++)
		act_in(&s->persons[i], s->persons[i].stirs ? STIR_MS : sim_dice(s, LEAVE_MS));
}
