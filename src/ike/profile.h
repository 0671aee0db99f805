/* Writing what a client profile says (ike/profile.h). Private to src/ike. */
#pragma once

#include "ike/profile.h"
#include "message.h"

/* The SA body of Main Mode message 1. */
void profile_write_sa(struct wr *w, const struct ike_profile *p);

/* Appends Vendor ID payloads; random fills the one that is random. */
void profile_add_vendors(struct msg *m, const char *const *vendors, const struct ike_host *host);

/* The SA body of Quick Mode message 1; encap: the mode's number as NAT detection has it. */
void profile_write_esps(struct wr *w, const struct ike_profile *p, uint32_t spi, uint16_t encap);

/* What the initiator asks; p NULL: our own ways. */
uint16_t profile_nonce_len(const struct ike_profile *p);
/* Milliseconds until a message that was sent so many times is sent again, and how many times
 * at most; first_ms: our own first wait. */
uint64_t profile_resend_ms(const struct ike_profile *p, uint32_t first_ms, unsigned tries);
unsigned profile_tries(const struct ike_profile *p, unsigned ours);
/* When an SA of this lifetime is renewed, in milliseconds from its beginning, or 0: never;
 * ours_ms: our own time. */
uint64_t profile_soft_ms(const struct ike_profile *p, bool esp, uint64_t ours_ms);
