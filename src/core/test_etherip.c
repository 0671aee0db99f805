/* Unit tests of etherip: who gets a port, why not, and what changes of the configuration do. */
#include "test_kit.h"

#define HUB                                                                                        \
	KIT_HUB " max-session 2\n"                                                                 \
		" user kyoto\n"                                                                    \
		"  auth password bridge1\n"                                                        \
		"  policy MultiLogins 1\n"                                                         \
		" user osaka\n"                                                                    \
		"  auth anonymous\n"                                                               \
		" user nobody\n"                                                                   \
		"  auth anonymous\n"                                                               \
		"  policy Access no\n"                                                             \
		" user gone\n"                                                                     \
		"  auth anonymous\n"                                                               \
		"  expires \"2001/01/01 00:00:00\"\n"                                              \
		" user timed\n"                                                                    \
		"  auth anonymous\n"                                                               \
		"  policy AutoDisconnect 60\n"
#define TABLE                                                                                      \
	"ipsec-service etherip\n"                                                                  \
	"etherip client kyoto.example hub DEFAULT user kyoto password bridge1\n"                   \
	"etherip client 198.51.100.7 hub default user osaka password x\n"
#define CONFIG HUB KIT_PROFILE_KEY TABLE
#define KIT_PROFILE_KEY                                                                            \
	"tunnel-group DefaultRAGroup ipsec-attributes\n"                                           \
	" ikev1 pre-shared-key testpsk\n"

static struct world w;
static struct ike_id id; /* that every peer shows */

bool __wrap_ike_get_sa(const struct ike *k, ike_sa_id sa, struct ike_sa_info *out);

bool __wrap_ike_get_sa(const struct ike *k, ike_sa_id sa, struct ike_sa_info *out)
{
	(void)k;
	*out = (struct ike_sa_info){
		.id = sa, .peer_id = id, .client = "unknown", .client_version = ""};
	return true;
}

static void shows(uint8_t type, const void *data, size_t len)
{
	id = (struct ike_id){.type = type, .len = (uint8_t)len};
	memcpy(id.data, data, len);
}

static void shows_name(const char *name)
{
	shows(2, name, strlen(name));
}

/* A pair of ESP SAs of a peer, which we send on. */
static struct child *child(struct peer *p, uint8_t protocol)
{
	static uint32_t spi = 0x1000;
	struct ike_child k = {.spi_in = ++spi, .spi_out = 0x2000, .protocol = protocol};
	struct child *ch;

	k.alg = (struct burst_alg){BURST_AES_CBC, 32, BURST_HMAC_SHA1_96};
	memset(k.out_enc, 1, sizeof(k.out_enc));
	ch = core_child_new(p, spi, &k);
	assert_non_null(ch);
	core_child_send_on(ch);
	kit_settle(&w);
	return ch;
}

static json_t *shown; /* by ports() */

static json_t *ports(void)
{
	json_decref(shown);
	shown = api_etherip(w.core);
	return shown;
}

static const char *port_text(const char *key)
{
	json_t *all = ports();

	return json_array_size(all) == 1
		       ? json_string_value(json_object_get(json_array_get(all, 0), key))
		       : NULL;
}

static json_int_t port_index(void)
{
	return json_integer_value(json_object_get(json_array_get(ports(), 0), "index"));
}

static bool told(const char *what)
{
	json_t *o = api_explain(w.core, NULL);
	char *text = json_dumps(o, 0);
	bool found = strstr(text, what) != NULL;

	if (!found)
		print_error("%s\n", text);
	free(text);
	json_decref(o);
	return found;
}

static void configure(const char *lines)
{
	struct cfg_errors errs = {0};
	char error[256];

	assert_int_equal(
		api_configure(w.core, lines, strlen(lines), false, &errs, error, sizeof(error)),
		API_CONFIGURED);
	kit_settle(&w);
}

static int begin(void **state)
{
	(void)state;
	kit_world(&w, 1, CONFIG);
	shows_name("KYOTO.example");
	return 0;
}

static int finish(void **state)
{
	(void)state;
	json_decref(shown);
	shown = NULL;
	kit_end(&w);
	return 0;
}

