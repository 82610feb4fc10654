/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running shootdown's other helper programs. */
#ifndef GUEST_LAB_HELPER_H
#define GUEST_LAB_HELPER_H

#include <limits.h>

#include "vmm/diag.h"

/*
 * Run argv[0] (a path), wait, and take its standard output without the last newline
 * as one path. Its standard error is ours. A helper that fails has explained itself:
 * then -ECHILD, with only its exit status in d.
 */
int helper_path(char *const argv[], char out[PATH_MAX], struct diag *d);

#endif
