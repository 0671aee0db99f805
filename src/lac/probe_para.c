/*
 * probe_para: prints lines word by word and wraps them. Called by the reports of the command
 * probe.
 */
#include "probe_para.h"

#include <stdio.h>
#include <string.h>

#include "probe.h"

#define COLUMNS 100
#define LABEL   18 /* width of the left column, its blanks included */

struct para para_begin(const char *label)
{
	printf("  %-*s", LABEL - 2, label);
	return (struct para){.at = LABEL, .indent = LABEL};
}

void para_put(struct para *p, const char *words, const char *separator)
{
	const char *before = p->separator ? p->separator : "";
	size_t gap = strlen(before), len = strlen(words);

	if (p->at + gap + len + 1 > COLUMNS && p->at > p->indent && gap) {
		printf("%.*s\n%*s", (int)(before[gap - 1] == ' ' ? gap - 1 : gap), before,
		       (int)p->indent, "");
		p->at = p->indent;
	} else {
		p->at += (size_t)printf("%s", before);
	}
	p->at += (size_t)printf("%s", words);
	p->separator = separator;
}

void para_end(void)
{
	putchar('\n');
}

void para_text(struct para *p, const char *text, const char *separator)
{
	char copy[PROBE_WORDS + NOTE_TEXT], *save = NULL, *w, *next;

	snprintf(copy, sizeof(copy), "%s", text);
	for (w = strtok_r(copy, " ", &save); w; w = next) {
		next = strtok_r(NULL, " ", &save);
		para_put(p, w, next ? " " : separator);
	}
}

void para_line(const char *label, const char *text)
{
	struct para p = para_begin(label);

	para_text(&p, text, NULL);
	para_end();
}
