/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's end of the guest channel: frames in and out, no I/O. See
 * channel_host.h for the interface and guest/agent/channel.h for the protocol.
 *
 * Output payload is handed on as it arrives, never gathered, so memory does not
 * grow with what the guest says; only the 4-byte control payloads are collected.
 */
#include "devices/channel_host.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXEC_MAX   (1u << 20)
#define EXEC_FIXED 8u /* flags, rows, columns: at the head of every EXEC frame */
#define EXEC_CHUNK (CHANNEL_MAX_PAYLOAD - EXEC_FIXED)

_Static_assert(sizeof(struct channel_header) == 8, "channel_header is 8 bytes on the wire");

enum phase { PHASE_HELLO, PHASE_RUNNING, PHASE_EXITED, PHASE_BROKEN };

struct channel_host {
	const struct channel_host_ops *ops;
	void *opaque;
	enum phase phase;

	/* What EXEC will say: the strings of channel.h, one after the other. */
	char *strings;
	size_t strings_len;
	uint32_t exec_flags;
	uint16_t rows, columns;

	/* The frame being received. */
	uint8_t head[sizeof(struct channel_header)];
	size_t head_have;
	uint8_t type;
	uint32_t left; /* payload bytes still to come */
	uint8_t control[4];
	size_t control_have;

	uint32_t in_flight; /* stdin bytes sent and not yet acknowledged */
	bool stdin_eof;
};

/* --- EXEC --------------------------------------------------------------------------- */

static size_t list_size(char *const *list, size_t *count)
{
	size_t size = 0;

	*count = 0;
	for (; list && list[*count]; ++*count)
		size += strlen(list[*count]) + 1;
	return size;
}

static char *put_string(char *to, const char *s)
{
	size_t len = strlen(s) + 1;

	memcpy(to, s, len);
	return to + len;
}

static char *put_list(char *to, char *const *list)
{
	for (; list && *list; list++)
		to = put_string(to, *list);
	return put_string(to, "");
}

static int copy_exec(struct channel_host *c, const struct channel_exec *e)
{
	const char *cwd = e->cwd ? e->cwd : "/";
	size_t argc, envc;
	size_t size = list_size(e->argv, &argc) + list_size(e->env, &envc) + strlen(cwd) + 3;
	char *p;

	if (size > EXEC_MAX)
		return -E2BIG;
	p = c->strings = malloc(size);
	if (!p)
		return -ENOMEM;
	p = put_list(p, e->argv);
	p = put_list(p, e->env);
	put_string(p, cwd);
	c->strings_len = size;
	/* argc < EXEC_MAX = 2^20 fits the 24 bits above the shift. */
	c->exec_flags = (uint32_t)argc << CHANNEL_EXEC_ARGC_SHIFT | (e->tty ? CHANNEL_EXEC_TTY : 0);
	c->rows = e->rows;
	c->columns = e->columns;
	return 0;
}

static void send_frame(struct channel_host *c, uint8_t type, const void *data, uint32_t len)
{
	struct channel_header h = { .type = type, .len = htole32(len) };

	c->ops->send(c->opaque, &h, sizeof(h));
	if (len)
		c->ops->send(c->opaque, data, len);
}

static void send_exec(struct channel_host *c)
{
	uint8_t frame[CHANNEL_MAX_PAYLOAD];
	uint16_t rows = htole16(c->rows), columns = htole16(c->columns);

	for (size_t at = 0; at < c->strings_len;) {
		size_t left = c->strings_len - at;
		size_t n = left < EXEC_CHUNK ? left : EXEC_CHUNK;
		uint32_t flags = htole32(c->exec_flags | (n < left ? CHANNEL_EXEC_MORE : 0));

		memcpy(frame, &flags, 4);
		memcpy(frame + 4, &rows, 2);
		memcpy(frame + 6, &columns, 2);
		memcpy(frame + EXEC_FIXED, c->strings + at, n);
		send_frame(c, CHANNEL_EXEC, frame, (uint32_t)(EXEC_FIXED + n));
		at += n;
	}
	free(c->strings);
	c->strings = NULL;
}

/* --- life --------------------------------------------------------------------------- */

int channel_host_create(struct channel_host **ret, const struct channel_exec *exec,
			const struct channel_host_ops *ops, void *opaque)
{
	struct channel_host *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->ops = ops;
	c->opaque = opaque;
	err = copy_exec(c, exec);
	if (err) {
		channel_host_destroy(c);
		return err;
	}
	*ret = c;
	return 0;
}

void channel_host_destroy(struct channel_host *c)
{
	if (!c)
		return;
	free(c->strings);
	free(c);
}

/* --- from the guest ----------------------------------------------------------------- */

static bool is_output(uint8_t type)
{
	return type == CHANNEL_STDOUT || type == CHANNEL_STDERR;
}

