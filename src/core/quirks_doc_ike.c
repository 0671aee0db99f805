/* quirks_doc_ike: the ledger of ike. Called by quirks_doc.c. */
#include <stdio.h>
#include <string.h>

#include "../ike/quirk.h"
#include "quirks_doc.h"

static const char *names_of(uint32_t flags, char *buf, size_t cap)
{
	buf[0] = '\0';
	for (uint32_t bit = 1; ike_quirk_name(bit); bit <<= 1) {
		size_t len = strlen(buf);

		if (flags & bit)
			snprintf(buf + len, cap - len, "%s`%s`", len ? ", " : "",
				 ike_quirk_name(bit));
	}
	return buf;
}

void quirks_doc_ike(void)
{
	const struct quirk *q;
	char names[200];

	printf("\n## IKE\n");
	for (unsigned i = 0; (q = ledger_row(i)); i++)
		quirks_doc_row(q->system, q->version, q->sign, q->does, q->we_do,
			       names_of(q->flags, names, sizeof(names)), q->test);
}
