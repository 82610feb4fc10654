/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where files that can be made again are kept. */
#ifndef VMM_CLI_CACHE_H
#define VMM_CLI_CACHE_H

#include <stddef.h>

#include "vmm/diag.h"

/*
 * $SHOOTDOWN_CACHE, or $XDG_CACHE_HOME/shootdown, or ~/.cache/shootdown, followed by
 * "/" and name. Nothing is created. 0, or negative errno with d filled.
 */
int cache_path(char *to, size_t size, const char *name, struct diag *d);

#endif
