/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded queue of bytes on their way to a file descriptor: any thread puts
 * bytes in, the event thread writes them, in order, none lost and none twice.
 *
 * The queue has no lock of its own: it is part of a device and every function
 * but output_create/destroy is called with that device's lock held. When a write
 * fails for good, the queue keeps the error, drops what it holds and from then on
 * everything that is put in.
 *
 * Writing to a pipe that nobody reads raises SIGPIPE: the program must ignore it.
 */
#ifndef DEVICES_OUTPUT_H
#define DEVICES_OUTPUT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/ring.h"

struct output {
	struct ring *ring;
	int fd;			/* not owned; -1: discard */
	pthread_mutex_t *lock;	/* the device's */
	/* Event thread, lock held: room was made, or error was set. May be NULL. */
	void (*progress)(struct output *o);
	int error;		/* 0, or the negative errno that ended it */
	uint64_t delay_ns;	/* let bytes gather that long; set after create, 0 at first */

	uint8_t *buf;		/* ring buffer of `size` bytes: `len` of them queued from `head` */
	size_t size, head, len;
	bool busy;		/* op is posted or in flight */
	struct ring_op op;
};

/* 0 or -ENOMEM. size: how many bytes may wait. */
int output_create(struct output *o, size_t size, struct ring *ring, int fd, pthread_mutex_t *lock);
/* When the ring is gone, or nothing was ever put in. */
void output_destroy(struct output *o);

/* Bytes that can be put in now. */
size_t output_room(const struct output *o);
/* Queue len <= output_room() bytes. */
void output_put(struct output *o, const void *data, size_t len);
/* True when everything put in has been written (or dropped after an error). */
bool output_empty(const struct output *o);

/*
 * Wait until empty, about ms milliseconds at most (more while progress is made).
 * 0 or -ETIMEDOUT. Not on the event thread.
 */
int output_drain(struct output *o, pthread_cond_t *progressed, unsigned ms);

#endif
