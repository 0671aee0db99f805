/*
 * avp_catalogue: every AVP and every control message of RFC 2661 as rows
 * (sections 4.4 and 6; 3.2 for the message numbers).
 *
 * Called by message.c, which reads and writes AVPs only through these rows, and
 * by notes for names. Holds no state. An AVP that is not here is unknown: with M
 * it ends the call or the tunnel, without M it is passed over.
 */
#include "message.h"

#define FIELD(f) offsetof(struct l2tp_message, f)
#define SCC      (MSG_BIT(MSG_SCCRQ) | MSG_BIT(MSG_SCCRP))
#define CALL_RQ  (MSG_BIT(MSG_ICRQ) | MSG_BIT(MSG_OCRQ))
#define CALL_CN  (MSG_BIT(MSG_ICCN) | MSG_BIT(MSG_OCCN))
#define ANY      UINT32_MAX
#define M        true
#define NO_M     false
#define HIDE     true
#define PLAIN    false
#define LEN(n)   (n), (n)
#define FROM(n)  (n), AVP_VALUE_MAX

static const struct avp_row rows[AVP_TYPES] = {
	[AVP_MESSAGE_TYPE] = {"Message Type", AVP_KIND_TYPE, M, PLAIN, LEN(2), ANY, FIELD(type)},
	[AVP_RESULT_CODE] = {"Result Code", AVP_KIND_RESULT, M, PLAIN, FROM(2),
			     MSG_BIT(MSG_CDN) | MSG_BIT(MSG_STOPCCN), FIELD(result)},
	[AVP_PROTOCOL_VERSION] = {"Protocol Version", AVP_KIND_U16, M, PLAIN, LEN(2), SCC,
				  FIELD(protocol_version)},
	[AVP_FRAMING_CAPABILITIES] = {"Framing Capabilities", AVP_KIND_U32, M, HIDE, LEN(4), SCC,
				      FIELD(framing_capabilities)},
	[AVP_BEARER_CAPABILITIES] = {"Bearer Capabilities", AVP_KIND_U32, M, HIDE, LEN(4), SCC,
				     FIELD(bearer_capabilities)},
	[AVP_TIE_BREAKER] = {"Tie Breaker", AVP_KIND_BYTES, NO_M, PLAIN, LEN(8), MSG_BIT(MSG_SCCRQ),
			     FIELD(tie_breaker)},
	[AVP_FIRMWARE_REVISION] = {"Firmware Revision", AVP_KIND_U16, NO_M, HIDE, LEN(2), SCC,
				   FIELD(firmware_revision)},
	[AVP_HOST_NAME] = {"Host Name", AVP_KIND_BYTES, M, PLAIN, FROM(1), SCC, FIELD(host_name)},
	[AVP_VENDOR_NAME] = {"Vendor Name", AVP_KIND_BYTES, NO_M, HIDE, FROM(0), SCC,
			     FIELD(vendor_name)},
	[AVP_ASSIGNED_TUNNEL_ID] = {"Assigned Tunnel ID", AVP_KIND_U16, M, HIDE, LEN(2),
				    SCC | MSG_BIT(MSG_STOPCCN), FIELD(assigned_tunnel_id)},
	[AVP_RECEIVE_WINDOW_SIZE] = {"Receive Window Size", AVP_KIND_U16, M, PLAIN, LEN(2), SCC,
				     FIELD(receive_window_size)},
	[AVP_CHALLENGE] = {"Challenge", AVP_KIND_BYTES, M, HIDE, FROM(1), SCC, FIELD(challenge)},
	[AVP_Q931_CAUSE_CODE] = {"Q.931 Cause Code", AVP_KIND_BYTES, M, PLAIN, FROM(3),
				 MSG_BIT(MSG_CDN), FIELD(q931_cause_code)},
	[AVP_CHALLENGE_RESPONSE] = {"Challenge Response", AVP_KIND_BYTES, M, HIDE, LEN(16),
				    MSG_BIT(MSG_SCCCN) | MSG_BIT(MSG_SCCRP),
				    FIELD(challenge_response)},
	[AVP_ASSIGNED_SESSION_ID] = {"Assigned Session ID", AVP_KIND_U16, M, HIDE, LEN(2),
				     CALL_RQ | MSG_BIT(MSG_CDN) | MSG_BIT(MSG_ICRP) |
					     MSG_BIT(MSG_OCRP),
				     FIELD(assigned_session_id)},
	[AVP_CALL_SERIAL_NUMBER] = {"Call Serial Number", AVP_KIND_U32, M, HIDE, LEN(4), CALL_RQ,
				    FIELD(call_serial_number)},
	[AVP_MINIMUM_BPS] = {"Minimum BPS", AVP_KIND_U32, M, HIDE, LEN(4), MSG_BIT(MSG_OCRQ),
			     FIELD(minimum_bps)},
	[AVP_MAXIMUM_BPS] = {"Maximum BPS", AVP_KIND_U32, M, HIDE, LEN(4), MSG_BIT(MSG_OCRQ),
			     FIELD(maximum_bps)},
	[AVP_BEARER_TYPE] = {"Bearer Type", AVP_KIND_U32, M, HIDE, LEN(4), CALL_RQ,
			     FIELD(bearer_type)},
	[AVP_FRAMING_TYPE] = {"Framing Type", AVP_KIND_U32, M, HIDE, LEN(4),
			      CALL_CN | MSG_BIT(MSG_OCRQ), FIELD(framing_type)},
	[AVP_CALLED_NUMBER] = {"Called Number", AVP_KIND_BYTES, M, HIDE, FROM(0), CALL_RQ,
			       FIELD(called_number)},
	[AVP_CALLING_NUMBER] = {"Calling Number", AVP_KIND_BYTES, M, HIDE, FROM(0),
				MSG_BIT(MSG_ICRQ), FIELD(calling_number)},
	[AVP_SUB_ADDRESS] = {"Sub-Address", AVP_KIND_BYTES, M, HIDE, FROM(0), CALL_RQ,
			     FIELD(sub_address)},
	[AVP_TX_CONNECT_SPEED] = {"(Tx) Connect Speed", AVP_KIND_U32, M, HIDE, LEN(4), CALL_CN,
				  FIELD(tx_connect_speed)},
	[AVP_PHYSICAL_CHANNEL_ID] = {"Physical Channel ID", AVP_KIND_U32, NO_M, HIDE, LEN(4),
				     MSG_BIT(MSG_ICRQ) | MSG_BIT(MSG_OCRP),
				     FIELD(physical_channel_id)},
	[AVP_INITIAL_RECEIVED_CONFREQ] = {"Initial Received LCP CONFREQ", AVP_KIND_BYTES, NO_M,
					  HIDE, FROM(0), MSG_BIT(MSG_ICCN),
					  FIELD(initial_received_confreq)},
	[AVP_LAST_SENT_CONFREQ] = {"Last Sent LCP CONFREQ", AVP_KIND_BYTES, NO_M, HIDE, FROM(0),
				   MSG_BIT(MSG_ICCN), FIELD(last_sent_confreq)},
	[AVP_LAST_RECEIVED_CONFREQ] = {"Last Received LCP CONFREQ", AVP_KIND_BYTES, NO_M, HIDE,
				       FROM(0), MSG_BIT(MSG_ICCN), FIELD(last_received_confreq)},
	[AVP_PROXY_AUTHEN_TYPE] = {"Proxy Authen Type", AVP_KIND_U16, NO_M, HIDE, LEN(2),
				   MSG_BIT(MSG_ICCN), FIELD(proxy_authen_type)},
	[AVP_PROXY_AUTHEN_NAME] = {"Proxy Authen Name", AVP_KIND_BYTES, NO_M, HIDE, FROM(0),
				   MSG_BIT(MSG_ICCN), FIELD(proxy_authen_name)},
	[AVP_PROXY_AUTHEN_CHALLENGE] = {"Proxy Authen Challenge", AVP_KIND_BYTES, NO_M, HIDE,
					FROM(0), MSG_BIT(MSG_ICCN), FIELD(proxy_authen_challenge)},
	[AVP_PROXY_AUTHEN_ID] = {"Proxy Authen ID", AVP_KIND_ID8, NO_M, HIDE, LEN(2),
				 MSG_BIT(MSG_ICCN), FIELD(proxy_authen_id)},
	[AVP_PROXY_AUTHEN_RESPONSE] = {"Proxy Authen Response", AVP_KIND_BYTES, NO_M, HIDE, FROM(0),
				       MSG_BIT(MSG_ICCN), FIELD(proxy_authen_response)},
	[AVP_CALL_ERRORS] = {"Call Errors", AVP_KIND_BYTES, M, HIDE, LEN(26), MSG_BIT(MSG_WEN),
			     FIELD(call_errors)},
	[AVP_ACCM] = {"ACCM", AVP_KIND_BYTES, M, HIDE, LEN(10), MSG_BIT(MSG_SLI), FIELD(accm)},
	[AVP_RANDOM_VECTOR] = {"Random Vector", AVP_KIND_VECTOR, M, PLAIN, FROM(1), ANY, 0},
	[AVP_PRIVATE_GROUP_ID] = {"Private Group ID", AVP_KIND_BYTES, NO_M, HIDE, FROM(0),
				  MSG_BIT(MSG_ICCN), FIELD(private_group_id)},
	[AVP_RX_CONNECT_SPEED] = {"Rx Connect Speed", AVP_KIND_U32, NO_M, HIDE, LEN(4), CALL_CN,
				  FIELD(rx_connect_speed)},
	[AVP_SEQUENCING_REQUIRED] = {"Sequencing Required", AVP_KIND_FLAG, M, PLAIN, LEN(0),
				     CALL_CN | MSG_BIT(MSG_ICRP), 0},
};

