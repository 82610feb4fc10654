/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio-blk (virtio 1.2, 5.2) over a file or block device: asynchronous, up to
 * VIRTIO_BLK_REQUESTS requests in flight, FLUSH as fdatasync. Discarded ranges
 * become holes.
 *
 * A driver that does not take FLUSH gets write-through: each write is followed by
 * an fdatasync before it completes (5.2.6.2).
 *
 * What it does not do: several queues, image formats, resizing, secure erase.
 */
#ifndef DEVICES_VIRTIO_BLK_H
#define DEVICES_VIRTIO_BLK_H

#include <stdbool.h>

#include "vmm/machine.h"

#define VIRTIO_BLK_REQUESTS 128

struct virtio_blk;

/*
 * Opens path and puts it at virtio slot n. ro: the guest cannot write, and path need
 * not be writable. 0, or negative errno with d filled. Before machine_start().
 */
int virtio_blk_create(struct virtio_blk **ret, struct machine *m, unsigned slot, const char *path,
		      bool ro, struct diag *d);
/* After machine_quiesce(). NULL is allowed. */
void virtio_blk_destroy(struct virtio_blk *b);

#endif
