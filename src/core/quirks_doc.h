/* The parts of docs/QUIRKS.md, one ledger each (quirks_doc.c). */
#pragma once

/* One row as a list item; version NULL or empty: none; names: what `show` prints, or NULL. */
void quirks_doc_row(const char *system, const char *version, const char *sign, const char *does,
		    const char *we_do, const char *names, const char *test);

void quirks_doc_ike(void);
void quirks_doc_l2tp(void);
void quirks_doc_ppp(void);
