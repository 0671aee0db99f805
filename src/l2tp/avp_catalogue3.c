/*
 * avp_catalogue3: every AVP and every control message of RFC 3931 as rows (sections
 * 5.4 and 6), with the numbers under which Cisco's routers send the same (vendor 9,
 * from the drafts before the RFC), and RFC 4667's Interface MTU.
 *
 * Called by message3.c, which reads and writes AVPs only through these rows.
 * What is required is less than section 6 says: routers leave out what does not
 * matter to them (clients.md 2.7), and nothing depends on it.
 */
#include "message3.h"

#define FIELD(f) offsetof(struct l2tp3_message, f)
#define M        true
#define NO_M     false
#define HIDE     true
#define PLAIN    false
#define MIRROR   true
#define ALONE    false
#define LEN(n)   (n), (n)
#define FROM(n)  (n), AVP_VALUE_MAX

static const struct avp3_row rows[AVP3_COUNT] = {
	[AVP3_MESSAGE_TYPE] = {"Message Type", 0, CISCO_NONE, ALONE, AVP_KIND_TYPE, M, PLAIN,
			       LEN(2), FIELD(type)},
	[AVP3_MESSAGE_DIGEST] = {"Message Digest", 59, CISCO_NONE, ALONE, AVP_KIND_BYTES, M, PLAIN,
				 17, 21, FIELD(message_digest)},
	[AVP3_RANDOM_VECTOR] = {"Random Vector", 36, CISCO_NONE, ALONE, AVP_KIND_VECTOR, M, PLAIN,
				FROM(1), 0},
	[AVP3_RESULT_CODE] = {"Result Code", 1, CISCO_NONE, ALONE, AVP_KIND_RESULT, M, PLAIN,
			      FROM(2), FIELD(result)},
	[AVP3_NONCE] = {"Control Message Authentication Nonce", 73, CISCO_NONE, ALONE,
			AVP_KIND_BYTES, M, PLAIN, 1, PEER_NONCE_MAX, FIELD(nonce)},
	[AVP3_HOST_NAME] = {"Host Name", 7, CISCO_NONE, ALONE, AVP_KIND_BYTES, M, PLAIN, FROM(1),
			    FIELD(host_name)},
	[AVP3_VENDOR_NAME] = {"Vendor Name", 8, CISCO_NONE, ALONE, AVP_KIND_BYTES, NO_M, HIDE,
			      FROM(0), FIELD(vendor_name)},
	[AVP3_ROUTER_ID] = {"Router ID", 60, CISCO_NONE, ALONE, AVP_KIND_U32, M, PLAIN, LEN(4),
			    FIELD(router_id)},
	[AVP3_CONNECTION_ID] = {"Assigned Control Connection ID", 61, 1, MIRROR, AVP_KIND_U32, M,
				HIDE, LEN(4), FIELD(connection_id)},
	[AVP3_PW_CAPABILITIES] = {"Pseudowire Capabilities List", 62, 2, MIRROR, AVP_KIND_BYTES, M,
				  HIDE, FROM(2), FIELD(pw_capabilities)},
	[AVP3_RECEIVE_WINDOW_SIZE] = {"Receive Window Size", 10, CISCO_NONE, ALONE, AVP_KIND_U16, M,
				      PLAIN, LEN(2), FIELD(receive_window_size)},
	[AVP3_TIE_BREAKER] = {"Tie Breaker", 5, 9, ALONE, AVP_KIND_BYTES, M, PLAIN, LEN(8),
			      FIELD(tie_breaker)},
	[AVP3_LOCAL_SESSION_ID] = {"Local Session ID", 63, 3, MIRROR, AVP_KIND_U32, M, HIDE, LEN(4),
				   FIELD(local_session_id)},
	[AVP3_REMOTE_SESSION_ID] = {"Remote Session ID", 64, 4, MIRROR, AVP_KIND_U32, M, HIDE,
				    LEN(4), FIELD(remote_session_id)},
	[AVP3_SERIAL_NUMBER] = {"Serial Number", 15, CISCO_NONE, ALONE, AVP_KIND_U32, NO_M, HIDE,
				LEN(4), FIELD(serial_number)},
	[AVP3_PW_TYPE] = {"Pseudowire Type", 68, 7, MIRROR, AVP_KIND_U16, M, HIDE, LEN(2),
			  FIELD(pw_type)},
	[AVP3_REMOTE_END_ID] = {"Remote End ID", 66, 6, ALONE, AVP_KIND_BYTES, M, HIDE, FROM(0),
				FIELD(remote_end_id)},
	[AVP3_COOKIE] = {"Assigned Cookie", 65, 5, ALONE, AVP_KIND_BYTES, M, HIDE, 0,
			 L2TP3_COOKIE_MAX, FIELD(cookie)},
	[AVP3_SUBLAYER] = {"L2-Specific Sublayer", 69, CISCO_NONE, ALONE, AVP_KIND_U16, M, HIDE,
			   LEN(2), FIELD(sublayer)},
	[AVP3_DATA_SEQUENCING] = {"Data Sequencing", 70, CISCO_NONE, ALONE, AVP_KIND_U16, M, HIDE,
				  LEN(2), FIELD(sequencing)},
	[AVP3_CIRCUIT_STATUS] = {"Circuit Status", 71, 8, ALONE, AVP_KIND_U16, M, HIDE, LEN(2),
				 FIELD(circuit_status)},
	[AVP3_CIRCUIT_ERRORS] = {"Circuit Errors", 34, CISCO_NONE, ALONE, AVP_KIND_BYTES, NO_M,
				 HIDE, FROM(0), FIELD(circuit_errors)},
	[AVP3_TX_CONNECT_SPEED] = {"Tx Connect Speed", 74, CISCO_NONE, ALONE, AVP_KIND_BYTES, NO_M,
				   HIDE, LEN(8), FIELD(tx_connect_speed)},
	[AVP3_RX_CONNECT_SPEED] = {"Rx Connect Speed", 75, CISCO_NONE, ALONE, AVP_KIND_BYTES, NO_M,
				   HIDE, LEN(8), FIELD(rx_connect_speed)},
	[AVP3_PHYSICAL_CHANNEL_ID] = {"Physical Channel ID", 25, CISCO_NONE, ALONE, AVP_KIND_U32,
				      NO_M, HIDE, LEN(4), FIELD(physical_channel_id)},
	[AVP3_PREFERRED_LANGUAGE] = {"Preferred Language", 72, CISCO_NONE, ALONE, AVP_KIND_BYTES,
				     NO_M, HIDE, FROM(0), FIELD(preferred_language)},
	[AVP3_EXTENDED_VENDOR_ID] = {"Extended Vendor ID", 58, CISCO_NONE, ALONE, AVP_KIND_FLAG,
				     NO_M, HIDE, FROM(6), 0},
	[AVP3_INTERFACE_MTU] = {"Interface Maximum Transmission Unit", 91, CISCO_NONE, ALONE,
				AVP_KIND_U16, NO_M, HIDE, LEN(2), FIELD(interface_mtu)},
};

