/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes from a file descriptor, read on the event thread only when they are asked
 * for: what a device has no room for stays in the pipe or the terminal, so
 * nothing is lost and nothing piles up.
 *
 * Like struct output, part of a device: called with that device's lock held.
 */
#ifndef DEVICES_INPUT_H
#define DEVICES_INPUT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/ring.h"

struct input {
	struct ring *ring;
	int fd;			/* not owned; -1: none, ever */
	pthread_mutex_t *lock;	/* the device's */
	/* Event thread, lock held. len 0: end of file, or an error; the last call then. */
	void (*got)(struct input *i, const uint8_t *data, size_t len);

	uint8_t *buf;
	size_t size, want;	/* want: bytes asked for in the read in flight */
	bool busy, ended;
	struct ring_op op;
};

/* 0 or -ENOMEM. size: the most bytes that one read brings. */
int input_create(struct input *i, size_t size, struct ring *ring, int fd, pthread_mutex_t *lock);
/* When the ring is gone, or nothing was ever asked for. */
void input_destroy(struct input *i);

/* Any thread: ask for up to len > 0 bytes. Without effect during a read and after the end. */
void input_want(struct input *i, size_t len);

#endif
