/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running L1: QEMU, its monitor, and what is known of its state. */
#ifndef GUEST_LAB_EMU_H
#define GUEST_LAB_EMU_H

#include <poll.h>
#include <stdbool.h>

#include "guest/lab/qemu.h"
#include "guest/lab/qmp.h"
#include "guest/lab/tail.h"
#include "guest/lab/watch.h"

struct emu {
	struct qemu qemu;
	struct qmp qmp;
	struct watch watch;
	struct tail console, errors;
	bool verbose;
};

enum { EMU_FDS = 5 }; /* that emu_poll_fds() fills */

/* Start QEMU and open its monitor. Negative errno with d filled; then nothing runs. */
int emu_start(struct emu *e, const struct qemu_config *c, enum qemu_start how, const char *ram,
	      struct diag *d);

/* Kill it. Any state of e is fine, all zero too. */
void emu_end(struct emu *e);

/* What to poll for, and what to do afterwards: 0, or -EPIPE with d filled when QEMU ended. */
void emu_poll_fds(const struct emu *e, struct pollfd p[EMU_FDS]);
int emu_service(struct emu *e, const struct pollfd p[EMU_FDS], struct diag *d);

/* Look at the watch: 0, or -ETIME with d filled when L1 hangs or is late. */
int emu_check(struct emu *e, struct diag *d);

/* L1's kernel has killed something for want of memory: its words. */
bool emu_out_of_memory(const struct emu *e, char *line, size_t size);

/* Wait for the agent's HELLO on the channel. Negative errno with d filled; -ETIME as above. */
int emu_wait_hello(struct emu *e, struct diag *d);

#endif