static void a_router_gets_a_port(void **state)
{
	struct peer *p = kit_peer(&w);
	uint32_t free_ports = w.core->port_slots[0].n_free;
	struct child *first = child(p, 97), *second;

	(void)state;
	assert_string_equal(port_text("state"), "up");
	assert_string_equal(port_text("user"), "kyoto");
	assert_string_equal(port_text("hub"), "DEFAULT");
	assert_string_equal(port_text("id"), "KYOTO.example");
	assert_true(told("is on the hub DEFAULT as the user kyoto"));
	assert_int_equal(w.core->hubs[p->etherip ? 0 : 1].n_logins, 1);
	kit_seconds(&w, 60); /* a peer without a session would be gone */
	assert_string_equal(port_text("state"), "up");
	second = child(p, 97); /* it rekeys: the same port */
	core_child_free(first);
	kit_settle(&w);
	assert_string_equal(port_text("state"), "up");
	core_child_free(second);
	kit_settle(&w);
	assert_null(port_text("state"));
	assert_true(told("no-esp-sa"));
	assert_int_equal(w.core->port_slots[0].n_free, free_ports);
	assert_int_equal(w.core->hubs[0].n_logins, 0);
	assert_int_equal(p->n_sessions, 0);
	assert_true(p->linger.armed);
	child(p, 97); /* and comes again */
	assert_string_equal(port_text("state"), "up");
	core_peer_down(p, "peer-delete");
	kit_settle(&w);
	assert_null(port_text("state"));
	assert_int_equal(w.core->port_slots[0].n_free, free_ports);
	assert_true(list_empty(&w.core->peers));
}

static void identities_as_the_table_has_them(void **state)
{
	static const uint8_t ip4[] = {198, 51, 100, 7}, binary[] = {0, 0xab, 0x10};

	(void)state;
	shows(1, ip4, 4);
	child(kit_peer(&w), 97);
	assert_string_equal(port_text("user"), "osaka");
	shows(11, binary, 3);
	child(kit_peer(&w), 97);
	assert_true(told("no EtherIP client for the ID \\\"00ab10\\\""));
	configure("etherip client 00AB10 hub DEFAULT user osaka password y\n");
	assert_int_equal(json_array_size(ports()), 2);
}

static void whoever_has_no_row_is_told(void **state)
{
	(void)state;
	shows_name("nara.example");
	child(kit_peer(&w), 97);
	assert_null(port_text("state"));
	assert_true(told("no EtherIP client for the ID"));
	assert_true(told("etherip client ID hub HUB user USER password PASSWORD"));
	configure("etherip client * hub DEFAULT user osaka password x\n");
	assert_string_equal(port_text("user"), "osaka"); /* at once */
}

static void refused(const char *row, const char *why)
{
	char lines[200];

	snprintf(lines, sizeof(lines), "etherip client nara.example hub DEFAULT %s\n", row);
	shows_name("nara.example");
	configure(lines);
	child(kit_peer(&w), 97);
	if (!told(why))
		fail_msg("%s", why);
	configure("no etherip client nara.example\n");
}

static void what_the_hub_refuses(void **state)
{
	(void)state;
	refused("user kyoto password wrong", "refuses the user kyoto");
	refused("user nobody password x", "the policy Access of nobody is no");
	refused("user gone password x", "has expired");
	refused("user none password x", "has no user");
	assert_int_equal(json_array_size(ports()), 0);
	shows_name("kyoto.example");
	child(kit_peer(&w), 97);
	assert_int_equal(json_array_size(ports()), 1);
	child(kit_peer(&w), 97);
	assert_int_equal(json_array_size(ports()), 1);
	assert_true(told("the policy MultiLogins is 1"));
	configure("etherip client kyoto.example hub DEFAULT user osaka password x\n");
	assert_int_equal(json_array_size(ports()), 2);
	child(kit_peer(&w), 97);
	assert_int_equal(json_array_size(ports()), 2);
	assert_true(told("max-session is 2"));
	configure("hub DEFAULT\n offline\n");
	assert_int_equal(json_array_size(ports()), 0);
	assert_true(told("hub-offline"));
}

