/* quirks_doc_l2tp: the ledger of l2tp, its signs in words. Called by quirks_doc.c. */
#include <stdio.h>

#include "../l2tp/quirk.h"
#include "quirks_doc.h"

static const char *avp_name(unsigned type)
{
	static const char *const names[] = {
		[2] = "Protocol Version",     [3] = "Framing Capabilities",
		[4] = "Bearer Capabilities",  [5] = "Tie Breaker",
		[6] = "Firmware Revision",    [7] = "Host Name",
		[8] = "Vendor Name",          [9] = "Assigned Tunnel ID",
		[10] = "Receive Window Size", [11] = "Challenge"};

	return type < sizeof(names) / sizeof(*names) && names[type] ? names[type] : "another AVP";
}

static size_t add(char *buf, size_t cap, size_t len, const char *what, const char *value)
{
	int n = snprintf(buf + len, cap - len, "%s%s%s", len ? ", " : "", what, value);

	return n > 0 && len + (size_t)n < cap ? len + (size_t)n : len;
}

static void sign_words(const struct l2tp_quirk *q, char *buf, size_t cap)
{
	char number[32];
	size_t len = 0;

	buf[0] = '\0';
	if (q->vendor)
		len = add(buf, cap, len, *q->vendor ? "vendor name " : "no vendor name", q->vendor);
	if (q->host)
		len = add(buf, cap, len, "host name ", q->host);
	if (q->host_nul)
		len = add(buf, cap, len, "a host name that ends with a NUL", "");
	if (q->firmware) {
		snprintf(number, sizeof(number), "0x%04x", q->firmware);
		len = add(buf, cap, len, "firmware revision ", number);
	}
	if (q->window) {
		snprintf(number, sizeof(number), "%u", q->window);
		len = add(buf, cap, len, "receive window ", number);
	}
	if (q->no_window)
		len = add(buf, cap, len, "no receive window", "");
	for (unsigned i = 0; i < QUIRK_ORDER && q->order[i]; i++)
		len = add(buf, cap, len, i ? "" : "AVPs in the order ", avp_name(q->order[i]));
	if (!len)
		add(buf, cap, len, "none of the above", "");
}

void quirks_doc_l2tp(void)
{
	const struct l2tp_quirk *q;
	char sign[400], test[96];

	printf("\n## L2TP\n");
	for (unsigned i = 0; (q = l2tp_quirk(i)); i++) {
		sign_words(q, sign, sizeof(sign));
		snprintf(test, sizeof(test), "test_clients.c %s", q->test);
		quirks_doc_row(q->system, NULL, sign, q->does, q->we_do, NULL, test);
	}
}
