/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helper programs beside shootdown (libexec): finding and running them. */
#ifndef VMM_CLI_SPAWN_H
#define VMM_CLI_SPAWN_H

#include <stddef.h>

#include "vmm/diag.h"

/*
 * Path of a file that was built or installed with shootdown: kind "libexec" (helper programs) or
 * "guest" (programs for guests). Looks beside the executable (build tree), then in
 * ../libexec/shootdown/ (installed). 0, or -ENOENT with d filled.
 */
int spawn_find(char *path, size_t size, const char *kind, const char *name, struct diag *d);

/*
 * Run argv and wait. Its standard output, less the final newline, goes to out (NULL: inherited);
 * its standard error is ours. Returns its exit status 0..255, or negative errno with d filled
 * when it could not be run or was killed.
 */
int spawn_capture(char *const argv[], char *out, size_t size, struct diag *d);

#endif
