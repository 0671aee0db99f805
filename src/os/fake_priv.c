/*
 * The fake of the monitor's verbs: hands out fake descriptors, records each
 * call, and fails when the test asks for it. Checks nothing: the real checks are
 * in priv_check.c and have their own tests.
 */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "priv_link.h"

/* False when the test asked for this call's failure. */
static bool may(struct fake *f, enum fake_verb verb, struct priv_result *out)
{
	char *fail = f->fail[verb];

	*out = (struct priv_result){.ok = fail == NULL};
	if (fail) {
		snprintf(out->error, sizeof(out->error), "%s", fail);
		free(fail);
		f->fail[verb] = NULL;
	}
	return out->ok;
}

static void record(struct fake *f, const struct fake_call *call, bool ok)
{
	if (f->n_calls < FAKE_CALLS_MAX) {
		f->calls[f->n_calls] = *call;
		f->calls[f->n_calls++].ok = ok;
	}
}

/* Records a call; false when the test asked for its failure. */
static bool begin(struct fake *f, const struct fake_call *call, struct priv_result *out)
{
	may(f, call->verb, out);
	record(f, call, out->ok);
	return out->ok;
}

/* n descriptors of one kind into out; all or none. */
static void open_many(struct fake *f, enum fake_kind kind, unsigned n, struct priv_result *out)
{
	for (out->n_fds = 0; out->n_fds < n && n <= PRIV_FDS_MAX; out->n_fds++) {
		int fd = fake_fd_new(f, kind);

		if (fd < 0)
			break;
		out->fds[out->n_fds] = fd;
	}
	if (out->n_fds == n)
		return;
	while (out->n_fds)
		fake_fd_close(f, out->fds[--out->n_fds]);
	out->ok = false;
	snprintf(out->error, sizeof(out->error), "too many descriptors");
}

static void make_group(struct fake *f, const struct priv_result *r, const struct fake_fd *model)
{
	f->groups++;
	for (unsigned i = 0; i < r->n_fds; i++) {
		struct fake_fd *d = &f->fds[r->fds[i] - FAKE_FD];

		d->local = model->local;
		d->steer = model->steer;
		d->group = f->groups;
		d->group_n = r->n_fds;
		d->index = i;
		d->gro = d->kind == FAKE_UDP;
	}
}

static void open_udp(void *ctx, const struct priv_udp *req, struct priv_result *out)
{
	struct fake *f = ctx;
	struct fake_fd model = {.local = {req->addr, req->port}, .steer = req->steer_by_spi};

	pthread_mutex_lock(&f->lock);
	if (begin(f, &(struct fake_call){.verb = FAKE_OPEN_UDP, .udp = *req}, out)) {
		open_many(f, FAKE_UDP, req->n, out);
		make_group(f, out, &model);
	}
	pthread_mutex_unlock(&f->lock);
}

static void open_esp(void *ctx, const struct ip_addr *addr, uint16_t n, struct priv_result *out)
{
	struct fake *f = ctx;
	struct fake_fd model = {.local = {*addr, 0}, .steer = true};

	pthread_mutex_lock(&f->lock);
	if (begin(f, &(struct fake_call){.verb = FAKE_OPEN_ESP, .esp_n = n}, out)) {
		open_many(f, FAKE_ESP, n, out);
		make_group(f, out, &model);
	}
	pthread_mutex_unlock(&f->lock);
}

static void open_tap(void *ctx, const struct priv_tap *req, struct priv_result *out)
{
	struct fake *f = ctx;

	pthread_mutex_lock(&f->lock);
	if (begin(f, &(struct fake_call){.verb = FAKE_OPEN_TAP, .tap = *req}, out))
		open_many(f, FAKE_TAP, req->queues, out);
	pthread_mutex_unlock(&f->lock);
}

/* NULL: the test has not spoken of it. */
static struct fake_interface *find_interface(struct fake *f, const char *name)
{
	for (unsigned i = 0; i < f->n_interfaces; i++)
		if (strcmp(f->interfaces[i].name, name) == 0)
			return &f->interfaces[i];
	return NULL;
}

/* With the sentences of priv_bridge.c. */
static bool look(struct fake *f, const char *name, struct priv_result *out)
{
	const struct fake_interface *i = find_interface(f, name);

	out->index = i ? i->index : FAKE_INTERFACE_INDEX;
	out->ok = !i || (i->index != 0 && i->up);
	if (out->ok)
		return true;
	if (out->index == 0)
		snprintf(out->error, sizeof(out->error), LINK_ABSENT, name);
	else
		snprintf(out->error, sizeof(out->error), LINK_DOWN, name, name);
	return false;
}

static void open_bridge(void *ctx, const struct priv_bridge *req, struct priv_result *out)
{
	struct fake *f = ctx;

	pthread_mutex_lock(&f->lock);
	if (may(f, FAKE_OPEN_BRIDGE, out))
		look(f, req->interface, out);
	if (!out->ok)
		out->index = 0;
	record(f, &(struct fake_call){.verb = FAKE_OPEN_BRIDGE, .bridge = *req}, out->ok);
	if (out->ok)
		open_many(f, FAKE_TAP, req->queues, out);
	pthread_mutex_unlock(&f->lock);
}

