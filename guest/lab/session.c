// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The event loop of a run: standard streams on one side, the channel on the other,
 * signals, QEMU's own descriptors, the watch. One thread, one poll().
 *
 * Standard input is not touched before the program has started: until then the whole
 * run can be done again elsewhere, as if nothing had happened.
 */
#include "guest/lab/session.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "devices/channel_host.h"
#include "guest/lab/clock.h"
#include "guest/lab/command.h"
#include "guest/lab/queue.h"
#include "guest/lab/terminal.h"

#define OUTPUT_HIGH (256u << 10) /* with so much unwritten the program's output waits */
#define TICK_MS	    1000

enum { FD_CHANNEL = EMU_FDS, FD_SIGNAL, FD_IN, FD_OUT, FD_ERR, FDS };

struct session {
	struct emu *emu;
	const struct lab_options *options;
	struct session_result *result;
	struct diag *diag;
	struct channel_host *channel;
	struct queue down, out, err; /* to L1, to stdout, to stderr */
	struct terminal terminal;
	int signals;		     /* signalfd */
	bool in_open;		     /* stdin has not ended */
	bool ended;		     /* the program has */
	bool told_pipe;		     /* that nobody reads its output */
	unsigned interrupts;
	long long deadline;	     /* 0: none */
};

/* --- the channel's callbacks ----------------------------------------------------- */

static void on_send(void *opaque, const void *data, size_t len)
{
	struct session *s = opaque;

	queue_put(&s->down, data, len);
}

static void on_output(void *opaque, int stream, const void *data, size_t len)
{
	struct session *s = opaque;

	queue_put(stream == 1 ? &s->out : &s->err, data, len);
}

static void on_exited(void *opaque, int status)
{
	struct session *s = opaque;

	s->ended = true;
	s->result->status = status;
}

static const struct channel_host_ops channel_ops = { on_send, on_output, on_exited };

/* --- what poll() reports ------------------------------------------------------------ */

static int read_channel(struct session *s)
{
	char buf[65536];
	ssize_t n = read(s->emu->qemu.channel, buf, sizeof(buf));
	int err = 0;

	if (n > 0)
		err = channel_host_receive(s->channel, buf, (size_t)n);
	if (!err)
		return 0;
	return diag_set(s->diag, err, "lab", "the lab's console: lab -v",
			"L1's agent sent what is no frame of the channel");
}

static void read_input(struct session *s)
{
	size_t room = channel_host_stdin_room(s->channel);
	char buf[CHANNEL_MAX_PAYLOAD];
	ssize_t n;

	n = read(STDIN_FILENO, buf, room < sizeof(buf) ? room : sizeof(buf));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		s->in_open = false; /* an error ends the input, too */
	(void)channel_host_stdin(s->channel, buf, n > 0 ? (size_t)n : 0);
}

static int interrupted(struct session *s, int signal)
{
	char name[32];

	if (s->result->started && !s->interrupts++) {
		(void)channel_host_signal(s->channel, signal);
		return 0;
	}
	s->result->status = 128 + signal;
	snprintf(name, sizeof(name), "SIG%s", sigabbrev_np(signal) ?: "?");
	return diag_set(s->diag, -EINTR, "lab", NULL, "ended by %s", name);
}

