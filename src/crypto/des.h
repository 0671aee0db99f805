/* des: one block of single DES (FIPS 46-3), for MS-CHAP only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* key: 8 octets, parity bits ignored. On failure out is zeroed. */
bool des_encrypt_block(const uint8_t key[8], const uint8_t in[8], uint8_t out[8]);
