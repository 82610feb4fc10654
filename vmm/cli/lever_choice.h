/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which flush lever to use on this host: as told, as remembered, or as probed. */
#ifndef VMM_CLI_LEVER_CHOICE_H
#define VMM_CLI_LEVER_CHOICE_H

#include "vmm/cli/options.h"

/*
 * The staleness probe (pvflush/probe.h) takes a fraction of a second; its answer is kept in
 * the cache for this host kernel and its KVM's settings. 0, or negative errno with d filled.
 */
int lever_choose(enum lever_kind *ret, const struct options *o, struct diag *d);

#endif