/* A complete header: is this frame allowed now, and of the right size? */
static int begin_frame(struct channel_host *c)
{
	struct channel_header h;

	memcpy(&h, c->head, sizeof(h));
	c->type = h.type;
	c->left = le32toh(h.len);
	c->control_have = 0;
	if (h.zero[0] | h.zero[1] | h.zero[2])
		return -EPROTO;
	if ((c->type == CHANNEL_HELLO) != (c->phase == PHASE_HELLO))
		return -EPROTO;
	if (is_output(c->type))
		return c->left <= CHANNEL_MAX_PAYLOAD ? 0 : -EPROTO;
	if (c->type != CHANNEL_HELLO && c->type != CHANNEL_STDIN_ACK && c->type != CHANNEL_EXIT)
		return -EPROTO;
	return c->left == sizeof(c->control) ? 0 : -EPROTO;
}

/* A complete control frame. */
static int act(struct channel_host *c)
{
	uint32_t value;

	memcpy(&value, c->control, sizeof(value));
	value = le32toh(value);
	switch (c->type) {
	case CHANNEL_HELLO:
		if (value != CHANNEL_VERSION)
			return -EPROTO;
		c->phase = PHASE_RUNNING;
		send_exec(c);
		return 0;
	case CHANNEL_STDIN_ACK:
		if (value > c->in_flight)
			return -EPROTO;
		c->in_flight -= value;
		return 0;
	default: /* CHANNEL_EXIT: begin_frame let nothing else through */
		if (value > 255)
			return -EPROTO;
		c->phase = PHASE_EXITED;
		send_frame(c, CHANNEL_BYE, NULL, 0);
		c->ops->exited(c->opaque, (int)value);
		return 0;
	}
}

/* Takes header bytes, then payload bytes; returns how many were used, or -EPROTO. */
static ssize_t take(struct channel_host *c, const uint8_t *p, size_t len)
{
	size_t n;

	if (c->head_have < sizeof(c->head)) {
		n = sizeof(c->head) - c->head_have;
		n = n < len ? n : len;
		memcpy(c->head + c->head_have, p, n);
		c->head_have += n;
		if (c->head_have == sizeof(c->head) && begin_frame(c) < 0)
			return -EPROTO;
	} else {
		n = c->left < len ? c->left : len;
		if (is_output(c->type)) {
			c->ops->output(c->opaque, c->type == CHANNEL_STDOUT ? 1 : 2, p, n);
		} else {
			memcpy(c->control + c->control_have, p, n);
			c->control_have += n;
		}
		c->left -= (uint32_t)n;
	}
	if (c->head_have == sizeof(c->head) && c->left == 0) {
		c->head_have = 0;
		if (!is_output(c->type) && act(c) < 0)
			return -EPROTO;
	}
	return (ssize_t)n;
}

int channel_host_receive(struct channel_host *c, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len && (c->phase == PHASE_HELLO || c->phase == PHASE_RUNNING)) {
		ssize_t n = take(c, p, len);

		if (n < 0) {
			c->phase = PHASE_BROKEN;
			break;
		}
		p += n;
		len -= (size_t)n;
	}
	return c->phase == PHASE_BROKEN ? -EPROTO : 0;
}

/* --- to the guest ------------------------------------------------------------------- */

size_t channel_host_stdin_room(const struct channel_host *c)
{
	if (c->phase != PHASE_RUNNING || c->stdin_eof)
		return 0;
	return CHANNEL_STDIN_WINDOW - c->in_flight;
}

int channel_host_stdin(struct channel_host *c, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (c->phase == PHASE_HELLO)
		return -EAGAIN;
	if (c->phase != PHASE_RUNNING || c->stdin_eof)
		return -EPIPE;
	if (len > channel_host_stdin_room(c))
		return -EAGAIN;
	if (len == 0) {
		c->stdin_eof = true;
		send_frame(c, CHANNEL_STDIN, NULL, 0);
	}
	while (len) {
		uint32_t n = len < CHANNEL_MAX_PAYLOAD ? (uint32_t)len : CHANNEL_MAX_PAYLOAD;

		c->in_flight += n;
		send_frame(c, CHANNEL_STDIN, p, n);
		p += n;
		len -= n;
	}
	return 0;
}

int channel_host_signal(struct channel_host *c, int signal)
{
	uint32_t value = htole32((uint32_t)signal);

	if (c->phase == PHASE_HELLO)
		return -EAGAIN;
	if (c->phase != PHASE_RUNNING)
		return -EPIPE;
	send_frame(c, CHANNEL_SIGNAL, &value, sizeof(value));
	return 0;
}

int channel_host_winsize(struct channel_host *c, uint16_t rows, uint16_t columns)
{
	uint16_t value[2] = { htole16(rows), htole16(columns) };

	if (c->phase == PHASE_HELLO) { /* EXEC will carry it */
		c->rows = rows;
		c->columns = columns;
		return 0;
	}
	if (c->phase != PHASE_RUNNING)
		return -EPIPE;
	send_frame(c, CHANNEL_WINSIZE, value, sizeof(value));
	return 0;
}

bool channel_host_ready(const struct channel_host *c)
{
	return c->phase == PHASE_RUNNING;
}
