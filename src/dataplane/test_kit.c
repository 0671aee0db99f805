/* test_kit: see test_kit.h. Called by the data plane's tests and fuzz targets. */
#include "test_kit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/arp.h"
#include "wire/checksum.h"
#include "wire/esp.h"
#include "wire/eth.h"
#include "wire/etherip.h"
#include "wire/l2tp_data.h"
#include "wire/udp.h"

const uint8_t kit_tap_mac[6] = {0x02, 0xaa, 0, 0, 0, 1};

static struct kit *counting;

static unsigned counting_send(void *ctx, int fd, const struct os_tx *tx, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		counting->sends++;
		counting->gso_sends += tx[i].gso_size != 0;
	}
	return fake_os(counting->fake)->send(ctx, fd, tx, n);
}

/* Closing what is not open would close somebody else's descriptor in the real os. */
static void counting_close(void *ctx, int fd)
{
	unsigned before = fake_open_count(counting->fake);

	fake_os(counting->fake)->close(ctx, fd);
	if (fake_open_count(counting->fake) + 1 != before)
		abort();
}

static struct endpoint server(uint16_t port)
{
	return (struct endpoint){.addr = ip4_addr(0xc0000201), .port = port};
}

static void add_hub(struct kit *k, bool bridged)
{
	struct dp_cmd c = {.kind = DP_CMD_HUB_ADD};

	c.u.hub.hub = KIT_HUB;
	c.u.hub.bridged = bridged;
	c.u.hub.tap_ip = bridged ? 0 : KIT_GATEWAY;
	if (!bridged)
		memcpy(c.u.hub.tap_mac, kit_tap_mac, 6);
	for (unsigned i = 0; i < k->workers; i++)
		c.u.hub.tap[i] = k->tap[i];
	for (unsigned i = 0; i < k->workers; i++) {
		if (!kit_cmd(k, i, &c, NULL))
			abort();
	}
}

void kit_bridge(struct kit *k)
{
	struct dp_cmd c = {.kind = DP_CMD_HUB_DEL};

	c.u.hub.hub = KIT_HUB;
	for (unsigned i = 0; i < k->workers; i++) {
		if (!kit_cmd(k, i, &c, NULL))
			abort();
		k->tap[i] = fake_tap(k->fake);
	}
	add_hub(k, true);
}

struct kit *kit_new(unsigned workers)
{
	struct dp_config cfg = {
		.workers = workers,
		.machine = KIT_MACHINE,
		.peers_max = 16,
		.sessions_max = 16,
		.punts_per_second_max = KIT_PUNTS,
	};
	struct kit *k = calloc(1, sizeof(*k));

	if (!k)
		abort();
	k->fake = fake_new(7);
	k->workers = workers;
	k->os = *fake_os(k->fake);
	k->os.send = counting_send;
	k->os.close = counting_close;
	counting = k;
	cfg.os = &k->os;
	cfg.udp500 = k->udp500 = fake_udp(k->fake, server(500));
	for (unsigned i = 0; i < workers; i++) {
		cfg.udp4500[i] = k->udp4500[i] = fake_udp(k->fake, server(4500));
		cfg.esp[i] = k->esp[i] = fake_esp(k->fake);
		k->tap[i] = fake_tap(k->fake);
	}
	k->burst = burst_new(BURST_AUTO);
	k->dp = dp_new(&cfg);
	if (!k->dp || !k->burst)
		abort();
	add_hub(k, false);
	return k;
}

struct kit *kit_start(const struct os *os, const int udp4500[2], const int tap[2])
{
	struct dp_config cfg = {
		.os = os,
		.workers = 2,
		.peers_max = 16,
		.sessions_max = 16,
		.pin = true,
		.machine = KIT_MACHINE,
		.udp500 = -1,
		.esp = {-1, -1},
		.punts_per_second_max = KIT_PUNTS,
	};
	struct kit *k = calloc(1, sizeof(*k));

	if (!k)
		abort();
	k->threaded = true;
	k->workers = 2;
	for (unsigned i = 0; i < 2; i++) {
		cfg.udp4500[i] = udp4500[i];
		k->tap[i] = tap[i];
	}
	k->burst = burst_new(BURST_AUTO);
	k->dp = dp_new(&cfg);
	if (!k->dp || !k->burst || !dp_start(k->dp))
		abort();
	add_hub(k, false);
	return k;
}