struct message3_row {
	const char *name;
	bool session;
	uint32_t required; /* besides Message Type */
};

#define START AVP3_BIT(AVP3_HOST_NAME) | AVP3_BIT(AVP3_CONNECTION_ID)
#define REPLY AVP3_BIT(AVP3_LOCAL_SESSION_ID) | AVP3_BIT(AVP3_REMOTE_SESSION_ID)

/* StopCCN and CDN end something, whatever they lack. */
static const struct message3_row messages[MSG_ACK + 1] = {
	[MSG_SCCRQ] = {"SCCRQ", false, START},
	[MSG_SCCRP] = {"SCCRP", false, START},
	[MSG_SCCCN] = {"SCCCN", false, 0},
	[MSG_STOPCCN] = {"StopCCN", false, 0},
	[MSG_HELLO] = {"HELLO", false, 0},
	[MSG_OCRQ] = {"OCRQ", true, AVP3_BIT(AVP3_LOCAL_SESSION_ID)},
	[MSG_OCRP] = {"OCRP", true, REPLY},
	[MSG_OCCN] = {"OCCN", true, AVP3_BIT(AVP3_REMOTE_SESSION_ID)},
	[MSG_ICRQ] = {"ICRQ", true, AVP3_BIT(AVP3_LOCAL_SESSION_ID)},
	[MSG_ICRP] = {"ICRP", true, REPLY},
	[MSG_ICCN] = {"ICCN", true, AVP3_BIT(AVP3_REMOTE_SESSION_ID)},
	[MSG_CDN] = {"CDN", true, 0},
	[MSG_WEN] = {"WEN", true, 0},
	[MSG_SLI] = {"SLI", true, 0},
	[MSG_ACK] = {"ACK", false, 0},
};

const struct avp3_row *avp3_row(enum avp3 avp)
{
	return &rows[avp];
}

enum avp3 avp3_find(uint16_t vendor, uint16_t type)
{
	for (unsigned i = 0; i < AVP3_COUNT; i++) {
		if (vendor == 0 ? rows[i].type == type
				: vendor == CISCO && rows[i].cisco == (int)type)
			return (enum avp3)i;
	}
	return AVP3_COUNT;
}

/* Cisco's that have no standard counterpart here: 0 ACK, 10 draft version, 12 digest and
 * 13 nonce in the form of the drafts, 14 MTU. */
bool avp3_passed_over(uint16_t vendor, uint16_t type)
{
	if (vendor == CISCO)
		return type == 0 || (type >= CISCO_DRAFT_VERSION && type <= 14);
	return vendor == 0 && type < AVP_TYPES && avp_row(type);
}

const char *message3_name(unsigned type)
{
	return type <= MSG_ACK ? messages[type].name : NULL;
}

uint32_t message3_required(unsigned type)
{
	return type <= MSG_ACK ? messages[type].required : 0;
}

bool message3_is_session(unsigned type)
{
	return type <= MSG_ACK && messages[type].session;
}
