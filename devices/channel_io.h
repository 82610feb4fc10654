/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest channel at work in the VMM: channel_host's frames on one side, the
 * host's file descriptors on the other, nothing lost and nothing without bound in
 * between.
 *
 *   in_fd --input--> channel_host --down--> guest
 *   out_fd, err_fd <--output-- channel_host <--channel_io_receive()-- guest
 *
 * Stdin is read only while the guest has room for it (CHANNEL_STDIN_WINDOW). What
 * comes from the guest is accepted only while there is room towards out_fd and
 * err_fd: a slow reader of ours holds the guest's command back, as a pipe would.
 *
 * The owner's lock guards all of it; every function but create and destroy is called
 * with the lock held. The event thread does the reading and writing.
 */
#ifndef DEVICES_CHANNEL_IO_H
#define DEVICES_CHANNEL_IO_H

#include <pthread.h>

#include "devices/bytes.h"
#include "devices/channel_host.h"
#include "devices/input.h"
#include "devices/output.h"

struct channel_config {
	struct channel_exec exec;
	int in_fd;	/* -1: end of file at once */
	int out_fd, err_fd; /* -1: discard. The same file: its bytes keep the guest's order. */
	/*
	 * The conversation is over and all output has been written; called once, on the event
	 * thread, without locks. status 0..255 is the command's; 141 (128 + SIGPIPE) means that our
	 * stdout or stderr has no reader any more. Negative errno: -EPROTO the guest broke the
	 * protocol, -ENODEV its driver refused the port, others from writing output. May be NULL.
	 */
	void (*exited)(void *opaque, int status);
	void *opaque;
};

struct channel_io {
	struct channel_host *host;
	void (*exited)(void *opaque, int status);
	void *opaque;
	struct ring *ring;
	/* Set by the owner after create. Lock held. */
	void (*down_ready)(struct channel_io *c); /* any thread: there is something for the guest */
	void (*up_ready)(struct channel_io *c);	  /* event thread: output made progress */

	struct output out, err;
	bool shared; /* stderr goes through out as well */
	struct input in;
	bool in_ended;
	struct bytes down;
	bool ended;   /* status is known */
	bool told;    /* exited() was called, or is about to be */
	int status;
	struct ring_op tell;
};

/* 0 or negative errno (channel_host_create). */
int channel_io_create(struct channel_io *c, const struct channel_config *cfg, struct ring *ring,
		      pthread_mutex_t *lock);
/* When the ring is gone. Also after a failed create. */
void channel_io_destroy(struct channel_io *c);

/* How many bytes from the guest can be taken now. */
size_t channel_io_room(const struct channel_io *c);
/* Event thread: len <= channel_io_room() bytes from the guest. */
void channel_io_receive(struct channel_io *c, const void *data, size_t len);

/* Event thread or vCPU: the bytes waiting for the guest; say how many of them it took. */
const void *channel_io_down(const struct channel_io *c, size_t *len);
void channel_io_sent(struct channel_io *c, size_t len);

/* For the command: 0, -EAGAIN too early or too many waiting, -EPIPE it has ended. Any thread. */
int channel_io_signal(struct channel_io *c, int signal);
int channel_io_winsize(struct channel_io *c, uint16_t rows, uint16_t columns);

/* End the conversation for another reason than the guest's EXIT. */
void channel_io_end(struct channel_io *c, int status);
/* True when nothing is on its way to the host's descriptors. */
bool channel_io_flushed(const struct channel_io *c);

#endif
