/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio-console, the guest's side of the channel. See virtio_console.h.
 *
 * The order in which a driver and the device meet (5.3.6.2): DEVICE_READY from the
 * driver -> PORT_ADD -> PORT_READY -> PORT_NAME, PORT_OPEN -> PORT_OPEN when a
 * process opens the port. What the device has to say is a set of bits, sent in this
 * order as control buffers come, so a driver that repeats itself costs nothing.
 */
#include "devices/virtio_console.h"

#include <errno.h>
#include <linux/virtio_console.h>
#include <stdlib.h>
#include <string.h>

#include "devices/container.h"
#include "devices/iov.h"
#include "devices/virtio_mmio.h"
#include "devices/wait.h"

#define PORT	1u
#define CHUNK	4096u
#define DRAIN_SLICE_MS 10

/* 5.3.2; "receive" and "transmit" as the driver sees them. */
enum queues { Q_CONTROL_RX = 2, Q_CONTROL_TX = 3, Q_RX = 4, Q_TX = 5, QUEUES = 6 };

enum to_say { SAY_ADD = 1, SAY_NAME = 2, SAY_OPEN = 4 };

_Static_assert(sizeof(struct virtio_console_control) == 8, "virtio 1.2, 5.3.6.2");
_Static_assert(sizeof(struct virtio_console_config) == 12, "virtio 1.2, 5.3.4");

struct virtio_console {
	struct virtio_device dev;
	struct virtio_console_config config;
	struct channel_io io;
	pthread_cond_t progressed;
	unsigned say;		/* bits of enum to_say */
	bool open;		/* a process in the guest has the port open */
	bool held;		/* up is popped and only partly taken */
	uint64_t taken;		/* bytes of up */
	struct virtq_chain up, scratch;
};

static struct virtio_console *of_device(struct virtio_device *d)
{
	return container_of(d, struct virtio_console, dev);
}

static struct virtio_console *of_io(struct channel_io *io)
{
	return container_of(io, struct virtio_console, io);
}

/* --- control ------------------------------------------------------------------------ */

/* One message into the next control buffer; false when there is none. */
static bool say(struct virtio_console *c, unsigned event, unsigned value, const char *text)
{
	struct virtio_console_control m = { .id = PORT, .event = (uint16_t)event,
					    .value = (uint16_t)value };
	size_t len = strlen(text);
	struct virtq_chain *b = &c->scratch;

	if (!virtio_pop(&c->dev, Q_CONTROL_RX, b))
		return false;
	if (b->in_len < sizeof(m) + len) {
		virtio_fail(&c->dev);
		virtio_push(&c->dev, Q_CONTROL_RX, b->head, 0);
		return false;
	}
	iov_write(b->iov + b->out, b->in, 0, &m, sizeof(m));
	iov_write(b->iov + b->out, b->in, sizeof(m), text, len);
	virtio_push(&c->dev, Q_CONTROL_RX, b->head, (uint32_t)(sizeof(m) + len));
	return true;
}

static void say_all(struct virtio_console *c)
{
	if ((c->say & SAY_ADD) && say(c, VIRTIO_CONSOLE_PORT_ADD, 1, ""))
		c->say &= ~(unsigned)SAY_ADD;
	if ((c->say & SAY_NAME) && say(c, VIRTIO_CONSOLE_PORT_NAME, 1, CHANNEL_PORT_NAME))
		c->say &= ~(unsigned)SAY_NAME;
	if (c->say == SAY_OPEN && say(c, VIRTIO_CONSOLE_PORT_OPEN, 1, ""))
		c->say = 0;
}

static void pump_down(struct virtio_console *c);

static void heard(struct virtio_console *c, const struct virtio_console_control *m)
{
	if (m->event == VIRTIO_CONSOLE_DEVICE_READY && m->value) {
		c->say |= SAY_ADD;
	} else if (m->id != PORT) {
		return;
	} else if (m->event == VIRTIO_CONSOLE_PORT_READY) {
		if (m->value)
			c->say |= SAY_NAME | SAY_OPEN;
		else
			channel_io_end(&c->io, -ENODEV);
	} else if (m->event == VIRTIO_CONSOLE_PORT_OPEN) {
		c->open = m->value;
		pump_down(c);
	}
}

static void hear_all(struct virtio_console *c)
{
	struct virtq_chain *b = &c->scratch;

	while (virtio_pop(&c->dev, Q_CONTROL_TX, b)) {
		struct virtio_console_control m;
		bool whole = iov_read(b->iov, b->out, 0, &m, sizeof(m)) == sizeof(m);

		virtio_push(&c->dev, Q_CONTROL_TX, b->head, 0);
		if (whole) /* from here on scratch may be used again */
			heard(c, &m);
	}
	say_all(c);
}

/* --- data --------------------------------------------------------------------------- */

