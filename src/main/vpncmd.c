/*
 * vpncmd: SoftEther's command line for this server.
 *
 *   vpncmd [HOST[:PORT]] /SERVER [/HUB:NAME|/ADMINHUB:NAME] [/PASSWORD:TEXT] [/IN:FILE]
 *          [/OUT:FILE] [/CMD COMMAND...] [/CSV] [/PROGRAMMING] [--run DIR]
 *
 * The exit code is the error number of the last command (softether.md 3.1). The server is the one
 * of this machine, by its control socket.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "control_client.h"
#include "paths.h"
#include "vpncmd/vpncmd.h"

struct program {
	const char *run, *hub, *password, *in_path, *out_path;
	bool server, hub_admin, csv, programming;
	char *command; /* of /CMD; NULL: the shell */
	FILE *in, *out;
	bool echo; /* lines come from a file: they are shown as if typed */
};

static void usage(FILE *to)
{
	fprintf(to, "usage: vpncmd [HOST] /SERVER [/HUB:NAME|/ADMINHUB:NAME] [/PASSWORD:TEXT]\n"
		    "              [/IN:FILE] [/OUT:FILE] [/CMD COMMAND...] [/CSV] [/PROGRAMMING] "
		    "[--run DIR]\n"
		    "  vpncmd /SERVER                     the shell; HELP lists its commands\n"
		    "  vpncmd /SERVER /CMD IPsecGet       one command\n"
		    "  vpncmd /SERVER /ADMINHUB:DEFAULT   the shell, with a virtual hub chosen\n");
}

/* ---- arguments ---- */

/* The words behind /CMD as one line; those that need it in quotation marks. */
static char *join(int n, char **words)
{
	char *line = NULL;
	size_t len;
	FILE *f = open_memstream(&line, &len);

	if (!f)
		return NULL;
	for (int i = 0; i < n; i++) {
		bool quote = !*words[i] || strpbrk(words[i], " \t\"");

		fputs(i ? " " : "", f);
		if (quote && (*words[i] == '/' || *words[i] == '-') && strpbrk(words[i], ":=")) {
			size_t name = strcspn(words[i], ":=") + 1; /* /NAME:"a value" */

			fprintf(f, "%.*s", (int)name, words[i]);
			words[i] += name;
		}
		fputs(quote ? "\"" : "", f);
		for (const char *p = words[i]; *p; p++)
			fprintf(f, *p == '"' && quote ? "\"\"" : "%c", *p);
		fputs(quote ? "\"" : "", f);
	}
	fclose(f);
	return line;
}

/* The text behind /NAME: or /NAME=, or NULL when word is no such option. */
static const char *option(const char *word, const char *name)
{
	size_t len = strlen(name);

	if ((*word != '/' && *word != '-') || strncasecmp(word + 1, name, len) != 0)
		return NULL;
	word += 1 + len;
	if (!*word)
		return word;
	return *word == ':' || *word == '=' ? word + 1 : NULL;
}

static bool take_option(struct program *p, const char *word)
{
	const char *text;

	if (option(word, "SERVER"))
		p->server = true;
	else if (option(word, "CSV"))
		p->csv = true;
	else if (option(word, "PROGRAMMING"))
		p->programming = true;
	else if ((text = option(word, "ADMINHUB")))
		p->hub = text;
	else if ((text = option(word, "PASSWORD")))
		p->password = text;
	else if ((text = option(word, "IN")))
		p->in_path = text;
	else if ((text = option(word, "OUT")))
		p->out_path = text;
	else if ((text = option(word, "HUB"))) {
		p->hub = text;
		p->hub_admin = true;
	} else {
		return false;
	}
	return true;
}

/* The server of this machine is the only one that there is a way to. */
static bool is_here(const char *host)
{
	size_t len = strcspn(host, ":");

	return strncasecmp(host, "localhost", len) == 0 || strncmp(host, "127.0.0.1", len) == 0;
}