static void look_bridge(void *ctx, const char *interface, struct priv_result *out)
{
	struct fake *f = ctx;

	pthread_mutex_lock(&f->lock);
	if (may(f, FAKE_LOOK_BRIDGE, out))
		look(f, interface, out);
	pthread_mutex_unlock(&f->lock);
}

static void close_tap(void *ctx, const char *name, struct priv_result *out)
{
	struct fake_call call = {.verb = FAKE_CLOSE_TAP};
	struct fake *f = ctx;

	snprintf(call.tap.name, sizeof(call.tap.name), "%s", name);
	pthread_mutex_lock(&f->lock);
	begin(f, &call, out);
	pthread_mutex_unlock(&f->lock);
}

static void nat_on(void *ctx, const struct priv_nat *req, struct priv_result *out)
{
	struct fake *f = ctx;

	pthread_mutex_lock(&f->lock);
	begin(f, &(struct fake_call){.verb = FAKE_NAT_ON, .nat = *req}, out);
	pthread_mutex_unlock(&f->lock);
}

static void nat_off(void *ctx, const char *tap, struct priv_result *out)
{
	struct fake_call call = {.verb = FAKE_NAT_OFF};
	struct fake *f = ctx;

	snprintf(call.nat.tap, sizeof(call.nat.tap), "%s", tap);
	pthread_mutex_lock(&f->lock);
	begin(f, &call, out);
	pthread_mutex_unlock(&f->lock);
}

static int memfd_of(const char *text)
{
	size_t len = strlen(text);
	int fd = memfd_create("fake-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (pwrite(fd, text, len, 0) != (ssize_t)len) {
		close(fd);
		return -1;
	}
	return fd;
}

static void read_config(void *ctx, struct priv_result *out)
{
	struct fake *f = ctx;

	pthread_mutex_lock(&f->lock);
	if (begin(f, &(struct fake_call){.verb = FAKE_READ_CONFIG}, out)) {
		out->fds[0] = memfd_of(f->config ? f->config : "");
		out->ok = out->fds[0] >= 0;
		out->n_fds = out->ok ? 1 : 0;
	}
	pthread_mutex_unlock(&f->lock);
}

static void save_config(void *ctx, const char *text, uint32_t len, struct priv_result *out)
{
	struct fake *f = ctx;

	pthread_mutex_lock(&f->lock);
	if (begin(f, &(struct fake_call){.verb = FAKE_SAVE_CONFIG}, out)) {
		free(f->saved);
		f->saved = strndup(text, len);
	}
	pthread_mutex_unlock(&f->lock);
}

static void list_bridges(void *ctx, struct priv_result *out)
{
	struct fake *f = ctx;
	char *text = NULL;
	size_t len = 0;
	FILE *to;

	pthread_mutex_lock(&f->lock);
	if (begin(f, &(struct fake_call){.verb = FAKE_LIST_BRIDGES}, out)) {
		to = open_memstream(&text, &len);
		for (unsigned i = 0; i < f->n_interfaces; i++)
			if (f->interfaces[i].index)
				fprintf(to, "%s\n", f->interfaces[i].name);
		fclose(to);
		out->fds[0] = memfd_of(text);
		out->ok = out->fds[0] >= 0;
		out->n_fds = out->ok ? 1 : 0;
		free(text);
	}
	pthread_mutex_unlock(&f->lock);
}

void fake_priv_init(struct fake *f)
{
	f->priv = (struct priv_ops){
		.ctx = f,
		.open_udp = open_udp,
		.open_esp = open_esp,
		.open_tap = open_tap,
		.open_bridge = open_bridge,
		.look_bridge = look_bridge,
		.list_bridges = list_bridges,
		.close_tap = close_tap,
		.nat_on = nat_on,
		.nat_off = nat_off,
		.read_config = read_config,
		.save_config = save_config,
	};
}

void fake_priv_free(struct fake *f)
{
	for (unsigned i = 0; i <= FAKE_SAVE_CONFIG; i++)
		free(f->fail[i]);
	free(f->config);
	free(f->saved);
}

const struct priv_ops *fake_priv(struct fake *f)
{
	return &f->priv;
}

const struct fake_call *fake_call(const struct fake *f, unsigned i)
{
	return i < f->n_calls ? &f->calls[i] : NULL;
}

void fake_fail(struct fake *f, enum fake_verb verb, const char *error)
{
	pthread_mutex_lock(&f->lock);
	free(f->fail[verb]);
	f->fail[verb] = strdup(error);
	pthread_mutex_unlock(&f->lock);
}

bool fake_interface(struct fake *f, const char *name, uint32_t index, bool up)
{
	struct fake_interface *i;

	pthread_mutex_lock(&f->lock);
	i = find_interface(f, name);
	if (!i && f->n_interfaces < FAKE_INTERFACES_MAX) {
		i = &f->interfaces[f->n_interfaces++];
		snprintf(i->name, sizeof(i->name), "%s", name);
	}
	if (i) {
		i->index = index;
		i->up = up;
	}
	pthread_mutex_unlock(&f->lock);
	return i != NULL;
}

bool fake_set_config(struct fake *f, const char *text)
{
	char *kept = strdup(text);

	if (!kept)
		return false;
	free(f->config);
	f->config = kept;
	return true;
}

const char *fake_saved_config(const struct fake *f)
{
	return f->saved;
}
