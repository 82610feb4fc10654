/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes waiting to be written to a descriptor. */
#ifndef GUEST_LAB_QUEUE_H
#define GUEST_LAB_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue {
	int fd;
	size_t piece;  /* write at most so much at once */
	char *data;
	size_t at, end, room;
	bool broken;   /* the reader is gone, or memory is: what comes is dropped */
	int error;     /* why: negative errno */
};

/*
 * socket: written with MSG_DONTWAIT. Else at most PIPE_BUF bytes at once, which a pipe
 * that polls writable takes without blocking; its flags are left alone, as others share them.
 */
void queue_init(struct queue *q, int fd, bool socket);
void queue_free(struct queue *q);

void queue_put(struct queue *q, const void *data, size_t len);
size_t queue_len(const struct queue *q);

/* Write once, when poll() said that fd is writable. A failure sets broken. */
void queue_write(struct queue *q);

#endif