/* Who asks for everything may be an L2TP client. */
static void selectors_of_everything_want_a_row_of_their_own(void **state)
{
	(void)state;
	child(kit_peer(&w), 17);
	assert_null(port_text("state"));
	child(kit_peer(&w), 0);
	assert_string_equal(port_text("user"), "kyoto");
	configure("etherip client * hub DEFAULT user osaka password x\n");
	shows_name("nara.example");
	child(kit_peer(&w), 0);
	assert_int_equal(json_array_size(ports()), 1);
	child(kit_peer(&w), 97);
	assert_int_equal(json_array_size(ports()), 2);
}

static void a_change_cuts_and_makes_again(void **state)
{
	struct peer *p = kit_peer(&w);
	json_int_t index;

	(void)state;
	child(p, 97);
	index = port_index();
	configure("hostname other\nhub DEFAULT\n user nara\n  auth anonymous\n");
	assert_int_equal(port_index(), index);
	configure("etherip client kyoto.example hub DEFAULT user osaka password x\n");
	assert_string_equal(port_text("user"), "osaka");
	assert_true(told("config-changed"));
	assert_int_not_equal(port_index(), index);
	index = port_index();
	configure("hub DEFAULT\n user osaka\n  policy NoBridge yes\n");
	assert_string_equal(port_text("state"), "up");
	assert_int_not_equal(port_index(), index);
	configure("hub DEFAULT\n no user osaka\n");
	assert_null(port_text("state"));
	configure("hub DEFAULT\n user osaka\n  auth anonymous\n");
	assert_string_equal(port_text("user"), "osaka");
	configure("hub DEFAULT\n offline\n");
	assert_null(port_text("state"));
	configure("hub DEFAULT\n online\n");
	assert_string_equal(port_text("user"), "osaka");
	configure("no etherip client kyoto.example\n");
	assert_null(port_text("state"));
	assert_int_equal(p->n_sessions, 0);
}

static void limits_and_signs_of_life(void **state)
{
	struct ike_act silent = {.kind = IKE_ACT_SILENT};
	struct peer *p = kit_peer(&w);

	(void)state;
	configure("etherip client kyoto.example hub DEFAULT user timed password x\n");
	child(p, 97);
	silent.peer = p->id;
	ike_action(w.core, &silent);
	kit_seconds(&w, 59);
	assert_string_equal(port_text("state"), "up");
	kit_seconds(&w, 21);
	assert_null(port_text("state"));
	assert_true(told("auto-disconnect"));
}

static const char *state_of(const char *service)
{
	static char state[16];
	json_t *o = api_services(w.core), *s = json_object_get(o, service);

	snprintf(state, sizeof(state), "%s", json_string_value(json_object_get(s, "state")));
	json_decref(o);
	return state;
}

/* One is on, the other is not: a router's SAs are no way in for L2TP. */
static void l2tp_is_another_service(void **state)
{
	struct peer *p = kit_peer(&w);
	struct dp_punt message = {.kind = DP_PUNT_L2TP,
				  .peer_handle = p->handle,
				  .local_port = 1701,
				  .remote_port = 1701,
				  .message = (const uint8_t *)"",
				  .len = 1};

	(void)state;
	child(p, 97);
	assert_string_equal(state_of("etherip"), "up");
	assert_string_equal(state_of("l2tp_ipsec"), "off");
	l2tp_punt(w.core, &message);
	assert_int_equal(w.core->drops.l2tp_off, 1);
	configure("ipsec-service l2tp\n");
	assert_string_equal(state_of("l2tp_ipsec"), "up");
	l2tp_punt(w.core, &message);
	assert_int_equal(w.core->drops.l2tp_off, 1);
	assert_string_equal(port_text("state"), "up");
}

/* ike does not know the peer, so the Delete is not seen here: the port's own end is. */
static void the_administrator_ends_it(void **state)
{
	(void)state;
	child(kit_peer(&w), 97);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_NAME, "osaka"), 0);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_IP, "10.4.5.1"), 0);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_INDEX, "4711"), 0);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_NAME, "Kyoto"), 1);
	assert_int_equal(api_logoff(w.core, API_LOGOFF_ALL, NULL), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_router_gets_a_port),
		TEST(identities_as_the_table_has_them),
		TEST(whoever_has_no_row_is_told),
		TEST(what_the_hub_refuses),
		TEST(selectors_of_everything_want_a_row_of_their_own),
		TEST(a_change_cuts_and_makes_again),
		TEST(limits_and_signs_of_life),
		TEST(l2tp_is_another_service),
		TEST(the_administrator_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
