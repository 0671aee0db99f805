/*
 * advice: from the reason of a refusal or an end to a sentence that a person can
 * act on, with what the client system shows for it.
 */
#pragma once

struct advice {
	const char *reason; /* as in notes */
	const char *cause;
	const char *fix;
	const char *windows; /* the number Windows shows, or NULL */
};

/* The row of reason, or NULL when the reason is not a failure. */
const struct advice *advice_for(const char *reason);