static int read_signal(struct session *s)
{
	struct signalfd_siginfo info;
	uint16_t rows, columns;

	if (read(s->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	if (info.ssi_signo != SIGWINCH)
		return interrupted(s, (int)info.ssi_signo);
	terminal_size(&rows, &columns);
	(void)channel_host_winsize(s->channel, rows, columns);
	return 0;
}

/* Like a shell's pipeline: a program whose reader went away is told by SIGPIPE. */
static void tell_broken(struct session *s)
{
	if (!s->out.broken || s->told_pipe || !s->result->started)
		return;
	s->told_pipe = true;
	(void)channel_host_signal(s->channel, SIGPIPE);
}

/* --- the loop ------------------------------------------------------------------------ */

static void want(struct pollfd *p, int fd, int events)
{
	/* A descriptor below zero is skipped: with nothing to wait for, a hang-up must not spin. */
	*p = (struct pollfd){ .fd = events ? fd : -1, .events = (short)events };
}

static void prepare(const struct session *s, struct pollfd p[FDS])
{
	bool full = queue_len(&s->out) > OUTPUT_HIGH || queue_len(&s->err) > OUTPUT_HIGH;
	bool in = s->in_open && s->result->started && channel_host_stdin_room(s->channel);

	emu_poll_fds(s->emu, p);
	want(&p[FD_CHANNEL], s->emu->qemu.channel,
	     (full || s->ended ? 0 : POLLIN) | (queue_len(&s->down) ? POLLOUT : 0));
	want(&p[FD_SIGNAL], s->signals, POLLIN);
	want(&p[FD_IN], STDIN_FILENO, in && !s->ended ? POLLIN : 0);
	want(&p[FD_OUT], STDOUT_FILENO, queue_len(&s->out) ? POLLOUT : 0);
	want(&p[FD_ERR], STDERR_FILENO, queue_len(&s->err) ? POLLOUT : 0);
}

static void start_seen(struct session *s)
{
	if (s->result->started || !watch_started(&s->emu->watch))
		return;
	s->result->started = true;
	terminal_raw(&s->terminal);
	if (s->options->timeout)
		s->deadline = clock_ms() + s->options->timeout * 1000ll;
}

static int handle(struct session *s, const struct pollfd p[FDS])
{
	int err = 0;

	if (p[FD_CHANNEL].revents & POLLOUT)
		queue_write(&s->down);
	if (p[FD_CHANNEL].revents & (POLLIN | POLLHUP) && p[FD_CHANNEL].events & POLLIN)
		err = read_channel(s);
	if (!err && p[FD_SIGNAL].revents)
		err = read_signal(s);
	if (p[FD_IN].revents)
		read_input(s);
	if (p[FD_OUT].revents)
		queue_write(&s->out);
	if (p[FD_ERR].revents)
		queue_write(&s->err);
	tell_broken(s);
	return err;
}

static int check_time(struct session *s)
{
	if (s->deadline && clock_ms() >= s->deadline)
		return diag_set(s->diag, -ETIMEDOUT, "lab", NULL,
				"the program had not ended after %u s", s->options->timeout);
	return s->ended ? 0 : emu_check(s->emu, s->diag);
}

static bool done(const struct session *s)
{
	return s->ended && !queue_len(&s->out) && !queue_len(&s->err);
}

static int loop(struct session *s)
{
	struct pollfd p[FDS];
	int err = 0;

	while (!err && !done(s)) {
		prepare(s, p);
		if (poll(p, FDS, TICK_MS) < 0) {
			if (errno != EINTR)
				return diag_errno(s->diag, -errno, "lab", NULL);
			continue;
		}
		/* QEMU's end comes after what it sent: the channel first. */
		err = handle(s, p);
		if (!err && !s->ended)
			err = emu_service(s->emu, p, s->diag);
		start_seen(s);
		if (!err)
			err = check_time(s);
	}
	return err;
}

/* --- beginning and end --------------------------------------------------------------- */

static void signal_set(sigset_t *set)
{
	static const int list[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		sigaddset(set, list[i]);
}

static int open_channel(struct session *s)
{
	struct command c;
	struct channel_exec exec = { .cwd = "/", .tty = s->terminal.interactive };
	int err = command_build(&c, s->options, environ);

	if (err)
		return diag_errno(s->diag, err, "lab: working directory", NULL);
	exec.argv = c.argv.v;
	exec.env = c.env.v;
	terminal_size(&exec.rows, &exec.columns);
	err = channel_host_create(&s->channel, &exec, &channel_ops, s);
	command_free(&c);
	return err ? diag_errno(s->diag, err, "lab: arguments and environment", NULL) : 0;
}

/* The HELLO that the agent said before it was saved, or that emu_wait_hello() took. */
static int answer_hello(struct session *s)
{
	struct {
		struct channel_header header;
		uint32_t version;
	} hello = { { .type = CHANNEL_HELLO, .len = htole32(4) }, htole32(CHANNEL_VERSION) };

	return channel_host_receive(s->channel, &hello, sizeof(hello));
}

static int open_session(struct session *s, sigset_t *old)
{
	sigset_t set;
	int err;

	signal(SIGPIPE, SIG_IGN); /* queue.c sees EPIPE */
	signal_set(&set);
	sigprocmask(SIG_BLOCK, &set, old);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signals < 0)
		return diag_errno(s->diag, -errno, "lab: signals", NULL);
	queue_init(&s->down, s->emu->qemu.channel, true);
	queue_init(&s->out, STDOUT_FILENO, false);
	queue_init(&s->err, STDERR_FILENO, false);
	terminal_init(&s->terminal);
	s->in_open = true;
	err = open_channel(s);
	if (!err)
		err = answer_hello(s);
	watch_told(&s->emu->watch, clock_ms());
	return err;
}

int session_run(struct emu *e, const struct lab_options *o, struct session_result *result,
		struct diag *d)
{
	struct session s = { .emu = e, .options = o, .result = result, .diag = d, .signals = -1 };
	sigset_t old;
	int err;

	*result = (struct session_result){ 0 };
	err = open_session(&s, &old);
	if (!err)
		err = loop(&s);
	terminal_restore(&s.terminal);
	channel_host_destroy(s.channel);
	queue_free(&s.down);
	queue_free(&s.out);
	queue_free(&s.err);
	if (s.signals >= 0)
		close(s.signals);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return err;
}
