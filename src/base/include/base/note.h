/*
 * note: one sentence of a connection attempt's story (DESIGN.md section 4).
 *
 * Protocol rooms return notes as actions; core files them in the attempt's
 * story and logs them. reason is a stable kebab-case name that `explain` maps
 * to advice and scripts may match; it is always a string constant.
 */
#pragma once

enum note_kind {
	NOTE_INFO,    /* what was seen: "offers AES-256 SHA-1 MODP 2048" */
	NOTE_CHOICE,  /* what we chose */
	NOTE_RETRY,   /* a retransmission or a second try */
	NOTE_REFUSED, /* we refused: the likely cause of a failed attempt */
	NOTE_END,     /* the attempt or session ended, and why */
};

#define NOTE_TEXT 200

struct note {
	enum note_kind kind;
	const char *reason;
	char text[NOTE_TEXT];
};