static bool parse(int argc, char **argv, struct program *p)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--run") == 0 && i + 1 < argc) {
			p->run = argv[++i];
		} else if (option(argv[i], "CMD")) {
			p->command = join(argc - i - 1, argv + i + 1);
			return p->command != NULL;
		} else if (option(argv[i], "CLIENT") || option(argv[i], "TOOLS")) {
			fprintf(stderr,
				"vpncmd: only /SERVER is there: this is not SoftEther's client\n");
			return false;
		} else if (take_option(p, argv[i])) {
			continue;
		} else if (*argv[i] == '/' || *argv[i] == '-') {
			fprintf(stderr, "vpncmd: there is no option \"%s\"\n", argv[i]);
			return false;
		} else if (!is_here(argv[i])) {
			fprintf(stderr,
				"vpncmd: \"%s\": only the server of this machine can be managed, "
				"as "
				"localhost\n",
				argv[i]);
			return false;
		}
	}
	return true;
}

/* ---- lines ---- */

static char *read_line(struct program *p)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n = getline(&line, &room, p->in);

	if (n < 0) {
		free(line);
		return NULL;
	}
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		line[--n] = '\0';
	return line;
}

static char *read_hidden(struct program *p)
{
	struct termios was, quiet;
	bool terminal = tcgetattr(fileno(p->in), &was) == 0;
	char *line;

	if (terminal) {
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(fileno(p->in), TCSAFLUSH, &quiet);
	}
	line = read_line(p);
	if (terminal) {
		tcsetattr(fileno(p->in), TCSAFLUSH, &was);
		fputc('\n', p->out);
	}
	return line;
}

static char *ask_line(void *ctx, const char *prompt, bool hidden)
{
	struct program *p = ctx;
	char *line;

	if (!p->csv)
		fputs(prompt, p->out);
	fflush(p->out);
	line = hidden ? read_hidden(p) : read_line(p);
	if (p->echo && !p->csv)
		fprintf(p->out, "%s\n", line && !hidden ? line : "");
	return line;
}

static json_t *call_server(void *ctx, const char *method, json_t *params)
{
	struct program *p = ctx;
	json_t *request =
		json_pack("{s:s, s:o, s:s, s:s}", "method", method, "params", params, "hub",
			  p->hub_admin ? p->hub : "", "password", p->password ? p->password : "");

	return request ? control_ask("vpncmd", p->run, request) : NULL;
}

/* ---- main ---- */

static FILE *open_or(const char *path, const char *mode, FILE *otherwise)
{
	FILE *f = path ? fopen(path, mode) : otherwise;

	if (!f)
		fprintf(stderr, "vpncmd: the file \"%s\" cannot be opened\n", path);
	return f;
}

static unsigned run(struct program *p)
{
	struct vpncmd_io io = {.ctx = p, .out = p->out, .read = ask_line, .call = call_server};
	struct vpncmd_options o = {.server = "localhost",
				   .hub = p->hub,
				   .hub_admin = p->hub_admin,
				   .csv = p->csv,
				   .programming = p->programming};
	struct vpncmd *v = vpncmd_new(&io, &o);
	unsigned error;

	if (!v)
		return VPNCMD_DISCONNECTED;
	if (!vpncmd_begin(v) && (p->hub_admin || p->command)) {
		vpncmd_free(v);
		return VPNCMD_HUB_NOT_FOUND;
	}
	error = p->command ? vpncmd_line(v, p->command) : vpncmd_shell(v);
	vpncmd_free(v);
	return error;
}

int main(int argc, char **argv)
{
	struct program p = {.run = DEFAULT_RUN_DIR, .hub = ""};
	unsigned error;

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "/?") == 0)) {
		usage(stdout);
		return 0;
	}
	if (!parse(argc, argv, &p) || !p.server) {
		usage(stderr);
		free(p.command);
		return VPNCMD_INVALID_PARAMETER;
	}
	p.in = open_or(p.in_path, "re", stdin);
	p.out = open_or(p.out_path, "we", stdout);
	p.echo = p.in_path || !isatty(fileno(stdin));
	error = p.in && p.out ? run(&p) : VPNCMD_INVALID_PARAMETER;
	if (p.out && fflush(p.out) != 0)
		error = VPNCMD_INVALID_PARAMETER;
	free(p.command);
	return (int)(error & 0xff);
}