void kit_free(struct kit *k)
{
	dp_free(k->dp);
	burst_free(k->burst);
	if (k->fake && fake_open_count(k->fake) != 0)
		abort(); /* a descriptor was left open */
	fake_free(k->fake);
	free(k);
}

static void on_punt(void *ctx, const struct dp_punt *p)
{
	struct kit *k = ctx;

	k->punts[p->kind]++;
	k->last[p->kind] = *p;
	if (p->len)
		memcpy(k->message[p->kind], p->message, p->len);
	if (p->kind == DP_PUNT_ACK && p->cookie == k->cookie) {
		k->acked = true;
		k->ack_ok = p->ok;
	}
}

void kit_run(struct kit *k)
{
	bool busy = true;

	for (unsigned i = 0; k->threaded && !k->acked && i < 5000; i++) {
		dp_punts(k->dp, on_punt, k, 10000);
		usleep(1000);
	}
	for (unsigned i = 0; !k->threaded && busy && i < 1000; i++) {
		busy = dp_run_once(k->dp);
		dp_punts(k->dp, on_punt, k, 10000);
	}
}

bool kit_cmd(struct kit *k, unsigned worker, struct dp_cmd *c, const void *message)
{
	c->cookie = ++k->cookie;
	k->acked = false;
	if (!dp_command(k->dp, worker, c, message))
		return false;
	kit_run(k);
	if (!k->acked)
		abort();
	return k->ack_ok;
}

uint64_t kit_counter(const struct kit *k, const char *name)
{
	const char *n, *help;
	uint64_t value;

	for (unsigned i = 0; dp_counter(k->dp, i, &n, &help, &value); i++) {
		if (strcmp(n, name) == 0)
			return value;
	}
	abort();
}

struct worker *kit_worker(const struct kit *k, unsigned i)
{
	return dp_worker(k->dp, i);
}

static void keys_of(uint32_t spi, struct dp_sa *sa)
{
	for (size_t i = 0; i < sizeof(sa->enc_key); i++)
		sa->enc_key[i] = (uint8_t)(spi * 7 + i);
	for (size_t i = 0; i < sizeof(sa->auth_key); i++)
		sa->auth_key[i] = (uint8_t)(spi * 13 + i);
}

struct dp_cmd kit_sa_cmd(const struct client *c, enum dp_cmd_kind kind, uint32_t spi)
{
	struct dp_cmd cmd = {.kind = kind};

	cmd.u.sa.spi = spi;
	cmd.u.sa.alg = c->agreed.key_len ? c->agreed : c->alg;
	cmd.u.sa.peer = c->slot;
	cmd.u.sa.udp_encap = c->udp_encap;
	cmd.u.sa.tunnel = c->tunnel;
	cmd.u.sa.tunnel_local = c->server_ip;
	cmd.u.sa.tunnel_remote = c->tunnel_ip;
	cmd.u.sa.replay_window = 1024;
	cmd.u.sa.sa_handle = c->child ? c->child : spi;
	cmd.u.sa.soft_kb = c->soft_kb;
	cmd.u.sa.hard_kb = c->hard_kb;
	keys_of(spi, &cmd.u.sa);
	return cmd;
}

bool kit_sa_in(struct kit *k, struct client *c, uint32_t spi)
{
	struct dp_cmd cmd = kit_sa_cmd(c, DP_CMD_SA_IN_ADD, spi);

	burst_sa_free(c->seal);
	c->seal = burst_sa_new(&c->alg, BURST_SEAL, cmd.u.sa.enc_key, cmd.u.sa.auth_key);
	c->spi_in = spi;
	c->seq = 0;
	return kit_cmd(k, c->worker, &cmd, NULL);
}

bool kit_sa_out(struct kit *k, struct client *c, uint32_t spi)
{
	struct dp_cmd cmd = kit_sa_cmd(c, DP_CMD_SA_OUT_SET, spi);

	burst_sa_free(c->open);
	c->open = burst_sa_new(&c->alg, BURST_OPEN, cmd.u.sa.enc_key, cmd.u.sa.auth_key);
	c->spi_out = spi;
	return kit_cmd(k, c->worker, &cmd, NULL);
}

