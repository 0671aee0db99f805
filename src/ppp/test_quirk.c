/* The ledger of client systems: every row can be reached, says everything, and is told from
 * the others by what it sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "link.h"
#include "quirk.h"

static void every_row_is_reached(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_quirks; i++) {
		const struct quirk *q = &quirks[i];

		assert_ptr_equal(quirk_find(q->all), q);
		assert_true(q->all != 0 && (q->all & q->none) == 0);
		assert_true(*q->system && *q->sign && *q->does && *q->we_do && *q->test);
	}
	assert_null(quirk_find(0));
	assert_null(quirk_find(SIGN_MRU | SIGN_MRU_1400));
}

static void option(struct ppp *p, uint16_t protocol, uint8_t type, const void *data, size_t len)
{
	struct cp_option_in o = {.type = type, .data = {data, len}};

	quirk_option(p, protocol, &o);
}

static void identify(struct ppp *p, const char *text)
{
	quirk_identification(p, (struct bytes){(const uint8_t *)text, strlen(text)});
}

static void systems_by_what_they_send(void **state)
{
	static struct ppp p;

	(void)state;
	memset(&p, 0, sizeof(p));
	assert_null(ppp_client_system(&p));
	option(&p, PROTO_IPCP, 2, "\0\0\0\0", 4); /* VJ is not ACCM */
	assert_null(ppp_client_system(&p));
	option(&p, PROTO_LCP, 2, "\0\0\0\0", 4);
	assert_string_equal(ppp_client_system(&p), "Apple or Linux pppd");
	option(&p, PROTO_LCP, 1, "\x05", 1);
	assert_string_equal(ppp_client_system(&p), "pppd");
	option(&p, PROTO_LCP, 1, "\x05\x78", 2);
	assert_string_equal(ppp_client_system(&p), "Android or Linux pppd");
	option(&p, PROTO_LCP, 1, "\x04\xf6", 2);
	assert_string_equal(ppp_client_system(&p), "Android (Samsung)");
	quirk_protocol(&p, PROTO_CCP);
	assert_string_equal(ppp_client_system(&p), "Android (Samsung)");
	quirk_protocol(&p, PROTO_ACSCP);
	assert_string_equal(ppp_client_system(&p), "Apple macOS or iOS");
	option(&p, PROTO_LCP, 13, "\x06", 1);
	assert_string_equal(ppp_client_system(&p), "Windows");
	identify(&p, "");
	identify(&p, "MSRASV5.2");
	identify(&p, "MSRASV5.200");
	assert_string_equal(ppp_client_system(&p), "Windows");
	identify(&p, "MSRASV5.00");
	assert_string_equal(ppp_client_system(&p), "Windows 2000");
	identify(&p, "MSRASV5.10");
	assert_string_equal(ppp_client_system(&p), "Windows XP or 2003");
	identify(&p, "MSRASV5.20");
	assert_string_equal(ppp_client_system(&p), "Windows Vista or later");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_reached),
		cmocka_unit_test(systems_by_what_they_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
