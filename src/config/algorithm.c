/*
 * algorithm: Diffie-Hellman groups as keywords, and why an algorithm is weak (RFC 8221,
 * RFC 8247). Called by rows_ike.c, rows_ipsec.c and rows_map.c. What is weak is allowed:
 * it is on only where it is named, for clients that have nothing else.
 */
#include "algorithm.h"

uint8_t algorithm_group(unsigned keyword)
{
	static const uint8_t groups[] = {14, 15, 16, 17, 18, 19, 20, 21, 1, 2, 5};

	return groups[keyword];
}

void algorithm_warn(struct parse *p, enum algorithm a, const struct grammar_word *w)
{
	static const char *const risks[] = {
		[ALGORITHM_DES] = "56-bit keys are found in hours by anybody who recorded the "
				  "traffic",
		[ALGORITHM_3DES] = "its 64-bit blocks leak long connections (Sweet32), and it is "
				   "slow",
		[ALGORITHM_MD5] = "the hash is broken; only its use in HMAC has held so far",
	};

	parse_warn(p, w->column, "%s is weak: %s; for clients that have nothing better", w->text,
		   risks[a]);
}

void algorithm_warn_group(struct parse *p, unsigned group, const struct grammar_word *w)
{
	const char *risk;

	if (group == 1)
		risk = "768 bits have been broken in public";
	else if (group == 2)
		risk = "1024 bits are in reach of a state, for recorded traffic too (Logjam)";
	else if (group == 5)
		risk = "1536 bits are below what is held to be safe today (2048)";
	else
		return;
	parse_warn(p, w->column, "group %u is weak: %s; for clients that have nothing better",
		   group, risk);
}
