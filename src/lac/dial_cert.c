/*
 * dial_cert: the certificate of `sekisho-lac dial --cert`: its files, read whole before anything
 * is dialled, and what of them is wrong, as a sentence. Called by dial.c. The private key stays
 * in this process, which signs for itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "dial.h"

#define FILE_MAX (256 * 1024)

static bool wrong(const char *what, const char *why)
{
	fprintf(stderr, "sekisho-lac: %s: %s\n", what, why);
	return false;
}

/* ---- files ---- */

/* All of an open file; the octets are the caller's to wipe and free. */
static bool read_all(int fd, uint8_t *buf, size_t *len)
{
	ssize_t n = 1;

	for (*len = 0; n > 0 && *len < FILE_MAX; *len += (size_t)(n > 0 ? n : 0)) {
		n = read(fd, buf + *len, FILE_MAX - *len);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return false;
		else if (n == 0)
			break;
	}
	return true;
}

struct file {
	uint8_t *buf;
	size_t len;
};

static void forget(struct file *f)
{
	if (f->buf)
		secret_zero(f->buf, FILE_MAX);
	free(f->buf);
	*f = (struct file){NULL, 0};
}

/* path NULL: nothing. */
static bool slurp(const char *path, struct file *f)
{
	bool ok;
	int fd;

	*f = (struct file){NULL, 0};
	if (!path)
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return wrong(path, strerror(errno));
	f->buf = malloc(FILE_MAX);
	ok = f->buf && read_all(fd, f->buf, &f->len);
	if (!ok)
		wrong(path, strerror(errno));
	close(fd);
	if (!ok)
		forget(f);
	return ok;
}

static struct bytes octets(const struct file *f)
{
	return (struct bytes){f->buf, f->len};
}

/* ---- what they say ---- */

int64_t dial_wall_s(void *ctx)
{
	(void)ctx;
	return (int64_t)time(NULL);
}

static void warn(const struct dial_cert *c, const char *path)
{
	unsigned bits = sign_key_bits(c->file.key);

	if (bits < SIGN_RSA_BITS_GOOD)
		fprintf(stderr,
			"sekisho-lac: %s: its RSA key has only %u bits; 2048 are the least that "
			"is safe now\n",
			path, bits);
	if (cert_chain_until_s(c->file.chain) < dial_wall_s(NULL))
		fprintf(stderr,
			"sekisho-lac: %s: the certificate has expired by this machine's "
			"clock: the server will refuse it\n",
			path);
}

/* The certificate with its key. */
static bool load_own(struct dial_options *o)
{
	struct dial_cert *c = &o->cert;
	const char *key_path = c->key_path ? c->key_path : c->path;
	struct file file, key;
	char why[CERT_WORDS] = "";
	bool ok;

	if (!slurp(c->path, &file))
		return false;
	if (!slurp(c->key_path, &key)) {
		forget(&file);
		return false;
	}
	ok = cert_file_load(octets(&file), octets(&key), secret_bytes(&c->password), &c->file, why,
			    sizeof(why));
	forget(&file);
	forget(&key);
	if (!ok || !c->file.key) {
		wrong(ok ? key_path : c->path, why);
		if (strstr(why, "password"))
			fputs("sekisho-lac: --cert-password-file FILE gives one\n", stderr);
		else if (ok && !c->key_path)
			fputs("sekisho-lac: --key FILE gives one\n", stderr);
		return false;
	}
	if (!c->file.chain)
		return wrong(c->path, "there is no certificate of this key in it");
	warn(c, c->path);
	return true;
}

/* Who may have certified the server. */
static bool load_trust(struct dial_options *o)
{
	struct dial_cert *c = &o->cert;
	struct file file;
	bool ok;

	if (!c->ca_path) {
		c->trust = c->file.trust ? cert_trust_hold(c->file.trust) : NULL;
		return c->trust ||
		       wrong(c->path, "there is no CA in it, so nothing says which servers to "
				      "trust: --ca FILE names the server's CA");
	}
	if (!slurp(c->ca_path, &file))
		return false;
	c->trust = cert_trust_new();
	ok = c->trust && cert_trust_add_file(c->trust, octets(&file)) > 0;
	forget(&file);
	return ok || wrong(c->ca_path, "there is no certificate in it (PEM or DER)");
}

bool dial_cert_load(struct dial_options *o)
{
	if (!o->cert.path)
		return true;
	if (load_own(o) && load_trust(o))
		return true;
	dial_cert_free(o);
	return false;
}

void dial_cert_free(struct dial_options *o)
{
	cert_trust_release(o->cert.trust);
	cert_file_free(&o->cert.file);
	secret_wipe(&o->cert.password);
	o->cert.trust = NULL;
}

void dial_cert_use(const struct dial_options *o, struct lac_config *cfg)
{
	const struct dial_cert *c = &o->cert;

	if (!c->path)
		return;
	cfg->pki = (struct ike_pki){
		.chains = (const struct cert_chain *const *)&c->file.chain,
		.n_chains = 1,
		.trust = c->trust,
		/* that it is the one that was meant is checked by peer_name */
		.id_check = IKE_ID_IF_THERE,
		.peer_name = c->server_id ? c->server_id : o->server,
	};
	if (c->server_id && strcmp(c->server_id, DIAL_ANY_SERVER) == 0)
		cfg->pki.peer_name = NULL;
	cfg->key = c->file.key;
	cfg->wall_s = dial_wall_s;
}
