/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lab tool's command line. */
#ifndef GUEST_LAB_OPTIONS_H
#define GUEST_LAB_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "vmm/diag.h"

#define LAB_CPUS_MAX	 64u
#define LAB_MEMORY_MIN	 (256ull << 20)
#define LAB_MEMORY_MAX	 (1ull << 40)

struct lab_options {
	bool npt;	     /* L1's KVM uses nested paging; without it shadow paging */
	unsigned cpus;	     /* of L1 */
	uint64_t memory;     /* of L1, bytes, whole MiB */
	unsigned timeout;    /* seconds for the program, 0: for ever */
	bool fresh;	     /* replace the saved state */
	bool no_snapshot;    /* boot, keep nothing */
	bool verbose, quiet;
	bool help;
	char **program;	     /* NULL-terminated, points into argv */
};

void options_usage(FILE *to);

/* 0, or -EINVAL with d filled (status 2). argv is kept, not copied. */
int options_parse(struct lab_options *o, int argc, char **argv, struct diag *d);

#endif
