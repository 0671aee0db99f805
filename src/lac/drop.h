/* drop: why the client dropped a packet. */
#pragma once

enum lac_drop {
	LAC_DROP_NONE,
	LAC_DROP_SHORT,    /* cut: no header, or a length that lies */
	LAC_DROP_LONG,     /* more octets than our buffers take */
	LAC_DROP_SPI,      /* no such inbound SA */
	LAC_DROP_REPLAY,   /* sequence number seen, too old or zero */
	LAC_DROP_ICV,      /* not authentic */
	LAC_DROP_PADDING,  /* ESP trailer */
	LAC_DROP_NEXT,     /* next header is not UDP */
	LAC_DROP_PORT,     /* inner ports are not ours and the server's */
	LAC_DROP_ADDRESS,  /* raw: not from the server */
	LAC_DROP_NO_SA,    /* nothing to send on */
	LAC_DROP_SEQUENCE, /* sequence numbers have run out */
	LAC_DROP_NOT_UP,   /* a user's packet while PPP is not open */
	LAC_DROP_QUEUE,    /* an action that found no room */
	LAC_DROPS
};
