/* The state tables of ISAKMP SAs and Quick Modes. Private to src/ike. */
#pragma once

#include "base/fsm.h"
#include "sa.h"

enum sa_event {
	EV_MAIN,        /* Main Mode message in clear */
	EV_MAIN_SECRET, /* Main Mode message, encrypted */
	EV_AGGRESSIVE,
	EV_AGGRESSIVE_SECRET,
	EV_QUICK,
	EV_INFO,
	EV_INFO_SECRET,
	EV_DH_OK,
	EV_DH_BAD,
	EV_AUTH_OK,  /* the peer's proof was checked, or our signature came */
	EV_AUTH_BAD, /* and is not good, or there is none */
	EV_TIMER,
	SA_EVENT_COUNT
};

enum sa_action {
	ACT_NONE,
	ACT_MSG2,
	ACT_MSG3,
	ACT_MSG4,
	ACT_MSG5,
	ACT_MSG6,
	ACT_SEND_MSG3,
	ACT_SEND_MSG4,
	ACT_SEND_MSG5,
	ACT_CHECKED_MSG5,
	ACT_REFUSE_MSG5,
	ACT_SEND_MSG6,
	ACT_SIGNED_MSG5,
	ACT_CHECKED_MSG6,
	ACT_REFUSE_MSG6,
	ACT_SIGN_FAILED,
	ACT_AM2,
	ACT_AM3,
	ACT_SEND_AM1,
	ACT_SEND_AM2,
	ACT_SEND_AM3,
	ACT_SIGNED_AM2,
	ACT_CHECKED_AM3,
	ACT_CHECKED_AM2,
	ACT_REFUSE_AM2,
	ACT_SIGNED_AM3,
	ACT_AM2_AGAIN,
	ACT_DH_FAILED,
	ACT_QUICK,
	ACT_INFO,
	ACT_INFO_CLEAR,
	ACT_HINT,
	ACT_HINT_SECRET,
	ACT_RESEND,
	ACT_HALF_OPEN_END,
	ACT_EXPIRE,
	SA_ACTION_COUNT
};

enum quick_event {
	QEV_MSG,
	QEV_DH_OK,
	QEV_DH_BAD,
	QEV_ADDED,
	QEV_NOT_ADDED,
	QEV_CONNECTED, /* the Notify of an Informational exchange (RFC 2408 3.1) */
	QEV_TIMER,
	QUICK_EVENT_COUNT
};

enum quick_action {
	QACT_NONE,
	QACT_MSG1,
	QACT_MSG2,
	QACT_MSG3,
	QACT_MSG4,
	QACT_CONNECTED,
	QACT_R_DH,
	QACT_I_DH1,
	QACT_I_DH2,
	QACT_FAILED,
	QACT_R_ADDED,
	QACT_I_ADDED,
	QACT_NOT_ADDED,
	QACT_RESEND,
	QACT_END,
	QUICK_ACTION_COUNT
};

extern const struct fsm sa_fsm;
extern const struct fsm quick_fsm;

/* What a handler says: stay, go to the cell's next state, or the object is gone. */
enum step { STEP_STAY, STEP_NEXT, STEP_GONE };

/* Payloads that the message of an action must have, and those allowed only once; proof: and
 * the one that the authenticator wants. */
struct payload_row {
	uint16_t required, once;
	bool proof;
};
extern const struct payload_row sa_rows[SA_ACTION_COUNT];
extern const struct payload_row quick_rows[QUICK_ACTION_COUNT];
