/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes on their way to a file descriptor. See output.h. */
#include "devices/output.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "devices/container.h"
#include "devices/wait.h"

#define DRAIN_SLICE_MS 10


static void on_written(struct ring_op *op, int res);

/* Event thread: write the longest run of bytes that does not wrap. */
static void write_more(struct output *o)
{
	size_t n = o->size - o->head;

	n = n < o->len ? n : o->len;
	o->op.done = on_written;
	ring_write(o->ring, &o->op, o->fd, o->buf + o->head, (unsigned)n);
}

static void on_ready(struct ring_op *op, int res)
{
	struct output *o = container_of(op, struct output, op);

	pthread_mutex_lock(o->lock);
	if (res == -ECANCELED) /* the ring is going away */
		o->busy = false;
	else
		write_more(o);
	pthread_mutex_unlock(o->lock);
}

static void consumed(struct output *o, size_t n)
{
	o->head = (o->head + n) % o->size;
	o->len -= n;
	if (o->len)
		write_more(o);
	else
		o->busy = false;
	if (o->progress)
		o->progress(o);
}

static void failed(struct output *o, int err)
{
	o->error = err;
	o->len = 0;
	o->busy = false;
	if (o->progress)
		o->progress(o);
}

static void on_written(struct ring_op *op, int res)
{
	struct output *o = container_of(op, struct output, op);

	pthread_mutex_lock(o->lock);
	if (res > 0) {
		consumed(o, (size_t)res);
	} else if (res == -EINTR) {
		write_more(o);
	} else if (res == -EAGAIN) { /* the descriptor is non-blocking */
		o->op.done = on_ready;
		ring_poll(o->ring, &o->op, o->fd, POLLOUT);
	} else {
		failed(o, res ? res : -EIO);
	}
	pthread_mutex_unlock(o->lock);
}

/* Event thread: bytes were put into an idle queue. */
static void on_posted(struct ring_op *op, int res)
{
	struct output *o = container_of(op, struct output, op);

	pthread_mutex_lock(o->lock);
	if (o->delay_ns) {
		o->op.done = on_ready;
		ring_timeout(o->ring, &o->op, o->delay_ns);
	} else {
		write_more(o);
	}
	pthread_mutex_unlock(o->lock);
}

int output_create(struct output *o, size_t size, struct ring *ring, int fd, pthread_mutex_t *lock)
{
	*o = (struct output){ .ring = ring, .fd = fd, .lock = lock, .size = size };
	o->buf = malloc(size);
	return o->buf ? 0 : -ENOMEM;
}

void output_destroy(struct output *o)
{
	free(o->buf);
	o->buf = NULL;
}

size_t output_room(const struct output *o)
{
	return o->size - o->len;
}

void output_put(struct output *o, const void *data, size_t len)
{
	size_t tail = (o->head + o->len) % o->size;
	size_t first = o->size - tail;

	if (o->error || o->fd < 0 || len == 0)
		return;
	first = first < len ? first : len;
	memcpy(o->buf + tail, data, first);
	memcpy(o->buf, (const char *)data + first, len - first);
	o->len += len;
	if (o->busy)
		return;
	o->busy = true;
	o->op.done = on_posted;
	ring_post(o->ring, &o->op);
}

bool output_empty(const struct output *o)
{
	return o->len == 0;
}

int output_drain(struct output *o, pthread_cond_t *progressed, unsigned ms)
{
	unsigned slices = ms / DRAIN_SLICE_MS + 1;

	while (!output_empty(o) && slices)
		if (wait_ms(progressed, o->lock, DRAIN_SLICE_MS) == ETIMEDOUT)
			slices--;
	return output_empty(o) ? 0 : -ETIMEDOUT;
}
