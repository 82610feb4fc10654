/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conversation with the host, as a state machine over one poll() loop. */
#include "guest/agent/session.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "guest/agent/child.h"
#include "guest/agent/command.h"
#include "guest/agent/log.h"

enum state {
	STATE_HELLO, /* no host yet */
	STATE_EXEC,  /* HELLO is out */
	STATE_RUN,
	STATE_BYE, /* EXIT is out */
	STATE_END,
};

struct session {
	struct port *port;
	int signals;
	enum state state;
	struct command command;
	struct child child;
	uint8_t in[CHANNEL_STDIN_WINDOW]; /* stdin not yet taken by the command */
	size_t in_from, in_to;
	bool in_eof;
	uint32_t ack; /* taken, and not yet told to the host */
};

/* --- stdin: host to command -------------------------------------------------------------- */

static int take_stdin(struct session *s, const struct frame *f)
{
	if (s->in_eof)
		return -EPROTO;
	if (f->len == 0) {
		s->in_eof = true;
		return 0;
	}
	if (s->in_from) {
		memmove(s->in, s->in + s->in_from, s->in_to - s->in_from);
		s->in_to -= s->in_from;
		s->in_from = 0;
	}
	if (f->len > sizeof(s->in) - s->in_to) /* beyond its credit */
		return -EPROTO;
	memcpy(s->in + s->in_to, f->data, f->len);
	s->in_to += f->len;
	return 0;
}

/* The command's end of file: a closed pipe, or the terminal's own character for it. */
static void end_stdin(struct session *s)
{
	struct termios t;

	if (s->child.tty && s->child.in >= 0 && tcgetattr(s->child.in, &t) == 0 &&
	    write(s->child.in, &t.c_cc[VEOF], 1) < 0 && errno == EAGAIN)
		return; /* again when it can take a byte */
	child_close(&s->child.in);
}

static void feed_stdin(struct session *s)
{
	size_t left = s->in_to - s->in_from;
	ssize_t n = 0;

	if (left && s->child.in >= 0) {
		n = write(s->child.in, s->in + s->in_from, left);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			child_close(&s->child.in); /* EPIPE: the command reads no more */
	}
	if (s->child.in < 0)
		n = (ssize_t)left; /* nobody will ever read it: it is used up */
	if (n > 0) {
		s->in_from += (size_t)n;
		s->ack += (uint32_t)n;
	}
	if (s->in_eof && s->in_from == s->in_to && s->child.in >= 0)
		end_stdin(s);
}

/* --- stdout, stderr: command to host ----------------------------------------------------- */

/*
 * Move what is there, one frame. Once the command is dead, its output ends where the
 * stream is empty or where no more of its own can be (left), whoever else holds it.
 */
static void move_output(struct session *s, int *fd, uint8_t type, size_t *left)
{
	size_t room = port_room(s->port);
	ssize_t n;

	if (*fd < 0 || !room)
		return;
	if (s->child.dead && room > *left)
		room = *left;
	n = read(*fd, port_payload(s->port), room);
	if (n > 0)
		port_commit(s->port, type, (size_t)n);
	if (n > 0 && s->child.dead)
		*left -= (size_t)n;
	/* 0: end of file, or nothing left. EIO: the terminal is closed. */
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) ||
	    (n < 0 && errno == EAGAIN && s->child.dead))
		child_close(fd);
}

static void move_all_output(struct session *s)
{
	bool open;

	do {
		move_output(s, &s->child.out, CHANNEL_STDOUT, &s->child.left_out);
		move_output(s, &s->child.err, CHANNEL_STDERR, &s->child.left_err);
		port_flush(s->port);
		open = s->child.out >= 0 || s->child.err >= 0;
	} while (s->child.dead && open && port_room(s->port));
	if (s->child.dead && !open &&
	    port_send_u32(s->port, CHANNEL_EXIT, (uint32_t)s->child.status))
		s->state = STATE_BYE;
}

/* --- frames ------------------------------------------------------------------------------ */

static int start_command(struct session *s, const struct frame *f)
{
	int r = command_feed(&s->command, f->data, f->len);

	if (r <= 0)
		return r;
	r = child_start(&s->child, &s->command);
	if (r < 0) { /* out of processes or memory: that is a failed command */
		log_error("cannot start the command: %s", strerror(-r));
		s->child =
		    (struct child){ .in = -1, .out = -1, .err = -1, .dead = true, .status = 126 };
	}
	s->state = STATE_RUN;
	return 0;
}

