/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What L1 boots: a stock Debian kernel and an initramfs of our own, from the cache. */
#ifndef GUEST_LAB_IMAGE_H
#define GUEST_LAB_IMAGE_H

#include <limits.h>

#include "guest/lab/options.h"
#include "vmm/diag.h"

struct image {
	char kernel[PATH_MAX]; /* vmlinux, with a PVH entry; the name changes with the contents */
	char initrd[PATH_MAX]; /* the same */
};

/*
 * Fetches, unpacks and builds what the cache does not hold, saying so on stderr unless
 * o->quiet. Negative errno with d filled; -ECHILD as helper_path().
 */
int image_prepare(struct image *i, const struct lab_options *o, struct diag *d);

#endif