bool kit_session(struct kit *k, struct client *c)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SESSION_ADD};
	struct dp_session *s = &cmd.u.session;

	*s = (struct dp_session){
		.slot = c->slot,
		.peer = c->slot,
		.handle = 9000 + c->slot,
		.tunnel_id = c->tunnel_id,
		.session_id = c->session_id,
		.peer_tunnel_id = (uint16_t)(c->tunnel_id + 1000),
		.peer_session_id = (uint16_t)(c->session_id + 1000),
		.local_port = c->local_port,
		.remote_port = c->remote_port,
		.tx_acfc = c->tx_acfc,
		.tx_pfc = c->tx_pfc,
		.ip = c->ip,
		.gateway_ip = KIT_GATEWAY,
		.prefix = 24,
		.mtu = c->mtu,
		.hub = KIT_HUB,
	};
	dp_session_mac(KIT_MACHINE, c->worker, c->slot, s->mac);
	return kit_cmd(k, c->worker, &cmd, NULL);
}

bool kit_port(struct kit *k, struct client *c, uint32_t slot, const struct hub_policy *policy)
{
	struct dp_cmd cmd = {.kind = DP_CMD_PORT_ADD};

	cmd.u.port = (struct dp_port){
		.slot = slot,
		.peer = c->slot,
		.kind = DP_PORT_ETHERIP,
		.handle = 5000 + slot,
		.hub = KIT_HUB,
		.mtu = 1500,
	};
	if (policy)
		cmd.u.port.policy = *policy;
	c->proto = ETHERIP_PROTO;
	return kit_cmd(k, c->worker, &cmd, NULL);
}

void kit_client(struct kit *k, struct client *c, unsigned worker, unsigned n)
{
	struct dp_cmd cmd = {.kind = DP_CMD_PEER_ADD};

	*c = (struct client){
		.worker = worker,
		.slot = n,
		.alg = {BURST_AES_CBC, 32, BURST_HMAC_SHA1_96},
		.udp_encap = true,
		.local_port = 1701,
		.remote_port = 1701,
		.tunnel_id = (uint16_t)(100 + n),
		.session_id = (uint16_t)(200 + n),
		.ip = 0x0a000000 + 10 + n,
		.mtu = KIT_MTU,
		.flow = {.local = server(4500),
			 .remote = {.addr = ip4_addr(0xcb007100 + n), .port = 4500}},
	};
	cmd.u.peer.slot = c->slot;
	cmd.u.peer.flow = c->flow;
	cmd.u.peer.udp_encap = true;
	cmd.u.peer.handle = 7000 + n;
	if (!kit_cmd(k, worker, &cmd, NULL) || !kit_sa_in(k, c, 0x1000 + n * 16 + worker) ||
	    !kit_sa_out(k, c, 0x8000 + n) || !kit_session(k, c))
		abort();
	cmd = (struct dp_cmd){.kind = DP_CMD_NEIGH_ADD};
	cmd.u.neigh.hub = KIT_HUB;
	cmd.u.neigh.ip = c->ip;
	dp_session_mac(KIT_MACHINE, worker, c->slot, cmd.u.neigh.mac);
	for (unsigned i = 0; i < k->workers; i++) {
		if (!kit_cmd(k, i, &cmd, NULL))
			abort();
	}
}

void kit_client_free(struct client *c)
{
	burst_sa_free(c->seal);
	burst_sa_free(c->open);
}

size_t kit_ip(uint8_t *p, uint32_t src, uint32_t dst, uint8_t proto, size_t payload_len)
{
	ipv4_put(p, (uint16_t)(IPV4_HDR + payload_len), 64, proto, src, dst);
	for (size_t i = 0; i < payload_len; i++)
		p[IPV4_HDR + i] = (uint8_t)(i * 31 + 5);
	return IPV4_HDR + payload_len;
}

struct ipv6_addr kit_addr6(const struct client *c, uint64_t iid)
{
	return (struct ipv6_addr){c->prefix6, iid};
}

