/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The QEMU process that emulates L1: its command line, start, end and descriptors. */
#ifndef GUEST_LAB_QEMU_H
#define GUEST_LAB_QEMU_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "guest/lab/image.h"
#include "guest/lab/options.h"
#include "vmm/diag.h"

enum qemu_start {
	QEMU_BOOT,	   /* boot; RAM is anonymous and gone afterwards */
	QEMU_BOOT_TO_SAVE, /* boot; RAM is the file, changes go to it */
	QEMU_RESTORE,	   /* wait for an incoming state; RAM is a private copy of the file */
};

struct qemu_config {
	char program[PATH_MAX];
	const struct lab_options *options;
	const struct image *image;
};

struct qemu {
	pid_t pid;
	int pidfd;   /* readable when QEMU has ended */
	int channel; /* socket: the guest channel's port */
	int monitor; /* socket: QMP */
	int stage;   /* socket: progress letters and heartbeats */
	int console; /* pipe: L1's serial console */
	int errors;  /* pipe: QEMU's standard error */
};

/* Sets c->program: $SHOOTDOWN_QEMU, or qemu-system-x86_64 in PATH. Status 77 when missing. */
int qemu_find(struct qemu_config *c, struct diag *d);

/* The command line's words that make up L1, newline after each; *text is the caller's to free(). */
int qemu_describe(const struct qemu_config *c, char **text);

/*
 * Start QEMU; it is killed when this process ends. ram: path of the RAM file (NULL
 * with QEMU_BOOT). All descriptors of q are non-blocking and close-on-exec.
 */
int qemu_start(struct qemu *q, const struct qemu_config *c, enum qemu_start how, const char *ram,
	       struct diag *d);

/* Kill QEMU, wait for it, close the descriptors. A q that never started (all zero) is fine. */
void qemu_end(struct qemu *q);

#endif
