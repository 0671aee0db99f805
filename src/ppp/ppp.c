/*
 * ppp: the public face of one link.
 *
 * Called by core (server) and lac (client). Checks what it is given and hands it to
 * link; does nothing else.
 */
#include "ppp/ppp.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "link.h"

#define NOTES_PER_LINK 80

static const char *const phase_names[PHASE_COUNT] = {"Dead", "Establish", "Authenticate", "Network",
						     "Terminate"};

static const char *const drop_names[PPP_N_DROPS] = {
	[PPP_DROP_SHORT] = "short",
	[PPP_DROP_OPTION] = "option",
	[PPP_DROP_ID] = "id",
	[PPP_DROP_STATE] = "state",
	[PPP_DROP_CODE] = "code",
	[PPP_DROP_METHOD] = "method",
	[PPP_DROP_EARLY] = "early",
	[PPP_DROP_USER] = "user",
	[PPP_DROP_DUPLICATE] = "duplicate",
	[PPP_DROP_RATE] = "rate",
	[PPP_DROP_LOOPED] = "looped",
	[PPP_DROP_DEAD] = "dead",
	[PPP_DROP_QUEUE] = "queue",
};

_Static_assert(sizeof(struct ppp) <= 896, "100 000 links are to fit: what is not needed in a "
					  "session goes into auth_exchange");

static void fill_defaults(struct ppp_config *c)
{
	if (c->mru < PPP_MRU_MIN)
		c->mru = PPP_MRU_MIN;
	if (c->mru > 1500)
		c->mru = 1500;
	if (!c->restart_ms)
		c->restart_ms = 3000;
	if (!c->max_configure)
		c->max_configure = 10;
	if (!c->max_terminate)
		c->max_terminate = 2;
	if (!c->max_failure)
		c->max_failure = 5;
	if (!c->echo_fail_max)
		c->echo_fail_max = 1;
	if (!c->auth_tries)
		c->auth_tries = 3;
}

/* The one allocation of a link: the object and behind it what the caller said. */
static struct ppp *allocate(const struct ppp_config *cfg)
{
	const char *name = cfg->name ? cfg->name : "";
	size_t name_len = strnlen(name, PPP_NAME_MAX);
	size_t password_len = cfg->role == PPP_CLIENT ? cfg->password.len : 0;
	size_t size = sizeof(struct ppp) + name_len + 1 + password_len;
	struct ppp *p;

	if (password_len > UINT8_MAX)
		return NULL;
	p = calloc(1, size);
	if (!p)
		return NULL;
	p->size = size;
	p->cfg = *cfg;
	memcpy(p->own_words, name, name_len);
	if (password_len)
		memcpy(p->own_words + name_len + 1, cfg->password.p, password_len);
	p->cfg.name = (const char *)p->own_words;
	p->cfg.password = (struct bytes){p->own_words + name_len + 1, password_len};
	return p;
}

struct ppp *ppp_new(const struct ppp_config *cfg)
{
	struct ppp *p = allocate(cfg);
	uint8_t first_id;

	if (!p)
		return NULL;
	fill_defaults(&p->cfg);
	p->notes_left = NOTES_PER_LINK;
	p->cfg.random(p->cfg.random_ctx, &first_id, sizeof(first_id));
	p->next_id = first_id;
	lcp_init(p);
	ipcp_init(p);
	ipv6cp_init(p);
	echo_init(p);
	if (auth_init(p))
		return p;
	ppp_free(p);
	return NULL;
}

void ppp_free(struct ppp *p)
{
	if (!p)
		return;
	timerq_disarm(p->cfg.timers, &p->lcp.cp.restart);
	timerq_disarm(p->cfg.timers, &p->ipcp.cp.restart);
	timerq_disarm(p->cfg.timers, &p->ipv6cp.cp.restart);
	timerq_disarm(p->cfg.timers, &p->echo.timer);
	auth_free(p);
	queue_free(p);
	secret_zero(p, p->size);
	free(p);
}

void ppp_open(struct ppp *p, uint64_t now_ms)
{
	if (p->phase != PHASE_DEAD || p->down_reason)
		return;
	p->phase = PHASE_ESTABLISH;
	cp_event(&p->lcp.cp, now_ms, CP_OPEN, NULL);
	cp_event(&p->lcp.cp, now_ms, CP_UP, NULL);
}

void ppp_input(struct ppp *p, uint64_t now_ms, struct bytes frame)
{
	link_receive(p, now_ms, frame);
}

void ppp_verdict(struct ppp *p, uint64_t now_ms, const struct ppp_verdict *v)
{
	auth_server_verdict(p, now_ms, v);
}

void ppp_set_network(struct ppp *p, uint64_t now_ms, const struct ppp_network *n)
{
	ipcp_configure(p, now_ms, n);
}

void ppp_close(struct ppp *p, uint64_t now_ms, const char *reason)
{
	ipcp_refuse(p, reason);
	link_terminate(p, now_ms, reason);
}

const struct ppp_act *ppp_next(struct ppp *p)
{
	const struct ppp_act *a = queue_pop(p);

	if (a || !p->down_reason || p->down_told)
		return a;
	a = queue_show_down(p, p->down_reason);
	p->down_told = a != NULL;
	return a;
}

void ppp_alive(struct ppp *p, uint64_t now_ms)
{
	echo_alive(p, now_ms);
}

uint64_t ppp_drops(const struct ppp *p, enum ppp_drop why)
{
	return why < PPP_N_DROPS ? p->drops[why] : 0;
}

const char *ppp_drop_name(enum ppp_drop why)
{
	return why < PPP_N_DROPS ? drop_names[why] : "unknown";
}

void ppp_get_status(const struct ppp *p, struct ppp_status *out)
{
	bool server = p->cfg.role == PPP_SERVER;

	*out = (struct ppp_status){
		.lcp_state = cp_state_name(&p->lcp.cp),
		.ipcp_state = cp_state_name(&p->ipcp.cp),
		.ipv6cp_state = cp_state_name(&p->ipv6cp.cp),
		.phase = phase_names[p->phase],
		.auth = (enum ppp_auth)(server ? p->lcp.ours.auth : p->lcp.theirs.auth),
		.frames_in = p->frames_in,
	};
	if (p->lcp.cp.state != CP_OPENED)
		out->auth = (enum ppp_auth)0;
	for (unsigned i = 0; i < PPP_N_DROPS; i++)
		out->frames_dropped += p->drops[i];
}
