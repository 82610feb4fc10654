// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lab: runs a program on an emulated Linux with KVM. See options.c for what the user
 * is told; snapshot.h for how a start takes a fraction of a second; session.c for the run.
 *
 * A start that fails or hangs is tried again, from a new boot at last. A program that
 * has started is never started again.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "guest/lab/image.h"
#include "guest/lab/l1/l1.h"
#include "guest/lab/options.h"
#include "guest/lab/session.h"
#include "guest/lab/snapshot.h"

#define START_TRIES 3

/* An L1 that waits for EXEC. */
static int start(struct emu *e, const struct qemu_config *c, bool fresh, struct diag *d)
{
	struct snapshot s;
	int err;

	if (c->options->no_snapshot) {
		err = emu_start(e, c, QEMU_BOOT, NULL, d);
		if (!err)
			err = emu_wait_hello(e, d);
		return err;
	}
	err = snapshot_open(&s, c, d);
	if (!err)
		err = snapshot_ensure(&s, c, fresh, d);
	if (!err)
		err = snapshot_restore(&s, c, e, d);
	snapshot_close(&s);
	return err;
}

/* Worth another try: L1 or QEMU stopped, not: the machine lacks something. */
static bool may_retry(int err, const struct session_result *r)
{
	return !r->started && (err == -ETIME || err == -ETIMEDOUT || err == -EPIPE ||
			       err == -EREMOTEIO || err == -EPROTO || err == -EIO);
}

/* A program that L1 killed to get memory cannot say so itself. */
static void explain_kill(const struct emu *e, int status)
{
	char line[200];

	if (status == 128 + SIGKILL && emu_out_of_memory(e, line, sizeof(line)))
		fprintf(stderr, "shootdown: lab: L1 ran out of memory: %s\n"
				"  give it more with --memory\n", line);
}

static int run_once(const struct qemu_config *c, bool fresh, struct session_result *r,
		    struct diag *d)
{
	struct emu e = { .qemu.pidfd = -1 };
	int err = start(&e, c, fresh, d);

	if (!err)
		err = session_run(&e, c->options, r, d);
	if (!err)
		explain_kill(&e, r->status);
	if (err && c->options->verbose && e.console.have) {
		fprintf(stderr, "shootdown: lab: the end of L1's console:\n");
		tail_print(&e.console, 20, "  L1: ", stderr);
	}
	emu_end(&e);
	return err;
}

static int run(const struct qemu_config *c, struct session_result *r, struct diag *d)
{
	bool fresh = c->options->fresh;
	int err;

	for (unsigned left = START_TRIES; left; left--) {
		memset(d, 0, sizeof(*d));
		err = run_once(c, fresh, r, d);
		if (!err || !may_retry(err, r) || left == 1)
			return err;
		fprintf(stderr, "shootdown: lab: %s%s%s%s; starting it again\n", d->reason,
			d->hint[0] ? " (" : "", d->hint, d->hint[0] ? ")" : "");
		fresh = left == 2; /* the saved state itself may be what is wrong */
	}
	return -EIO;
}

/* Inside the lab its KVM is there already. */
static int run_here(const struct lab_options *o, struct diag *d)
{
	execvp(o->program[0], o->program);
	d->status = errno == ENOENT ? 127 : 126;
	diag_errno(d, -errno, o->program[0], NULL);
	return diag_print(d, stderr);
}

static int lab(const struct lab_options *o, struct diag *d)
{
	struct image i;
	struct qemu_config c = { .options = o, .image = &i };
	struct session_result r = { 0 };
	int err = qemu_find(&c, d);

	if (!err)
		err = image_prepare(&i, o, d);
	if (!err)
		err = run(&c, &r, d);
	if (!err)
		return r.status;
	if (err == -ECHILD && !d->reason[0])
		return d->status; /* a helper has explained itself */
	(void)diag_print(d, stderr);
	return err == -EINTR && r.status ? r.status : d->status;
}

/* A standard stream that was closed would be replaced by the next file opened. */
static void open_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	struct lab_options o;
	struct diag d = { 0 };

	open_standard_streams();

	if (options_parse(&o, argc, argv, &d))
		return diag_print(&d, stderr);
	if (o.help) {
		options_usage(stdout);
		return STATUS_OK;
	}
	return access(L1_MARK, F_OK) ? lab(&o, &d) : run_here(&o, &d);
}
