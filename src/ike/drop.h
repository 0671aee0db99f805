/*
 * Every reason for which a message is thrown away: one list gives the enum, the
 * name and the counter. A parser returns one of these, DROP_NONE meaning "take it".
 */
#pragma once

#define IKE_DROPS(X)                                                                               \
	X(DROP_NONE, "none")                                                                       \
	X(DROP_SHORT, "header-short")                                                              \
	X(DROP_LONG, "message-too-long")                                                           \
	X(DROP_LENGTH, "header-length")                                                            \
	X(DROP_VERSION, "version")                                                                 \
	X(DROP_EXCHANGE, "exchange-type")                                                          \
	X(DROP_FLAGS, "flags")                                                                     \
	X(DROP_COOKIE_ZERO, "cookie-zero")                                                         \
	X(DROP_COOKIE_UNKNOWN, "cookie-unknown")                                                   \
	X(DROP_MESSAGE_ID, "message-id")                                                           \
	X(DROP_PAYLOAD_LENGTH, "payload-length")                                                   \
	X(DROP_PAYLOAD_RESERVED, "payload-reserved")                                               \
	X(DROP_PAYLOAD_TYPE, "payload-type")                                                       \
	X(DROP_PAYLOAD_COUNT, "payload-count")                                                     \
	X(DROP_PAYLOAD_MISSING, "payload-missing")                                                 \
	X(DROP_PAYLOAD_ORDER, "payload-order")                                                     \
	X(DROP_PAYLOAD_BODY, "payload-body")                                                       \
	X(DROP_SA_BODY, "sa-malformed")                                                            \
	X(DROP_SA_COUNT, "sa-too-many-transforms")                                                 \
	X(DROP_SA_SIZE, "sa-too-large")                                                            \
	X(DROP_CIPHERTEXT, "ciphertext-length")                                                    \
	X(DROP_NOT_ENCRYPTED, "not-encrypted")                                                     \
	X(DROP_NO_KEYS, "encrypted-without-keys")                                                  \
	X(DROP_DECRYPT, "decrypts-to-garbage")                                                     \
	X(DROP_HASH, "hash-wrong")                                                                 \
	X(DROP_STATE, "not-expected-in-this-state")                                                \
	X(DROP_BUSY, "sum-in-progress")                                                            \
	X(DROP_DUPLICATE, "duplicate-not-answered")                                                \
	X(DROP_REPLAY, "message-id-seen")                                                          \
	X(DROP_ADDRESS, "other-address")                                                           \
	X(DROP_HALF_OPEN, "half-open-table-full")                                                  \
	X(DROP_SOURCE, "half-open-per-source")                                                     \
	X(DROP_EVICTED, "half-open-evicted")                                                       \
	X(DROP_DH_BUDGET, "dh-budget")                                                             \
	X(DROP_DH_SOURCE, "dh-budget-per-net")                                                     \
	X(DROP_SA_TABLE, "sa-table-full")                                                          \
	X(DROP_PROPOSAL, "no-proposal-chosen")                                                     \
	X(DROP_PSK, "no-psk")                                                                      \
	X(DROP_AUTH, "authentication-failed")                                                      \
	X(DROP_CERT, "certificate-refused")                                                        \
	X(DROP_KE, "key-exchange-invalid")                                                         \
	X(DROP_ID, "invalid-id")                                                                   \
	X(DROP_QUICK_OPEN, "quick-mode-too-many")                                                  \
	X(DROP_CHILDREN, "children-too-many")                                                      \
	X(DROP_SPI, "no-spi")                                                                      \
	X(DROP_NOTIFY_CLEAR, "informational-not-encrypted")                                        \
	X(DROP_NOTIFY_LIMIT, "notify-rate")                                                        \
	X(DROP_NAT_OA, "nat-oa-malformed")                                                         \
	X(DROP_DPD, "dpd-rate-or-sequence")                                                        \
	X(DROP_FRAGMENT, "fragment-malformed")                                                     \
	X(DROP_FRAGMENT_CONFLICT, "fragment-inconsistent")                                         \
	X(DROP_FRAGMENT_SIZE, "fragments-too-large")                                               \
	X(DROP_FRAGMENT_FULL, "fragment-table-full")                                               \
	X(DROP_FRAGMENT_TIME, "fragments-incomplete")                                              \
	X(DROP_FRAGMENT_OFF, "fragment-not-enabled")                                               \
	X(DROP_AM_OFF, "aggressive-mode-off")                                                      \
	X(DROP_AM_RATE, "aggressive-mode-rate")                                                    \
	X(DROP_AM_LONG, "aggressive-mode-answer-longer")                                           \
	X(DROP_MEMORY, "memory")                                                                   \
	X(DROP_CRYPTO, "crypto-failure")                                                           \
	X(DROP_OUTBOX, "outbox-full")

enum ike_drop {
#define DROP_ENUM(name, text) name,
	IKE_DROPS(DROP_ENUM)
#undef DROP_ENUM
		IKE_DROP_COUNT
};