bool kit_ip6(struct kit *k, struct client *c, unsigned n)
{
	struct dp_cmd cmd = {.kind = DP_CMD_SESSION_IP6};
	bool ok;

	c->prefix6 = KIT_NET6 + n;
	cmd.u.session_ip6.slot = c->slot;
	cmd.u.session_ip6.prefix = c->prefix6;
	cmd.u.session_ip6.peer_iid = KIT_IID;
	cmd.u.session_ip6.router_iid = HUB_IPV6_IID;
	ok = kit_cmd(k, c->worker, &cmd, NULL);
	cmd = (struct dp_cmd){.kind = DP_CMD_NEIGH_ADD};
	cmd.u.neigh.hub = KIT_HUB;
	cmd.u.neigh.prefix6 = c->prefix6;
	dp_session_mac(KIT_MACHINE, c->worker, c->slot, cmd.u.neigh.mac);
	for (unsigned i = 0; i < k->workers; i++)
		ok &= kit_cmd(k, i, &cmd, NULL);
	cmd.u.neigh.prefix6 = IPV6_LINK_PREFIX;
	dp_hub_mac(KIT_HUB, cmd.u.neigh.mac);
	for (unsigned i = 0; i < k->workers; i++)
		ok &= kit_cmd(k, i, &cmd, NULL);
	return ok;
}

size_t kit_packet6(uint8_t *p, struct ipv6_addr src, struct ipv6_addr dst, uint8_t proto,
		   size_t payload_len)
{
	ipv6_put(p, (uint16_t)payload_len, 64, proto, src, dst);
	for (size_t i = 0; i < payload_len; i++)
		p[IPV6_HDR + i] = (uint8_t)(i * 31 + 5);
	return IPV6_HDR + payload_len;
}

size_t kit_tcp6(uint8_t *p, struct ipv6_addr src, struct ipv6_addr dst, uint32_t seq, uint8_t flags,
		size_t payload_len)
{
	uint8_t v4[IPV4_HDR + TCP_HDR + 65536], *t = p + IPV6_HDR;
	size_t len = kit_tcp(v4, 0, 0, seq, flags, payload_len) - IPV4_HDR;

	ipv6_put(p, (uint16_t)len, 64, IPV6_TCP, src, dst);
	memcpy(t, v4 + IPV4_HDR, len);
	put_be16(t + TCP_CHECKSUM, 0);
	checksum_store(t + TCP_CHECKSUM,
		       checksum_add(checksum_pseudo6(p, IPV6_TCP, (uint32_t)len), t, len));
	return IPV6_HDR + len;
}

size_t kit_tcp(uint8_t *p, uint32_t src, uint32_t dst, uint32_t seq, uint8_t flags,
	       size_t payload_len)
{
	size_t len = kit_ip(p, src, dst, IPV4_TCP, TCP_HDR + payload_len);
	uint8_t *t = p + IPV4_HDR;

	memset(t, 0, TCP_HDR);
	put_be16(t, 40000);
	put_be16(t + 2, 80);
	put_be32(t + TCP_SEQ, seq);
	put_be32(t + 8, 777);
	t[12] = 5 << 4;
	t[TCP_FLAGS] = flags;
	put_be16(t + 14, 500);
	for (size_t i = 0; i < payload_len; i++)
		t[TCP_HDR + i] = (uint8_t)((seq + i) * 7);
	checksum_store(t + TCP_CHECKSUM,
		       checksum_add(checksum_pseudo4(p, IPV4_TCP, (uint32_t)(len - IPV4_HDR)), t,
				    len - IPV4_HDR));
	return len;
}

/* IPv4 unless the first octet says version 6. */
static uint8_t ppp_protocol(const void *ip, size_t len)
{
	return len && *(const uint8_t *)ip >> 4 == 6 ? PPP_IPV6 : PPP_IPV4;
}

size_t kit_l2tp(const struct client *c, uint8_t *udp, const void *ip, size_t len)
{
	uint8_t *p = udp + UDP_HDR;

	p += l2tp_data_put(p, c->tunnel_id, c->session_id, false, 0);
	*p++ = 0xff;
	*p++ = 0x03;
	*p++ = 0x00;
	*p++ = ppp_protocol(ip, len);
	memcpy(p, ip, len);
	p += len;
	udp_put(udp, c->remote_port, c->local_port, (uint16_t)(p - udp));
	return (size_t)(p - udp);
}

static uint8_t inner(const struct client *c)
{
	return c->proto ? c->proto : IPV4_UDP;
}

uint8_t kit_next(const struct client *c)
{
	return c->tunnel ? ESP_NEXT_IPV4 : inner(c);
}

