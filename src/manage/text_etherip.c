/*
 * text_etherip: the routers that come by EtherIP, for people. Called by command.
 */
#include <stdio.h>
#include <time.h>

#include "text.h"

static const char *str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "-";
}

static long long num(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void one(FILE *f, const json_t *p)
{
	time_t since = (time_t)num(p, "since");
	char text[32] = "-";
	struct tm t;

	if (since && localtime_r(&since, &t))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &t);
	fprintf(f, "%-8s: %lld, %s\n", "Index", num(p, "index"), str(p, "state"));
	fprintf(f, "  %-10s: %s\n", "Protocol", str(p, "protocol"));
	fprintf(f, "  %-10s: %s\n", "ID", str(p, "id"));
	fprintf(f, "  %-10s: %s, user %s\n", "Hub", str(p, "hub"), str(p, "user"));
	fprintf(f, "  %-10s: %s\n", "Public", str(p, "public"));
	fprintf(f, "  %-10s: %s\n", "Since", text);
	fprintf(f, "  %-10s: %lld frames, %lld octets\n", "In", num(p, "frames_in"),
		num(p, "octets_in"));
	fprintf(f, "  %-10s: %lld frames, %lld octets\n", "Out", num(p, "frames_out"),
		num(p, "octets_out"));
}

char *text_etherip(const json_t *ports)
{
	char *text = NULL;
	const json_t *p;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	json_array_foreach(ports, i, p) one(f, p);
	if (json_array_size(ports) == 0)
		fprintf(f, "There are no EtherIP ports\n");
	fclose(f);
	return text;
}
