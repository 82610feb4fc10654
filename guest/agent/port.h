/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's end of the channel: the virtio-serial port CHANNEL_PORT_NAME, with frames
 * (channel.h) in both directions. Nothing here blocks but port_wait().
 *
 * The driver's poll() says POLLHUP for as long as no host is connected, so the port is
 * watched edge-triggered through an epoll descriptor of its own; poll() that one.
 */
#ifndef GUEST_AGENT_PORT_H
#define GUEST_AGENT_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/agent/channel.h"

#define PORT_FRAME_MAX (sizeof(struct channel_header) + CHANNEL_MAX_PAYLOAD)
/* Room that output leaves for the small frames: acknowledgements, EXIT, HELLO. */
#define PORT_RESERVE 256
#define PORT_TX_SIZE (4 * PORT_FRAME_MAX + PORT_RESERVE)

struct port {
	int fd;
	int events;     /* poll it for POLLIN, then call port_update() */
	bool connected; /* a host has the other end open, as of port_update() */
	uint8_t rx[PORT_FRAME_MAX];
	size_t rx_have, rx_used;
	uint8_t tx[PORT_TX_SIZE];
	size_t tx_from, tx_to;
};

struct frame {
	uint8_t type;
	uint32_t len;
	const uint8_t *data; /* valid until the next port_receive() */
};

/* A socket for the kernel's device events, or -1. To be made before modules are loaded. */
int port_watch(void);

/*
 * Waits until the port is there and opens it; says in the kernel log what it waits for
 * when that takes long. watch is from port_watch() and is closed. 0, -ETIMEDOUT, or
 * another negative errno.
 */
int port_wait(struct port *p, int watch);

/* Takes the pending event: refreshes `connected`. */
void port_update(struct port *p);

/*
 * The next complete frame: 1 with *f filled; 0 when none is complete; -EPROTO when the
 * host sent nonsense. Call until it returns 0.
 */
int port_receive(struct port *p, struct frame *f);

/* Space for the payload of an output frame right now, at most CHANNEL_MAX_PAYLOAD. */
size_t port_room(const struct port *p);
/* Where an output frame's payload is to be put; port_room() bytes. */
uint8_t *port_payload(struct port *p);
/* Queue the output frame whose payload was put there. */
void port_commit(struct port *p, uint8_t type, size_t len);

/* Queue a small frame with a le32 payload. False when even the reserve is full. */
bool port_send_u32(struct port *p, uint8_t type, uint32_t value);

/* Write what is queued, as far as the host takes it. */
void port_flush(struct port *p);

/* Forget all buffered bytes in both directions: the host has gone. */
void port_reset(struct port *p);

#endif
