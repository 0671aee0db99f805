/* Unit tests of machine: the octet that tells servers on one LAN apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine.h"

static void a_machine_keeps_its_octet(void **state)
{
	uint8_t first = machine_octet();

	(void)state;
	if (access("/etc/machine-id", R_OK) != 0)
		skip();
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(machine_octet(), first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_keeps_its_octet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
