/* test_rig3: two LCCEs over a wire in virtual time, for this room's tests of version 3. */
#pragma once

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "l2tp/l2tp3.h"
#include "test_octets.h"

#define RIG3_ACTS 600

struct rig3_act {
	enum l2tp3_act_kind kind;
	struct l2tp_path path;
	uint32_t connection_id, session_id;
	bool active;
	struct l2tp_result result;
	struct l2tp3_session_info info;
	struct note note;
	size_t len;
	uint8_t bytes[1500];
	uint64_t at_ms;
};

struct rig3_end {
	struct l2tp3 *l;
	struct rig3_act acts[RIG3_ACTS]; /* the last ones */
	unsigned n_acts;
};

enum rig3_fate { RIG3_DELIVER, RIG3_LOSE, RIG3_TWICE, RIG3_LATE };

struct rig3 {
	struct timerq timers;
	uint64_t now;
	uint64_t random;
	struct l2tp_path path;
	struct rig3_end answer, call;
	bool wire; /* sends are delivered to the other end */
	unsigned n_sent;
	/* what the wire does to the k-th message; LATE: behind the next one of that end */
	enum rig3_fate (*fate)(struct rig3 *r, unsigned k);
	unsigned victim;
	enum rig3_fate victims_fate;
	struct rig3_act late; /* len 0: none */
	struct l2tp3 *late_for;
	FILE *pcap;         /* everything that is sent, when set */
	unsigned pcap_host; /* the caller's address there: 192.0.2.2 and so many more */
};

extern struct rig3 rig;

/* The configuration that tests begin with: UDP ports 1701, cookies of 8 octets. */
struct l2tp3_config rig3_config(void);
/* call NULL: no caller, the wire is silent and the test plays the peer. */
void rig3_open(const struct l2tp3_config *answer, const struct l2tp3_config *call);
void rig3_over_ip(void); /* protocol 115 from here on */
void rig3_close(void);

void rig3_drain(void);
void rig3_pass(uint64_t ms);

unsigned rig3_count(const struct rig3_end *e, enum l2tp3_act_kind kind);
const struct rig3_act *rig3_last(const struct rig3_end *e, enum l2tp3_act_kind kind);
bool rig3_noted(const struct rig3_end *e, const char *reason);
void rig3_forget(struct rig3_end *e);
struct l2tp3_stats rig3_stats(const struct rig3_end *e);

/* Into rig.pcap, which must be set: the payload of a packet over rig.path. */
void rig3_record(const void *p, size_t len, bool from_caller);
/* Octets to the answerer over path. */
void rig3_raw(const struct l2tp_path *path, const void *p, size_t len);
/* A control message typed by hand: AVPs as hex text, over rig.path. */
void rig3_say(uint32_t connection, uint16_t ns, uint16_t nr, const char *avps);
/* The octets of the control message in a, behind the zero session id of the IP carrier. */
struct bytes rig3_message(const struct rig3_act *a);
/* Its type, 0 for a ZLB. */
unsigned rig3_type(const struct rig3_act *a);
/* The value of an AVP; NULL: not there. */
const uint8_t *rig3_avp(const struct rig3_act *a, uint16_t vendor, uint16_t type, size_t *len);
/* Its first four (or two) octets; the AVP must be there. */
uint32_t rig3_avp32(const struct rig3_act *a, uint16_t vendor, uint16_t type);
uint16_t rig3_avp16(const struct rig3_act *a, uint16_t vendor, uint16_t type);
bool rig3_has(const struct rig3_act *a, uint16_t vendor, uint16_t type);
/* The last control message of the answerer, whose type must be this one. */
const struct rig3_act *rig3_sent(unsigned type);
/* Are these the AVPs of the message, to the octet? */
void rig3_is(const struct rig3_act *a, const char *avps);
