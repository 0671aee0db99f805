/*
 * test_script: an LNS against messages typed by hand: the AVPs as hex text, the
 * steps that most scripts share.
 */
#pragma once

#include "state.h"
#include "test_rig.h"

#define MT(n)       "80080000000000" #n " "
#define PROTO       "8008000000020100 "
#define FRAMING3    "800a0000000300000003 "
#define HOST_X      "80070000000778 "
#define TUNNEL(id)  "800800000009" #id " "
#define SESSION(id) "80080000000e" #id " "
#define SERIAL(n)   "800a0000000f" #n " "
#define SCCRQ(id)   MT(01) PROTO FRAMING3 HOST_X TUNNEL(id)
#define SCCCN       MT(03)
#define STOPCCN(id) MT(04) "8008000000010006 " TUNNEL(id)
#define ICRQ(id)    MT(0a) SESSION(id) SERIAL(00000001)
#define ICCN        MT(0c) "800a0000001805f5e100 800a0000001300000001 "
#define HELLO       MT(06)

extern struct rig rig;
extern struct rig_end *const lns;

void open_with(void (*change)(struct l2tp_config *cfg));
int setup(void **state);
int teardown(void **state);

/* A control message to the LNS over rig.path. */
void say(uint16_t tunnel, uint16_t session, uint16_t ns, uint16_t nr, const char *avps);
/* The LNS's last control message. */
const struct rig_act *sent(void);
struct l2tp_stats stats_now(void);
/* The first two octets of an AVP that must be there. */
uint16_t avp16(const struct rig_act *a, uint16_t type);

/* What Android's mtpd and Apple's plug-in ask of every control message. */
void strict_client_accepts(const struct rig_act *a, uint16_t tunnel, uint16_t session, uint16_t ns,
			   uint16_t nr);

/* SCCRQ over rig.path; our tunnel id. */
uint16_t start(const char *sccrq);
/* A tunnel of peer id 0x0021 that is established; Ns 2 and Nr 1 are next. */
uint16_t established(void);
/* A call of peer id 0x0031 on it; Ns 4, Nr 2 are next. */
uint16_t call_up(uint16_t t);
