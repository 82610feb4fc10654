/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Printing the counters of a run where the user wants them. */
#ifndef VMM_CLI_STATS_OUT_H
#define VMM_CLI_STATS_OUT_H

#include "vmm/cli/options.h"

struct machine;

/* After machine_wait(). 0, or negative errno with d filled (the file cannot be written). */
int stats_out(const struct options *o, struct machine *m, const struct flush_stats *s,
	      struct diag *d);

#endif
