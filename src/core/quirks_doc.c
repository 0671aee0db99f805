/*
 * quirks_doc: prints docs/QUIRKS.md from the ledgers of the rooms on stdout. A program
 * of its own, run by hand when a ledger changes; nothing of the server calls it.
 */
#include "quirks_doc.h"

#include <stdio.h>

void quirks_doc_row(const char *system, const char *version, const char *sign, const char *does,
		    const char *we_do, const char *names, const char *test)
{
	printf("\n### %s%s%s\n\n", system, version && *version ? ": " : "", version ? version : "");
	printf("* Recognised by %s.\n", sign);
	printf("* It: %s.\n", does);
	printf("* We: %s.\n", we_do);
	if (names && *names)
		printf("* `show vpn-sessiondb detail` says: %s.\n", names);
	printf("* Test: `%s`.\n", test);
}

int main(void)
{
	printf("# Client systems and what is special about them\n\n"
	       "Made by `quirks-doc` from the ledgers in `src/ike/quirk.c`, `src/l2tp/quirk.c` "
	       "and\n"
	       "`src/ppp/quirk.c`; do not edit. Each protocol recognises the client by what it "
	       "says\n"
	       "itself; `show vpn-sessiondb detail` prints all three opinions. The first row of a\n"
	       "ledger that fits is taken. A wrong guess costs comfort, never safety.\n");
	quirks_doc_ike();
	quirks_doc_l2tp();
	quirks_doc_ppp();
	return 0;
}
