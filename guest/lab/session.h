/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One program run in a ready L1: its streams, signals, exit status. */
#ifndef GUEST_LAB_SESSION_H
#define GUEST_LAB_SESSION_H

#include <stdbool.h>

#include "guest/lab/emu.h"
#include "guest/lab/options.h"
#include "vmm/diag.h"

struct session_result {
	int status;   /* of the program, when session_run() returned 0 */
	bool started; /* the program was started: running it again would be wrong */
};

/*
 * Runs o->program in e, whose agent waits for EXEC, until it has ended and all its
 * output is written. SIGINT, SIGTERM, SIGHUP and SIGQUIT go to the program; the second
 * of them ends the run. 0, or negative errno with d filled: -ETIME L1 hangs or is late,
 * -EPIPE QEMU ended, -EINTR a signal (result->status is 128 + n), -EPROTO.
 */
int session_run(struct emu *e, const struct lab_options *o, struct session_result *result,
		struct diag *d);

#endif
