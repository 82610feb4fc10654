/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtio queues at work: notifications in, requests out, interrupts back, and the
 * count of what is in flight. See virtio_mmio.h for locking and life cycle.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_mmio.h>

#include "devices/container.h"
#include "devices/virtio_mmio.h"


void virtio_lock(struct virtio_device *d)
{
	pthread_mutex_lock(&d->lock);
}

void virtio_unlock(struct virtio_device *d)
{
	pthread_mutex_unlock(&d->lock);
}

bool virtio_has(const struct virtio_device *d, unsigned bit)
{
	return d->accepted & VIRTIO_FEATURE(bit);
}

bool virtio_live(const struct virtio_device *d)
{
	return (d->status & VIRTIO_CONFIG_S_DRIVER_OK) && !d->resetting &&
	       !(d->status & (VIRTIO_CONFIG_S_NEEDS_RESET | VIRTIO_CONFIG_S_FAILED));
}

static bool usable(const struct virtio_queue *q)
{
	return virtio_live(q->dev) && q->ready && !q->stopped;
}

/* --- interrupt ---------------------------------------------------------------------- */

void virtio_raise(struct virtio_device *d, uint32_t bits)
{
	bool was = d->isr;

	d->isr |= bits;
	if (!was)
		machine_irq(d->m, d->gsi, 1);
}

void virtio_fail(struct virtio_device *d)
{
	if (d->status & VIRTIO_CONFIG_S_NEEDS_RESET)
		return;
	d->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	if (d->status & VIRTIO_CONFIG_S_DRIVER_OK)
		virtio_raise(d, VIRTIO_MMIO_INT_CONFIG);
}

void virtio_config_changed(struct virtio_device *d)
{
	d->generation++;
	if (virtio_live(d))
		virtio_raise(d, VIRTIO_MMIO_INT_CONFIG);
}

/* --- notifications ------------------------------------------------------------------ */

static void run(struct virtio_queue *q)
{
	if (!usable(q))
		return;
	q->budget = q->vq.size;
	q->dev->ops->notify(q->dev, q->index);
}

static void on_kick(struct ring_op *op, int res)
{
	struct virtio_queue *q = container_of(op, struct virtio_queue, kick);

	virtio_lock(q->dev);
	q->kick_posted = false;
	run(q);
	virtio_unlock(q->dev);
}

void virtio_kick(struct virtio_device *d, unsigned queue)
{
	struct virtio_queue *q = &d->queue[queue];

	if (q->kick_posted)
		return;
	q->kick_posted = true;
	ring_post(d->m->ring, &q->kick);
}

static void on_event(struct ring_op *op, int res);

/* Reading the eventfd resets its count: a later signal makes the next read return. */
static void await_event(struct ring_op *op, int res)
{
	struct virtio_queue *q = container_of(op, struct virtio_queue, event);

	if (res == -ECANCELED)
		return;
	q->event.done = on_event;
	ring_read(q->dev->m->ring, &q->event, q->event_fd, &q->event_count, sizeof(q->event_count));
}

static void on_event(struct ring_op *op, int res)
{
	struct virtio_queue *q = container_of(op, struct virtio_queue, event);

	if (res < 0 && res != -EINTR)
		return;
	virtio_lock(q->dev);
	run(q);
	virtio_unlock(q->dev);
	await_event(op, 0);
}

/* --- requests ----------------------------------------------------------------------- */

static bool pop(struct virtio_queue *q, struct virtq_chain *c)
{
	int r = virtq_pop(&q->vq, c);

	if (r == 0 && virtq_listen(&q->vq))
		r = virtq_pop(&q->vq, c);
	if (r < 0)
		virtio_fail(q->dev);
	return r > 0;
}

bool virtio_pop(struct virtio_device *d, unsigned queue, struct virtq_chain *c)
{
	struct virtio_queue *q = &d->queue[queue];

	if (!usable(q))
		return false;
	if (q->budget == 0) { /* a driver that never stops must not keep others waiting */
		virtio_kick(d, queue);
		return false;
	}
	if (!pop(q, c))
		return false;
	q->budget--;
	d->in_flight++;
	return true;
}

void virtio_push(struct virtio_device *d, unsigned queue, uint16_t head, uint32_t len)
{
	struct virtio_queue *q = &d->queue[queue];

	d->in_flight--;
	if (d->resetting)
		virtio_try_reset(d);
	if (!usable(q))
		return;
	virtq_push(&q->vq, head, len);
	if (virtq_wants_interrupt(&q->vq))
		virtio_raise(d, VIRTIO_MMIO_INT_VRING);
}

/* --- set-up ------------------------------------------------------------------------- */

void virtio_queues_init(struct virtio_device *d)
{
	for (unsigned i = 0; i < d->ops->queues; i++) {
		struct virtio_queue *q = &d->queue[i];

		q->dev = d;
		q->index = i;
		q->event_fd = -1;
		q->kick.done = on_kick;
		q->event.done = await_event;
	}
}

int virtio_queues_listen(struct virtio_device *d, gpa_t addr)
{
	unsigned n = 0;

	for (; n < d->ops->queues; n++) {
		int err = machine_ioeventfd(d->m, addr, 4, n, &d->queue[n].event_fd);

		if (err == -ENOTSUP)
			break; /* the register handler takes these notifications */
		if (err)
			return err;
		/* Reads on the ring are to wait for a signal, not to poll for it. */
		if (fcntl(d->queue[n].event_fd, F_SETFL, 0) < 0)
			return -errno;
	}
	/* Nothing can fail any more: from here on the event thread knows the device. */
	for (unsigned i = 0; i < n; i++)
		ring_post(d->m->ring, &d->queue[i].event);
	return 0;
}

void virtio_queue_enable(struct virtio_device *d, struct virtio_queue *q)
{
	q->ready = virtq_init(&q->vq, d->m->mem, &q->place,
			      virtio_has(d, VIRTIO_RING_F_INDIRECT_DESC),
			      virtio_has(d, VIRTIO_RING_F_EVENT_IDX)) == 0;
	if (!q->ready)
		virtio_fail(d);
}
