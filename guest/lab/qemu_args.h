/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's command line: what L1 is, and how this process talks to it. */
#ifndef GUEST_LAB_QEMU_ARGS_H
#define GUEST_LAB_QEMU_ARGS_H

#include "guest/lab/args.h"
#include "guest/lab/qemu.h"

/* L1 itself: machine, CPU, memory size, devices, kernel. The same for boot and restore. */
void qemu_args_machine(struct args *a, const struct qemu_config *c);

/* Where RAM lives, and whether a state is to come. */
void qemu_args_start(struct args *a, const struct qemu_config *c, enum qemu_start how,
		     const char *ram);

/* Descriptors of the child. */
struct qemu_child_fds {
	int channel, monitor, stage;
};
void qemu_args_fds(struct args *a, const struct qemu_child_fds *fds);

#endif