static int act_running(struct session *s, const struct frame *f)
{
	uint32_t word = 0;

	memcpy(&word, f->data, f->len < sizeof(word) ? f->len : sizeof(word));
	word = le32toh(word);
	if (f->type == CHANNEL_STDIN)
		return take_stdin(s, f);
	if (f->len != sizeof(word))
		return -EPROTO;
	if (f->type == CHANNEL_SIGNAL)
		child_signal(&s->child, (int)(word & 0x7f));
	else if (f->type == CHANNEL_WINSIZE)
		child_winsize(&s->child, (uint16_t)word, (uint16_t)(word >> 16));
	else
		return -EPROTO;
	return 0;
}

static int act(struct session *s, const struct frame *f)
{
	switch (s->state) {
	case STATE_EXEC:
		return f->type == CHANNEL_EXEC ? start_command(s, f) : -EPROTO;
	case STATE_RUN:
		return act_running(s, f);
	case STATE_BYE: /* stdin and signals may still have been on their way */
		if (f->type == CHANNEL_BYE)
			s->state = STATE_END;
		return 0;
	default:
		return -EPROTO;
	}
}

static int receive_frames(struct session *s)
{
	struct frame f;
	int r;

	while (s->state != STATE_HELLO && s->state != STATE_END &&
	       (r = port_receive(s->port, &f)) != 0) {
		if (r > 0)
			r = act(s, &f);
		if (r < 0) {
			log_error("the host's end of the channel: %s (frame type %#x, state %d)",
				  strerror(-r), f.type, s->state);
			return r;
		}
	}
	return 0;
}

/* --- the loop ---------------------------------------------------------------------------- */

/* Every process that ends is ours to bury; one of them may be the command. */
static void reap(int signals, struct child *child)
{
	struct signalfd_siginfo drop;
	int status;
	pid_t pid;

	while (read(signals, &drop, sizeof(drop)) == sizeof(drop))
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (child && pid == child->pid && !child->dead)
			child_ended(child, status);
}

static void wait_for_work(struct session *s)
{
	bool room = port_room(s->port) > 0;
	const struct child *c = &s->child;
	bool want_in = s->in_to > s->in_from || s->in_eof;
	struct pollfd fds[] = {
		{ .fd = s->port->events, .events = POLLIN },
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = want_in ? c->in : -1, .events = POLLOUT },
		{ .fd = room ? c->out : -1, .events = POLLIN },
		{ .fd = room ? c->err : -1, .events = POLLIN },
	};

	while (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0 && errno == EINTR)
		;
	if (fds[0].revents)
		port_update(s->port);
	if (fds[1].revents)
		reap(s->signals, &s->child);
}

/* A host has come, or has gone. False: the conversation is over. */
static bool follow_connection(struct session *s)
{
	if (s->port->connected && s->state == STATE_HELLO) {
		port_reset(s->port);
		if (port_send_u32(s->port, CHANNEL_HELLO, CHANNEL_VERSION))
			s->state = STATE_EXEC;
	} else if (!s->port->connected && s->state == STATE_EXEC) {
		command_free(&s->command);
		s->state = STATE_HELLO; /* nothing was begun: wait for the next */
	}
	return s->port->connected || s->state == STATE_HELLO;
}

static int serve(struct session *s)
{
	int err = 0;

	port_update(s->port);
	while (!err && follow_connection(s)) {
		err = receive_frames(s);
		if (s->state == STATE_RUN) {
			feed_stdin(s);
			move_all_output(s);
		}
		if (s->ack && port_send_u32(s->port, CHANNEL_STDIN_ACK, s->ack))
			s->ack = 0;
		port_flush(s->port);
		if (s->state == STATE_END)
			return 0;
		if (!err)
			wait_for_work(s);
	}
	return err;
}

int session_serve(struct port *port, int signals)
{
	struct session s = { .port = port,
			     .signals = signals,
			     .child = { .in = -1, .out = -1, .err = -1 } };
	int err = serve(&s);

	child_destroy(&s.child);
	command_free(&s.command);
	reap(signals, NULL);
	return err;
}

void session_wait_gone(struct port *port, int signals)
{
	struct pollfd fds[] = {
		{ .fd = port->events, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};

	port_update(port);
	while (port->connected) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents)
			port_update(port);
		if (fds[1].revents)
			reap(signals, NULL);
	}
	port_reset(port);
}
