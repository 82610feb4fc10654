/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's monitor protocol, as far as the lab needs it: one command at a time over a
 * socket, JSON lines. Events that arrive while a reply is awaited are counted, not kept.
 */
#ifndef GUEST_LAB_QMP_H
#define GUEST_LAB_QMP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "vmm/diag.h"

struct qmp {
	int fd; /* the caller's; blocking or not */
	char *in;
	size_t have, room;
	bool resumed; /* RESUME has been seen */
};

void qmp_init(struct qmp *q, int fd);
void qmp_deinit(struct qmp *q);

/* Greeting and capabilities. Negative errno with d filled, as all below; -ETIMEDOUT. */
int qmp_open(struct qmp *q, int timeout_ms, struct diag *d);

/*
 * Run a command; takes the reference of args (may be NULL). When ret is not NULL it
 * becomes the caller's reference to what the command returned. -EREMOTEIO: QEMU said no.
 * pass_fd >= 0 is sent along (getfd).
 */
int qmp_command(struct qmp *q, const char *name, json_t *args, int pass_fd, json_t **ret,
		int timeout_ms, struct diag *d);

/* Wait for a RESUME event, unless it came already. */
int qmp_wait_resume(struct qmp *q, int timeout_ms, struct diag *d);

/* Read and forget what is there, without waiting. 0, or -EPIPE at the end. */
int qmp_drain(struct qmp *q);

#endif
