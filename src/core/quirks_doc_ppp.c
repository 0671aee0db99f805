/* quirks_doc_ppp: the ledger of ppp. Called by quirks_doc.c. */
#include <stdio.h>

#include "../ppp/quirk.h"
#include "quirks_doc.h"

void quirks_doc_ppp(void)
{
	printf("\n## PPP\n");
	for (size_t i = 0; i < n_quirks; i++)
		quirks_doc_row(quirks[i].system, NULL, quirks[i].sign, quirks[i].does,
			       quirks[i].we_do, NULL, quirks[i].test);
}