/* Bytes for the guest, into its receive buffers: any thread. */
static void pump_down(struct virtio_console *c)
{
	struct virtq_chain *b = &c->scratch;
	size_t len, n;
	const void *data;

	while (c->open && (data = channel_io_down(&c->io, &len), len) &&
	       virtio_pop(&c->dev, Q_RX, b)) {
		n = iov_write(b->iov + b->out, b->in, 0, data, len);
		virtio_push(&c->dev, Q_RX, b->head, (uint32_t)n);
		channel_io_sent(&c->io, n);
	}
}

/* Takes what there is room for of the request in hand. True when all of it is taken. */
static bool take_up(struct virtio_console *c)
{
	while (c->taken < c->up.out_len) {
		uint8_t bytes[CHUNK];
		size_t room = channel_io_room(&c->io);
		size_t n;

		if (room == 0)
			return false;
		n = iov_read(c->up.iov, c->up.out, c->taken, bytes, room < CHUNK ? room : CHUNK);
		c->taken += n;
		channel_io_receive(&c->io, bytes, n);
	}
	return true;
}

/* Event thread: bytes from the guest. A request is held while there is no room for its rest. */
static void pump_up(struct virtio_console *c)
{
	while (c->held || virtio_pop(&c->dev, Q_TX, &c->up)) {
		if (!c->held)
			c->taken = 0;
		c->held = true;
		if (!take_up(c))
			return;
		c->held = false;
		virtio_push(&c->dev, Q_TX, c->up.head, 0);
	}
}

static void down_ready(struct channel_io *io)
{
	pump_down(of_io(io));
}

static void up_ready(struct channel_io *io)
{
	pump_up(of_io(io));
	pthread_cond_broadcast(&of_io(io)->progressed);
}

/* --- the device --------------------------------------------------------------------- */

static void notify(struct virtio_device *d, unsigned queue)
{
	struct virtio_console *c = of_device(d);

	switch (queue) {
	case Q_CONTROL_RX:
		say_all(c);
		break;
	case Q_CONTROL_TX:
		hear_all(c);
		break;
	case Q_RX:
		pump_down(c);
		break;
	case Q_TX:
		pump_up(c);
		pthread_cond_broadcast(&c->progressed);
		break;
	default: /* port 0 */
		break;
	}
}

static void reset(struct virtio_device *d)
{
	struct virtio_console *c = of_device(d);

	c->say = 0;
	c->open = false;
	if (!c->held)
		return;
	c->held = false;
	virtio_push(d, Q_TX, c->up.head, 0);
}

static const struct virtio_ops console_ops = {
	.name = "virtio-console",
	.id = VIRTIO_ID_CONSOLE,
	.queues = QUEUES,
	.queue_max = 32,
	.notify = notify,
	.reset = reset,
};

int virtio_console_create(struct virtio_console **ret, struct machine *m, unsigned slot,
			  const struct channel_config *cfg)
{
	struct virtio_console *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->config.max_nr_ports = PORT + 1;
	pthread_cond_init(&c->progressed, NULL);
	err = channel_io_create(&c->io, cfg, m->ring, &c->dev.lock);
	c->io.down_ready = down_ready;
	c->io.up_ready = up_ready;
	if (!err) {
		err = virtio_create(&c->dev, m, slot, &console_ops,
				    VIRTIO_FEATURE(VIRTIO_CONSOLE_F_MULTIPORT), &c->config,
				    sizeof(c->config));
		if (err)
			virtio_destroy(&c->dev);
	}
	if (err) {
		channel_io_destroy(&c->io);
		pthread_cond_destroy(&c->progressed);
		free(c);
		return err;
	}
	*ret = c;
	return 0;
}

void virtio_console_destroy(struct virtio_console *c)
{
	if (!c)
		return;
	virtio_destroy(&c->dev);
	channel_io_destroy(&c->io);
	pthread_cond_destroy(&c->progressed);
	free(c);
}

int virtio_console_signal(struct virtio_console *c, int signal)
{
	int err;

	virtio_lock(&c->dev);
	err = channel_io_signal(&c->io, signal);
	virtio_unlock(&c->dev);
	return err;
}

int virtio_console_winsize(struct virtio_console *c, uint16_t rows, uint16_t columns)
{
	int err;

	virtio_lock(&c->dev);
	err = channel_io_winsize(&c->io, rows, columns);
	virtio_unlock(&c->dev);
	return err;
}

/* A kick that went through the event thread has taken everything that the guest had sent. */
static bool drained(const struct virtio_console *c)
{
	return !c->dev.queue[Q_TX].kick_posted && !c->held && channel_io_flushed(&c->io);
}

int virtio_console_drain(struct virtio_console *c, unsigned ms)
{
	unsigned slices = ms / DRAIN_SLICE_MS + 1;
	bool done;

	virtio_lock(&c->dev);
	virtio_kick(&c->dev, Q_TX);
	while (!(done = drained(c)) && slices)
		if (wait_ms(&c->progressed, &c->dev.lock, DRAIN_SLICE_MS) == ETIMEDOUT)
			slices--;
	virtio_unlock(&c->dev);
	return done ? 0 : -ETIMEDOUT;
}
