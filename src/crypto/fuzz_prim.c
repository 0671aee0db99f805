/*
 * Values that a peer or a user chooses: Diffie-Hellman public values (MODP 768 and
 * the three curves, the fast ones) and passwords in UTF-8.
 *
 * Input: what (1 octet), then the value. Whatever is accepted must give the same
 * secret twice and, in reach of a check, be in range; a refused one leaves zeros.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/mschap.h"
#include "crypto/prim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned groups[] = {1, 19, 20, 21};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool all_zero(const uint8_t *p, size_t len)
{
	while (len && p[len - 1] == 0)
		len--;
	return len == 0;
}

static void derive(unsigned which, struct bytes value)
{
	static struct prim_dh *dh[4];
	static const uint8_t x[] = {0x5e, 0x15, 0x40};
	static uint8_t one[PRIM_DH_SECRET_MAX], two[PRIM_DH_SECRET_MAX];
	unsigned group = groups[which];
	bool ok;

	if (!dh[which])
		dh[which] = prim_dh_from_private(group, (struct bytes){x, sizeof(x)});
	must(dh[which]);
	ok = prim_dh_derive(dh[which], value, one);
	must(prim_dh_derive(dh[which], value, two) == ok);
	must(memcmp(one, two, prim_dh_secret_len(group)) == 0);
	must(ok != all_zero(one, prim_dh_secret_len(group)));
	must(!ok || (value.len == prim_dh_public_len(group) && !all_zero(value.p, value.len)));
}

static void password(struct bytes value)
{
	uint8_t hash[NT_HASH_LEN];
	bool ok = mschap_nt_hash(value, hash);

	must(ok != all_zero(hash, sizeof(hash)));
	must(!ok || value.len <= 3 * 256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] % 5 < 4)
		derive(data[0] % 5, (struct bytes){data + 1, size - 1});
	else
		password((struct bytes){data + 1, size - 1});
	return 0;
}
