/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames over the virtio-serial port. */
#include "guest/agent/port.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define HEADER sizeof(struct channel_header)

_Static_assert(HEADER == 8, "channel_header is 8 bytes on the wire");

void port_update(struct port *p)
{
	struct epoll_event event;

	if (epoll_wait(p->events, &event, 1, 0) == 1)
		p->connected = !(event.events & EPOLLHUP);
}

/* --- from the host ----------------------------------------------------------------------- */

/* A frame at the head of what was read? 1, 0, -EPROTO. */
static int parse(struct port *p, struct frame *f)
{
	size_t have = p->rx_have - p->rx_used;
	const uint8_t *at = p->rx + p->rx_used;
	struct channel_header h;

	if (have < HEADER)
		return 0;
	memcpy(&h, at, HEADER);
	f->type = h.type;
	f->len = le32toh(h.len);
	f->data = at + HEADER;
	if (f->len > CHANNEL_MAX_PAYLOAD)
		return -EPROTO;
	if (have - HEADER < f->len)
		return 0;
	p->rx_used += HEADER + f->len;
	return 1;
}

int port_receive(struct port *p, struct frame *f)
{
	for (;;) {
		int r = parse(p, f);
		ssize_t n;

		if (r)
			return r;
		memmove(p->rx, p->rx + p->rx_used, p->rx_have - p->rx_used);
		p->rx_have -= p->rx_used;
		p->rx_used = 0;
		/* There is room: a frame that fills rx would have been complete. */
		n = read(p->fd, p->rx + p->rx_have, sizeof(p->rx) - p->rx_have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) /* nothing now (EAGAIN), or nobody there (0, ENODEV) */
			return 0;
		p->rx_have += (size_t)n;
	}
}

/* --- to the host ------------------------------------------------------------------------- */

static size_t tx_free(const struct port *p)
{
	return sizeof(p->tx) - p->tx_to;
}

static void put_frame(struct port *p, uint8_t type, size_t len)
{
	struct channel_header h = { .type = type, .len = htole32((uint32_t)len) };

	memcpy(p->tx + p->tx_to, &h, HEADER);
	p->tx_to += HEADER + len;
}

size_t port_room(const struct port *p)
{
	size_t room = tx_free(p);

	if (room <= HEADER + PORT_RESERVE)
		return 0;
	room -= HEADER + PORT_RESERVE;
	return room < CHANNEL_MAX_PAYLOAD ? room : CHANNEL_MAX_PAYLOAD;
}

uint8_t *port_payload(struct port *p)
{
	return p->tx + p->tx_to + HEADER;
}

void port_commit(struct port *p, uint8_t type, size_t len)
{
	put_frame(p, type, len);
}

bool port_send_u32(struct port *p, uint8_t type, uint32_t value)
{
	uint32_t le = htole32(value);

	if (tx_free(p) < HEADER + sizeof(le))
		return false;
	memcpy(port_payload(p), &le, sizeof(le));
	put_frame(p, type, sizeof(le));
	return true;
}

void port_flush(struct port *p)
{
	while (p->tx_from < p->tx_to) {
		ssize_t n = write(p->fd, p->tx + p->tx_from, p->tx_to - p->tx_from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		p->tx_from += (size_t)n;
	}
	memmove(p->tx, p->tx + p->tx_from, p->tx_to - p->tx_from);
	p->tx_to -= p->tx_from;
	p->tx_from = 0;
}

void port_reset(struct port *p)
{
	ssize_t n;

	/* The driver keeps what the last host left unread. */
	do
		n = read(p->fd, p->rx, sizeof(p->rx));
	while (n > 0 || (n < 0 && errno == EINTR));
	p->rx_have = p->rx_used = 0;
	p->tx_from = p->tx_to = 0;
}