size_t kit_wrap(const struct client *c, uint8_t *udp, size_t len)
{
	if (!c->tunnel)
		return len;
	memmove(udp + IPV4_HDR, udp, len);
	ipv4_put(udp, (uint16_t)(IPV4_HDR + len), 64, inner(c), c->tunnel_ip, c->server_ip);
	return IPV4_HDR + len;
}

/* The way back: false when the header is not what the server should have written. */
static bool unwrap(const struct client *c, uint8_t *p, size_t *len)
{
	struct ipv4 ip;

	if (!c->tunnel)
		return true;
	if (ipv4_parse(p, *len, true, &ip) != IPV4_OK || ip.total_len != *len ||
	    ip.hdr_len != IPV4_HDR || ip.proto != inner(c) || ip.ttl < 32 ||
	    ip.frag != IPV4_FRAG_DF || ip.src != c->server_ip || ip.dst != c->tunnel_ip)
		return false;
	*len -= IPV4_HDR;
	memmove(p, p + IPV4_HDR, *len);
	return true;
}

size_t kit_seal(struct kit *k, struct client *c, uint8_t *esp, const void *payload, size_t len,
		uint32_t seq, uint8_t next, bool pad_bad)
{
	size_t hdr = ESP_HDR + burst_iv_len(&c->alg);
	struct burst_job job = {.sa = c->seal, .esp = esp};

	put_be32(esp, c->spi_in);
	put_be32(esp + 4, seq);
	memset(esp + ESP_HDR, (int)seq, hdr - ESP_HDR);
	memcpy(esp + hdr, payload, len);
	job.len = (uint32_t)(hdr + esp_pad(esp + hdr, len, burst_block_len(&c->alg), next));
	if (pad_bad)
		esp[job.len - 3] ^= 0x55;
	burst_seal(k->burst, &job, 1);
	return job.len + burst_icv_len(&c->alg);
}

void kit_push(struct kit *k, struct client *c, const void *esp, size_t len)
{
	fake_push(k->fake, c->udp_encap ? k->udp4500[c->worker] : k->esp[c->worker], &c->flow, esp,
		  len);
}

void kit_send_ip(struct kit *k, struct client *c, const void *ip, size_t len)
{
	uint8_t udp[70000], esp[70000];
	size_t n = kit_wrap(c, udp, kit_l2tp(c, udp, ip, len));

	kit_push(k, c, esp, kit_seal(k, c, esp, udp, n, ++c->seq, kit_next(c), false));
}

size_t kit_take_udp(struct kit *k, struct client *c, uint8_t *udp)
{
	int fd = c->udp_encap ? k->udp4500[c->worker] : k->esp[c->worker];
	const struct fake_packet *p = fake_take(k->fake, fd);
	size_t hdr = ESP_HDR + burst_iv_len(&c->alg), len;
	struct burst_job job = {.sa = c->open};
	uint8_t esp[70000], next;

	if (!p)
		return 0;
	memcpy(esp, p->p, p->len);
	job.esp = esp;
	job.len = (uint32_t)(p->len - burst_icv_len(&c->alg));
	burst_open(k->burst, &job, 1);
	if (be32(esp) != c->spi_out || !endpoint_eq(&p->flow.remote, &c->flow.remote) || !job.ok ||
	    esp_unpad(esp + hdr, job.len - hdr, &len, &next) != ESP_TRAILER_OK ||
	    next != kit_next(c) || !unwrap(c, esp + hdr, &len))
		abort();
	memcpy(udp, esp + hdr, len);
	return len;
}

size_t kit_take_ip(struct kit *k, struct client *c, uint8_t *ip)
{
	uint8_t udp[70000];
	size_t len = kit_take_udp(k, c, udp), at = 0;
	struct l2tp_data d;
	struct udp u;

	if (len == 0)
		return 0;
	if (!udp_parse(udp, len, &u) || u.len != len || u.dst_port != c->remote_port ||
	    u.src_port != c->local_port ||
	    l2tp_data_parse((struct bytes){udp + UDP_HDR, len - UDP_HDR}, &d) != L2TP_DATA_OK ||
	    d.control || d.tunnel_id != c->tunnel_id + 1000 || d.session_id != c->session_id + 1000)
		abort();
	if (!c->tx_acfc) {
		if (d.payload.p[at] != 0xff || d.payload.p[at + 1] != 0x03)
			abort();
		at += 2;
	}
	if (!c->tx_pfc && d.payload.p[at++] != 0)
		abort();
	if (d.payload.p[at] != ppp_protocol(d.payload.p + at + 1, d.payload.len - at - 1))
		abort();
	at++;
	memcpy(ip, d.payload.p + at, d.payload.len - at);
	return d.payload.len - at;
}

