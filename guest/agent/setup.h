/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a kernel leaves for init to do before programs can run. */
#ifndef GUEST_AGENT_SETUP_H
#define GUEST_AGENT_SETUP_H

#include <stdbool.h>

/* From the kernel command line. */
struct boot_options {
	bool serial; /* shootdown.agent=serial: a shell on ttyS0, no channel */
	bool keep;   /* shootdown.keep: serve one command after the other */
};

/* proc, sysfs, devtmpfs, devpts, tmpfs and friends; the loopback interface; the host name. */
void setup_system(void);

/* Needs /proc. */
void setup_read_options(struct boot_options *ret);

/* Load what /modules/load lists, in its order. Failures are logged and passed over. */
void setup_load_modules(void);

/* Run a program with no arguments and wait for it, if it exists. */
void setup_run_hook(const char *path);

#endif
