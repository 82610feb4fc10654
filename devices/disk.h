/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening what a user named as a disk, and saying precisely why it cannot be one. */
#ifndef DEVICES_DISK_H
#define DEVICES_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/diag.h"

#define DISK_SECTOR 512u

/*
 * Opens a regular file or block device of at least one and only whole sectors.
 * Returns the fd (close-on-exec, the caller's) and *sectors, or negative errno with d filled.
 */
int disk_open(const char *path, bool ro, uint64_t *sectors, struct diag *d);

#endif
