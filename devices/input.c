/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes from a file descriptor, on demand. See input.h. */
#include "devices/input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "devices/container.h"

static void on_read(struct ring_op *op, int res);

static void on_ready(struct ring_op *op, int res)
{
	struct input *i = container_of(op, struct input, op);

	if (res == -ECANCELED) /* the ring is going away */
		return;
	i->op.done = on_read;
	ring_read(i->ring, &i->op, i->fd, i->buf, (unsigned)i->want);
}

static void on_read(struct ring_op *op, int res)
{
	struct input *i = container_of(op, struct input, op);

	if (res == -EINTR) {
		on_ready(op, 0);
		return;
	}
	if (res == -EAGAIN) { /* the descriptor is non-blocking */
		i->op.done = on_ready;
		ring_poll(i->ring, &i->op, i->fd, POLLIN);
		return;
	}
	if (res == -ECANCELED)
		return;
	pthread_mutex_lock(i->lock);
	i->busy = false;
	i->ended = res <= 0;
	i->got(i, i->buf, res > 0 ? (size_t)res : 0);
	pthread_mutex_unlock(i->lock);
}

int input_create(struct input *i, size_t size, struct ring *ring, int fd, pthread_mutex_t *lock)
{
	*i = (struct input){ .ring = ring, .fd = fd, .lock = lock, .size = size };
	i->buf = malloc(size);
	return i->buf ? 0 : -ENOMEM;
}

void input_destroy(struct input *i)
{
	free(i->buf);
	i->buf = NULL;
}

void input_want(struct input *i, size_t len)
{
	if (i->busy || i->ended || i->fd < 0)
		return;
	i->busy = true;
	i->want = len < i->size ? len : i->size;
	i->op.done = on_ready;
	ring_post(i->ring, &i->op);
}
