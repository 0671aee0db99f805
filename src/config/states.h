/*
 * states: the rows of a table that a line may still be, and where in each of them
 * (match.c makes them; hint.c asks what may follow).
 */
#pragma once

#include "walk.h"

#define STATES_MAX   (2 * GRAMMAR_ROWS_MAX)
#define NOT_CAPTURED UINT8_MAX

struct state {
	const struct grammar_row *row;
	struct place place;
	uint8_t path[GRAMMAR_WORDS_MAX];   /* capture of each word, or NOT_CAPTURED */
	uint16_t token[GRAMMAR_WORDS_MAX]; /* offset in the grammar of each word's token */
};

struct states {
	unsigned n;
	struct state s[STATES_MAX];
};

void states_start(struct states *s, const struct grammar_row *rows, size_t n);

/* The states after word w, which is number depth from 0, into *to. */
bool states_step(const struct states *s, struct states *to, unsigned depth,
		 const struct grammar_word *w, struct grammar_error *err);
