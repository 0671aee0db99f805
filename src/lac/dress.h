/*
 * dress: between PPP and the wire: the client's Configure-Requests as another system
 * writes them, and what that system says beside them. Private to src/lac.
 */
#pragma once

#include "base/rd.h"
#include "base/wr.h"
#include "lac/profile.h"

#define DRESS_OPTIONS 192 /* octets of a Configure-Request's options */

/* One control protocol's request that waits for its answer. */
struct dress_cp {
	uint8_t ppp_id, wire_id;
	bool open;                   /* no answer yet */
	uint8_t real[DRESS_OPTIONS]; /* what ppp said */
	uint8_t wire[DRESS_OPTIONS]; /* what was sent instead */
	size_t real_len, wire_len;
	uint8_t refused[LAC_ORDER_MAX]; /* extra options that the server will not have */
	unsigned n_refused;
};

struct dress {
	const struct lac_profile *profile;           /* NULL: frames pass as they are */
	void (*send)(void *ctx, struct bytes frame); /* to the wire: protocol field first */
	void *ctx;
	struct dress_cp lcp, ipcp;
	bool identified, offered;
	uint8_t magic[4];
	uint8_t next_id;
};

/* For a new link. */
void dress_begin(struct dress *d);

/* A frame of ppp: it, or what stands for it, is sent. */
void dress_out(struct dress *d, struct bytes frame);

/* A frame from the wire: what ppp is to hear of it, written to w; false: nothing. */
bool dress_in(struct dress *d, struct bytes frame, struct wr *w);
