/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest channel between channel_host and the host's descriptors. See channel_io.h. */
#include "devices/channel_io.h"

#include <errno.h>
#include <sys/stat.h>

#include "devices/container.h"

#define OUT_SIZE  65536u
#define IN_SIZE	  16384u
#define DOWN_MAX  (4u << 20) /* EXEC, a stdin window, and signals beyond all reason */

/* --- the end ------------------------------------------------------------------------ */

static void on_tell(struct ring_op *op, int res)
{
	struct channel_io *c = container_of(op, struct channel_io, tell);

	if (c->exited)
		c->exited(c->opaque, c->status);
}

/* Says that it is over, once all output is out. */
static void check_end(struct channel_io *c)
{
	if (!c->ended || c->told || !channel_io_flushed(c))
		return;
	c->told = true;
	c->tell.done = on_tell;
	ring_post(c->ring, &c->tell);
}

void channel_io_end(struct channel_io *c, int status)
{
	if (!c->ended) {
		c->ended = true;
		c->status = status;
		if (status < 0) /* else BYE is still to go down */
			bytes_free(&c->down);
	}
	check_end(c);
}

bool channel_io_flushed(const struct channel_io *c)
{
	return output_empty(&c->out) && output_empty(&c->err);
}

/* --- stdin -------------------------------------------------------------------------- */

static void want_input(struct channel_io *c)
{
	size_t room = channel_host_stdin_room(c->host);

	if (c->ended || c->in_ended || !channel_host_ready(c->host))
		return;
	if (c->in.fd < 0) {
		c->in_ended = true;
		channel_host_stdin(c->host, NULL, 0);
	} else if (room) {
		input_want(&c->in, room);
	}
}

static void got_input(struct input *i, const uint8_t *data, size_t len)
{
	struct channel_io *c = container_of(i, struct channel_io, in);

	if (c->ended)
		return;
	c->in_ended = len == 0;
	/* Room has not shrunk since it was asked for: only this function uses it up. */
	channel_host_stdin(c->host, data, len);
	c->down_ready(c);
	want_input(c);
}

/* --- channel_host's callbacks ------------------------------------------------------- */

static void host_send(void *opaque, const void *data, size_t len)
{
	struct channel_io *c = opaque;

	if (!(c->ended && c->status < 0) && bytes_put(&c->down, data, len) < 0)
		channel_io_end(c, -ENOMEM);
}

static void host_output(void *opaque, int stream, const void *data, size_t len)
{
	struct channel_io *c = opaque;

	output_put(stream == 1 || c->shared ? &c->out : &c->err, data, len);
}

static void host_exited(void *opaque, int status)
{
	channel_io_end(opaque, status);
}

static const struct channel_host_ops host_ops = { host_send, host_output, host_exited };

/* --- from and to the guest ---------------------------------------------------------- */

size_t channel_io_room(const struct channel_io *c)
{
	size_t out = output_room(&c->out), err = output_room(&c->err);

	return out < err ? out : err;
}

void channel_io_receive(struct channel_io *c, const void *data, size_t len)
{
	if (channel_host_receive(c->host, data, len) < 0)
		channel_io_end(c, -EPROTO);
	want_input(c);
	if (c->down.len)
		c->down_ready(c);
}

const void *channel_io_down(const struct channel_io *c, size_t *len)
{
	*len = c->down.len;
	return c->down.data + c->down.head;
}

void channel_io_sent(struct channel_io *c, size_t len)
{
	bytes_drop(&c->down, len);
}

int channel_io_signal(struct channel_io *c, int signal)
{
	int err = c->down.len < DOWN_MAX ? channel_host_signal(c->host, signal) : -EAGAIN;

	if (!err)
		c->down_ready(c);
	return err;
}

int channel_io_winsize(struct channel_io *c, uint16_t rows, uint16_t columns)
{
	int err = c->down.len < DOWN_MAX ? channel_host_winsize(c->host, rows, columns) : -EAGAIN;

	if (!err && c->down.len)
		c->down_ready(c);
	return err;
}

static void progressed(struct channel_io *c, const struct output *o)
{
	if (o->error)
		channel_io_end(c, o->error == -EPIPE ? 141 : o->error);
	c->up_ready(c);
	check_end(c);
}

static void out_progressed(struct output *o)
{
	progressed(container_of(o, struct channel_io, out), o);
}

static void err_progressed(struct output *o)
{
	progressed(container_of(o, struct channel_io, err), o);
}

/* --- life --------------------------------------------------------------------------- */

static bool same_file(int a, int b)
{
	struct stat sa, sb;

	return a >= 0 && b >= 0 && fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
	       sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino && sa.st_rdev == sb.st_rdev;
}

int channel_io_create(struct channel_io *c, const struct channel_config *cfg, struct ring *ring,
		      pthread_mutex_t *lock)
{
	int err;

	*c = (struct channel_io){ .exited = cfg->exited, .opaque = cfg->opaque, .ring = ring };
	c->shared = same_file(cfg->out_fd, cfg->err_fd);
	err = channel_host_create(&c->host, &cfg->exec, &host_ops, c);
	if (!err)
		err = output_create(&c->out, OUT_SIZE, ring, cfg->out_fd, lock);
	if (!err)
		err = output_create(&c->err, OUT_SIZE, ring, cfg->err_fd, lock);
	if (!err)
		err = input_create(&c->in, IN_SIZE, ring, cfg->in_fd, lock);
	c->out.progress = out_progressed;
	c->err.progress = err_progressed;
	c->in.got = got_input;
	return err;
}

void channel_io_destroy(struct channel_io *c)
{
	channel_host_destroy(c->host);
	output_destroy(&c->out);
	output_destroy(&c->err);
	input_destroy(&c->in);
	bytes_free(&c->down);
}
