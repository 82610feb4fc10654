/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going into the software lab: the same program again, inside QEMU. */
#ifndef VMM_CLI_LAB_H
#define VMM_CLI_LAB_H

#include <stdint.h>

#include "vmm/diag.h"

/* What the guest inside wants of the lab; zero: little. */
struct lab_guest {
	uint64_t memory; /* bytes */
	unsigned vcpus;
};

/*
 * Replaces this process by libexec/lab running "shootdown args..." in the lab. options: for the
 * lab itself, NULL-terminated. Returns only on failure, with d filled.
 */
int lab_exec(char *const options[], char *const args[], const struct lab_guest *guest,
	     struct diag *d);

/* True inside the lab. */
int lab_inside(void);

/* `run` with its lab options (may be empty): forced into the lab. The exit status. */
int run_in_lab(int argc, char **argv, char *const lab_options[]);

#endif
