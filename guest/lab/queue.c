// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes waiting to be written; see queue.h. */
#include "guest/lab/queue.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_regular(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

void queue_init(struct queue *q, int fd, bool socket)
{
	*q = (struct queue){ .fd = fd };
	if (!socket)
		q->piece = is_regular(fd) ? 1u << 20 : PIPE_BUF;
}

void queue_free(struct queue *q)
{
	free(q->data);
	q->data = NULL;
}

size_t queue_len(const struct queue *q)
{
	return q->end - q->at;
}

static void give_up(struct queue *q, int error)
{
	q->broken = true;
	q->error = error;
	q->at = q->end = 0;
}

static bool make_room(struct queue *q, size_t len)
{
	char *grown;

	if (q->at) {
		memmove(q->data, q->data + q->at, queue_len(q));
		q->end -= q->at;
		q->at = 0;
	}
	if (q->room - q->end >= len)
		return true;
	grown = realloc(q->data, 2 * (q->end + len));
	if (!grown)
		return false;
	q->data = grown;
	q->room = 2 * (q->end + len);
	return true;
}

void queue_put(struct queue *q, const void *data, size_t len)
{
	if (q->broken || !len)
		return;
	if (q->room - q->end < len && !make_room(q, len)) {
		give_up(q, -ENOMEM);
		return;
	}
	memcpy(q->data + q->end, data, len);
	q->end += len;
}

void queue_write(struct queue *q)
{
	size_t len = queue_len(q);
	ssize_t n;

	if (!len)
		return;
	if (q->piece)
		n = write(q->fd, q->data + q->at, len < q->piece ? len : q->piece);
	else
		n = send(q->fd, q->data + q->at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0) {
		q->at += (size_t)n;
		if (q->at == q->end)
			q->at = q->end = 0;
	} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		give_up(q, -errno);
	}
}
