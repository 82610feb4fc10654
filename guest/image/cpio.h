/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a cpio archive in the "newc" form that Linux unpacks as an initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst). The result depends on
 * the tree alone: no times, no owners, inode numbers in order.
 */
#ifndef GUEST_IMAGE_CPIO_H
#define GUEST_IMAGE_CPIO_H

#include <stddef.h>

#include "guest/image/tree.h"

struct sink {
	/* 0 or negative errno. */
	int (*write)(void *opaque, const void *data, size_t len);
	void *opaque;
};

/*
 * t must be finished (tree_finish). The first error of the sink, or -EFBIG for an
 * entry of 4 GiB or more, which the form cannot hold.
 */
int cpio_write(const struct tree *t, const struct sink *to);

#endif
