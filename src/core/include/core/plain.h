/*
 * plain: text from outside made harmless for logs, terminals and JSON. What is
 * not valid UTF-8, and every control character, becomes a question mark.
 */
#pragma once

#include <jansson.h>

/* In place; the length stays. */
void plain_text(char *s);

/* A JSON string of it (newlines stay), never NULL but for want of memory; NULL gives "". */
json_t *plain_json(const char *s);
