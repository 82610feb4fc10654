/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-rng. See virtio_rng.h. */
#include "devices/virtio_rng.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "devices/container.h"
#include "devices/iov.h"
#include "devices/virtio_mmio.h"

#define RNG_MAX 1024u /* a driver asks again for more; the event thread has others to serve */

struct virtio_rng {
	struct virtio_device dev;
	struct virtq_chain chain;
};

static void notify(struct virtio_device *d, unsigned queue)
{
	struct virtio_rng *r = container_of(d, struct virtio_rng, dev);
	struct virtq_chain *c = &r->chain;

	while (virtio_pop(d, queue, c)) {
		uint8_t bytes[RNG_MAX];
		size_t want = c->in_len < RNG_MAX ? c->in_len : RNG_MAX;
		ssize_t n = getrandom(bytes, want, GRND_NONBLOCK);

		if (n < 0 || want == 0) {
			/* Nothing to give, or no room for it (5.4.6.1 wants writable buffers). */
			virtio_push(d, queue, c->head, 0);
			continue;
		}
		n = (ssize_t)iov_write(c->iov + c->out, c->in, 0, bytes, (size_t)n);
		virtio_push(d, queue, c->head, (uint32_t)n);
	}
}

static const struct virtio_ops rng_ops = {
	.name = "virtio-rng",
	.id = VIRTIO_ID_RNG,
	.queues = 1,
	.queue_max = 8,
	.notify = notify,
};

int virtio_rng_create(struct virtio_rng **ret, struct machine *m, unsigned slot)
{
	struct virtio_rng *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	err = virtio_create(&r->dev, m, slot, &rng_ops, 0, NULL, 0);
	if (err) {
		virtio_rng_destroy(r);
		return err;
	}
	*ret = r;
	return 0;
}

void virtio_rng_destroy(struct virtio_rng *r)
{
	if (!r)
		return;
	virtio_destroy(&r->dev);
	free(r);
}