void kit_tap_frame(struct kit *k, unsigned queue, const struct client *c, const struct vnet *v,
		   const void *ip, size_t len)
{
	static uint8_t frame[70000];
	uint8_t vnet[VNET_HDR] = {0}, mac[6];

	dp_session_mac(KIT_MACHINE, c->worker, c->slot, mac);
	if (ppp_protocol(ip, len) == PPP_IPV6)
		dp_hub_mac(KIT_HUB, mac);
	eth_put(frame, mac, kit_tap_mac,
		ppp_protocol(ip, len) == PPP_IPV6 ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4);
	memcpy(frame + ETH_HDR, ip, len);
	if (v)
		vnet_put(vnet, v);
	fake_tap_push(k->fake, k->tap[queue], vnet, frame, ETH_HDR + len);
}

static bool checksums_ok6(const uint8_t *p, size_t len)
{
	struct ipv6 ip;
	uint64_t sum;

	if (ipv6_parse(p, len, &ip) != IPV6_OK || ip.total_len != len)
		return false;
	if (ip.proto != IPV6_TCP && ip.proto != IPV6_UDP && ip.proto != IPV6_ICMP)
		return true;
	sum = checksum_pseudo6(p, ip.proto, (uint32_t)(len - IPV6_HDR));
	return checksum_fold(checksum_add(sum, p + IPV6_HDR, len - IPV6_HDR)) == UINT16_MAX;
}

bool kit_checksums_ok(const uint8_t *p, size_t len)
{
	struct ipv4 ip;
	size_t l4;

	if (ppp_protocol(p, len) == PPP_IPV6)
		return checksums_ok6(p, len);
	if (ipv4_parse(p, len, true, &ip) != IPV4_OK || ip.total_len != len)
		return false;
	l4 = len - ip.hdr_len;
	if (ip.proto != IPV4_TCP && ip.proto != IPV4_UDP)
		return true;
	return checksum_fold(checksum_add(checksum_pseudo4(p, ip.proto, (uint32_t)l4),
					  p + ip.hdr_len, l4)) == UINT16_MAX;
}

uint8_t *kit_complete(const struct fake_packet *p, size_t *len)
{
	struct vnet v;
	uint8_t *frame;

	if (!vnet_parse(p->p, p->len, &v) || v.flags != VNET_F_NEEDS_CSUM)
		return NULL;
	*len = p->len - VNET_HDR;
	frame = malloc(*len);
	if (!frame)
		abort();
	memcpy(frame, p->p + VNET_HDR, *len);
	checksum_store(frame + v.csum_start + v.csum_offset,
		       checksum_add(0, frame + v.csum_start, *len - v.csum_start));
	if (kit_checksums_ok(frame + ETH_HDR, *len - ETH_HDR))
		return frame;
	free(frame);
	return NULL;
}

void kit_each_record(const uint8_t *data, size_t size, void (*push)(const uint8_t *p, size_t len))
{
	while (size >= 2) {
		size_t len = data[0] < size - 1 ? data[0] : size - 1;

		if (len)
			push(data + 1, len);
		data += 1 + len;
		size -= 1 + len;
	}
}

size_t kit_arp(uint8_t *frame, uint16_t op, const uint8_t *from, uint32_t from_ip,
	       const uint8_t *to, uint32_t to_ip)
{
	struct wr w = wr_of(frame + ETH_HDR, ARP_LEN);
	struct arp arp = {.op = op, .sender_ip = from_ip, .target_ip = to_ip};

	memcpy(arp.sender_mac, from, ETH_ADDR);
	if (op == ARP_REPLY)
		memcpy(arp.target_mac, to, ETH_ADDR);
	eth_put(frame, to, from, ETH_TYPE_ARP);
	arp_build(&w, &arp);
	return ETH_HDR + ARP_LEN;
}
