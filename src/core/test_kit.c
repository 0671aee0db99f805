/* see test_kit.h */
#include "test_kit.h"

static void no_pool(void *ctx, struct ike_dh_job *job)
{
	struct world *w = ctx;

	w->job = job;
	w->submitted++;
}

static void salt(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 7, len);
}

struct config *kit_config(const char *text)
{
	struct cfg_errors errs = {0};
	struct config *cfg = config_parse(text, strlen(text), &errs, salt, NULL);

	if (!cfg)
		print_error("%u:%u: %s\n", errs.e[0].line, errs.e[0].column, errs.e[0].text);
	assert_non_null(cfg);
	return cfg;
}

void kit_bare(struct world *w, unsigned workers)
{
	struct core_config cc = {
		.workers = workers, .sessions_max = 8, .submit = no_pool, .submit_ctx = w};

	*w = (struct world){.fake = fake_new(1)};
	assert_non_null(w->fake);
	cc.os = fake_os(w->fake);
	cc.priv = fake_priv(w->fake);
	w->core = core_new(&cc);
	assert_non_null(w->core);
}

void kit_world(struct world *w, unsigned workers, const char *text)
{
	char error[256] = "";

	kit_bare(w, workers);
	assert_true(core_apply(w->core, kit_config(text), error, sizeof(error)));
	kit_settle(w);
}

void kit_end(struct world *w)
{
	core_free(w->core);
	assert_int_equal(fake_open_count(w->fake), 0);
	fake_free(w->fake);
}

void kit_settle(struct world *w)
{
	for (unsigned i = 0; i < 8; i++)
		core_run(w->core);
}

void kit_seconds(struct world *w, unsigned n)
{
	while (n--) {
		fake_advance(w->fake, 1000);
		kit_settle(w);
	}
}

static void ppp_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0x55, len);
}

struct peer *kit_peer(struct world *w)
{
	struct flow f = {.local.port = 4500, .remote.port = 4500};
	struct ike_act up = {.kind = IKE_ACT_UP};
	struct peer *p;

	assert_true(ip_addr_parse("198.51.100.7", &f.remote.addr));
	assert_true(ip_addr_parse("192.0.2.1", &f.local.addr));
	up.peer = up.sa = 1000 + w->core->next_handle;
	up.flow = f;
	p = core_peer_new(w->core, &up);
	assert_non_null(p);
	return p;
}

/* A link that was never opened: it says nothing and gives up on nobody. */
static void silent_ppp(struct session *s)
{
	const struct ppp_config pc = {.role = PPP_SERVER,
				      .auth = PPP_AUTH_MSCHAP2,
				      .mru = 1400,
				      .name = "kit",
				      .random = ppp_random,
				      .timers = &s->core->timers};

	ppp_free(s->ppp);
	list_del(&s->ready_node);
	s->ppp = ppp_new(&pc);
	assert_non_null(s->ppp);
}

struct session *kit_login(struct world *w, struct peer *p, const char *user)
{
	static uint32_t calls = 100;
	struct l2tp_act a = {.kind = L2TP_ACT_CALL_UP, .call = ++calls};
	struct account account;
	struct session *s;

	a.info.tunnel_id = a.info.session_id = (uint16_t)calls;
	a.info.local_port = a.info.remote_port = 1701;
	s = session_new(p, &a);
	assert_non_null(s);
	assert_true(session_ppp_start(s));
	silent_ppp(s);
	account_find(w->core->config, (struct bytes){(const uint8_t *)user, strlen(user)},
		     &account);
	assert_true(account.user && account_become(s, &account) && hub_admits(s, &account));
	session_log_in(s);
	assert_true(address_assign(s, w->core->config));
	s->up.peer_mru = 1400;
	return s;
}

struct session *kit_up(struct world *w, struct peer *p, const char *user)
{
	struct session *s = kit_login(w, p, user);

	session_event(s, SESSION_EV_PPP_UP, NULL);
	kit_settle(w);
	assert_int_equal(s->state, SESSION_UP);
	return s;
}

unsigned kit_fill_ring(struct world *w, unsigned worker)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SA_IN_DEL};
	unsigned n = 0;

	while (dp_command(w->core->dp, worker, &cmd, NULL))
		n++;
	return n;
}
