// SPDX-License-Identifier: GPL-2.0-or-later
/* A running L1; see emu.h. */
#include "guest/lab/emu.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "guest/agent/channel.h"
#include "guest/lab/clock.h"

#define MONITOR_MS 20000

int emu_start(struct emu *e, const struct qemu_config *c, enum qemu_start how, const char *ram,
	      struct diag *d)
{
	int err;

	*e = (struct emu){ .verbose = c->options->verbose };
	err = qemu_start(&e->qemu, c, how, ram, d);
	if (err)
		return err;
	watch_init(&e->watch, c->options->cpus, clock_ms());
	qmp_init(&e->qmp, e->qemu.monitor);
	err = qmp_open(&e->qmp, MONITOR_MS, d);
	if (!err)
		return 0;
	tail_read(&e->errors, e->qemu.errors, NULL);
	tail_line(&e->errors, d->hint, sizeof(d->hint));
	emu_end(e);
	return err;
}

void emu_end(struct emu *e)
{
	qmp_deinit(&e->qmp);
	qemu_end(&e->qemu);
}

/* --- events ------------------------------------------------------------------------ */

void emu_poll_fds(const struct emu *e, struct pollfd p[EMU_FDS])
{
	const struct qemu *q = &e->qemu;
	const int fds[EMU_FDS] = { q->pidfd, q->stage, q->console, q->errors, q->monitor };

	for (int i = 0; i < EMU_FDS; i++)
		p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
}

static void read_stage(struct emu *e)
{
	unsigned char bytes[256];
	ssize_t n = read(e->qemu.stage, bytes, sizeof(bytes));

	if (n > 0)
		watch_bytes(&e->watch, bytes, (size_t)n, clock_ms());
}

static void read_rest(struct tail *t, int fd, FILE *echo)
{
	for (unsigned i = 0; i < 64 && tail_read(t, fd, echo); i++)
		;
}

/* After QEMU's end: all that it and L1 said, and of that what matters most. */
static int ended(struct emu *e, struct diag *d)
{
	const char *awaited = watch_awaits(&e->watch);
	const char *who = "QEMU ended";

	read_rest(&e->errors, e->qemu.errors, NULL);
	read_rest(&e->console, e->qemu.console, e->verbose ? stderr : NULL);
	if (tail_find(&e->console, "Kernel panic", d->hint, sizeof(d->hint)))
		who = "L1's kernel panicked";
	else
		tail_line(e->errors.have ? &e->errors : &e->console, d->hint, sizeof(d->hint));
	snprintf(d->object, sizeof(d->object), "lab");
	snprintf(d->reason, sizeof(d->reason), "%s while it waited for %s", who, awaited);
	d->status = STATUS_FAILURE;
	return -EPIPE;
}

int emu_service(struct emu *e, const struct pollfd p[EMU_FDS], struct diag *d)
{
	if (p[1].revents)
		read_stage(e);
	if (p[2].revents)
		(void)tail_read(&e->console, p[2].fd, e->verbose ? stderr : NULL);
	if (p[3].revents)
		(void)tail_read(&e->errors, p[3].fd, NULL);
	if (p[4].revents)
		(void)qmp_drain(&e->qmp); /* its end is QEMU's end, which the pidfd tells */
	return p[0].revents ? ended(e, d) : 0;
}

/* --- hangs ------------------------------------------------------------------------- */

/* Where the CPUs are, for the hint; best effort: QEMU may hang, too. */
static void sample_cpus(struct emu *e, char *to, size_t size)
{
	json_t *args = json_pack("{s:s}", "command-line", "info registers -a"), *text = NULL;
	const char *p;
	size_t n = 0;

	to[0] = 0;
	if (qmp_command(&e->qmp, "human-monitor-command", args, -1, &text, 2000, NULL))
		return;
	p = json_string_value(text) ?: "";
	for (unsigned cpu = 0; (p = strstr(p, "RIP=")) && n < size; cpu++, p += 4)
		n += (size_t)snprintf(to + n, size - n, "%sCPU %u at %.16s", cpu ? ", " : "", cpu,
				      p + 4);
	json_decref(text);
}

int emu_check(struct emu *e, struct diag *d)
{
	const char *wrong = watch_check(&e->watch, clock_ms());

	if (!wrong)
		return 0;
	diag_set(d, -ETIME, "lab", NULL, "%s", wrong);
	if (!d)
		return -ETIME;
	sample_cpus(e, d->hint, sizeof(d->hint));
	if (e->console.have && !watch_started(&e->watch))
		tail_line(&e->console, d->hint, sizeof(d->hint));
	return -ETIME;
}

bool emu_out_of_memory(const struct emu *e, char *line, size_t size)
{
	return tail_find(&e->console, "Out of memory: Killed", line, size);
}

/* --- HELLO --------------------------------------------------------------------------- */

struct hello {
	struct channel_header header;
	uint32_t version;
};

static int read_hello(struct emu *e, unsigned char *buf, size_t *have, struct diag *d)
{
	struct hello h;
	ssize_t n = read(e->qemu.channel, buf + *have, sizeof(h) - *have);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : diag_errno(d, -errno, "lab", NULL);
	*have += (size_t)n;
	if (*have < sizeof(h))
		return 0;
	memcpy(&h, buf, sizeof(h));
	if (h.header.type == CHANNEL_HELLO && le32toh(h.header.len) == sizeof(h.version) &&
	    le32toh(h.version) == CHANNEL_VERSION)
		return 0;
	return diag_set(d, -EPROTO, "lab", "rebuild everything with 'make'",
			"L1's agent does not speak this channel's version");
}

int emu_wait_hello(struct emu *e, struct diag *d)
{
	unsigned char buf[sizeof(struct hello)];
	struct pollfd p[EMU_FDS + 1];
	size_t have = 0;
	int err = 0;

	while (!err && have < sizeof(buf)) {
		emu_poll_fds(e, p);
		p[EMU_FDS] = (struct pollfd){ .fd = e->qemu.channel, .events = POLLIN };
		if (poll(p, EMU_FDS + 1, 1000) < 0 && errno != EINTR)
			return diag_errno(d, -errno, "lab", NULL);
		err = emu_service(e, p, d);
		if (!err && p[EMU_FDS].revents)
			err = read_hello(e, buf, &have, d);
		if (!err)
			err = emu_check(e, d);
	}
	if (!err)
		watch_ready(&e->watch, clock_ms());
	return err;
}
