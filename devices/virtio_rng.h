/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-rng (virtio 1.2, 5.4): the host's getrandom(2), RNG_MAX bytes per request at most. */
#ifndef DEVICES_VIRTIO_RNG_H
#define DEVICES_VIRTIO_RNG_H

#include "vmm/machine.h"

struct virtio_rng;

/* 0 or negative errno. Before machine_start(). */
int virtio_rng_create(struct virtio_rng **ret, struct machine *m, unsigned slot);
/* After machine_quiesce(). NULL is allowed. */
void virtio_rng_destroy(struct virtio_rng *r);

#endif
