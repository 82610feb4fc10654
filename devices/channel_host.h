/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's end of the guest channel (guest/agent/channel.h) as a plain state
 * machine: bytes in, bytes out, no I/O of its own. The virtio console drives it
 * inside the VMM, the lab drives it over a socket.
 *
 * What comes from the guest is hostile: a malformed frame ends the conversation
 * with -EPROTO, it never crashes or loses a byte of the frames before it.
 */
#ifndef DEVICES_CHANNEL_HOST_H
#define DEVICES_CHANNEL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/agent/channel.h"

struct channel_host;

struct channel_exec {
	char *const *argv; /* NULL-terminated; empty: an interactive shell */
	char *const *env;  /* NULL-terminated KEY=VALUE, may be NULL */
	const char *cwd;   /* may be NULL: "/" */
	bool tty;
	uint16_t rows, columns;
};

/* Called from inside channel_host_* functions; must not call back into them. */
struct channel_host_ops {
	/* Bytes for the guest, in order. Copied by the callee. */
	void (*send)(void *opaque, const void *data, size_t len);
	/* Output of the command: stream 1 (stdout) or 2 (stderr). */
	void (*output)(void *opaque, int stream, const void *data, size_t len);
	/* The command ended: exit status 0..255 (128 + n: signal n). At most once. */
	void (*exited)(void *opaque, int status);
};

/* exec is copied. 0, -ENOMEM, -E2BIG (arguments and environment over 1 MiB). */
int channel_host_create(struct channel_host **ret, const struct channel_exec *exec,
			const struct channel_host_ops *ops, void *opaque);
void channel_host_destroy(struct channel_host *c);

/* Bytes from the guest, any split. 0, or -EPROTO for good. Bytes after EXIT are ignored. */
int channel_host_receive(struct channel_host *c, const void *data, size_t len);

/* How many bytes of stdin the guest will take now (0 before HELLO). */
size_t channel_host_stdin_room(const struct channel_host *c);
/*
 * Send stdin; len <= channel_host_stdin_room(), 0 means end of file (once, after HELLO).
 * 0; -EAGAIN before HELLO or without room (nothing was sent); -EPIPE after end of file or EXIT.
 */
int channel_host_stdin(struct channel_host *c, const void *data, size_t len);
/* 0; -EAGAIN before HELLO, -EPIPE after EXIT. A size given before HELLO goes out with EXEC. */
int channel_host_signal(struct channel_host *c, int signal);
int channel_host_winsize(struct channel_host *c, uint16_t rows, uint16_t columns);

/* True from HELLO (EXEC has gone out) until EXIT. */
bool channel_host_ready(const struct channel_host *c);

#endif