struct message_row {
	const char *name;
	bool session;
	uint64_t required; /* besides Message Type */
};

/* StopCCN and CDN end something: what the header or the path already says is not
 * asked for again (clients.md 2.1, 2.2: their AVPs are the least reliable). */
static const struct message_row messages[MSG_TYPES] = {
	[MSG_SCCRQ] = {"SCCRQ", false,
		       AVP_BIT(AVP_PROTOCOL_VERSION) | AVP_BIT(AVP_HOST_NAME) |
			       AVP_BIT(AVP_FRAMING_CAPABILITIES) | AVP_BIT(AVP_ASSIGNED_TUNNEL_ID)},
	[MSG_SCCRP] = {"SCCRP", false,
		       AVP_BIT(AVP_PROTOCOL_VERSION) | AVP_BIT(AVP_HOST_NAME) |
			       AVP_BIT(AVP_FRAMING_CAPABILITIES) | AVP_BIT(AVP_ASSIGNED_TUNNEL_ID)},
	[MSG_SCCCN] = {"SCCCN", false, 0},
	[MSG_STOPCCN] = {"StopCCN", false, 0},
	[MSG_HELLO] = {"HELLO", false, 0},
	[MSG_OCRQ] = {"OCRQ", true,
		      AVP_BIT(AVP_ASSIGNED_SESSION_ID) | AVP_BIT(AVP_CALL_SERIAL_NUMBER) |
			      AVP_BIT(AVP_MINIMUM_BPS) | AVP_BIT(AVP_MAXIMUM_BPS) |
			      AVP_BIT(AVP_BEARER_TYPE) | AVP_BIT(AVP_FRAMING_TYPE) |
			      AVP_BIT(AVP_CALLED_NUMBER)},
	[MSG_OCRP] = {"OCRP", true, AVP_BIT(AVP_ASSIGNED_SESSION_ID)},
	[MSG_OCCN] = {"OCCN", true, AVP_BIT(AVP_TX_CONNECT_SPEED) | AVP_BIT(AVP_FRAMING_TYPE)},
	[MSG_ICRQ] = {"ICRQ", true,
		      AVP_BIT(AVP_ASSIGNED_SESSION_ID) | AVP_BIT(AVP_CALL_SERIAL_NUMBER)},
	[MSG_ICRP] = {"ICRP", true, AVP_BIT(AVP_ASSIGNED_SESSION_ID)},
	[MSG_ICCN] = {"ICCN", true, AVP_BIT(AVP_TX_CONNECT_SPEED) | AVP_BIT(AVP_FRAMING_TYPE)},
	[MSG_CDN] = {"CDN", true, 0},
	[MSG_WEN] = {"WEN", true, AVP_BIT(AVP_CALL_ERRORS)},
	[MSG_SLI] = {"SLI", true, AVP_BIT(AVP_ACCM)},
};

const struct avp_row *avp_row(unsigned type)
{
	return type < AVP_TYPES && rows[type].name ? &rows[type] : NULL;
}

const char *message_name(unsigned type)
{
	return type < MSG_TYPES ? messages[type].name : NULL;
}

uint64_t message_required(unsigned type)
{
	return type < MSG_TYPES ? messages[type].required : 0;
}

bool message_is_session(unsigned type)
{
	return type < MSG_TYPES && messages[type].session;
}
