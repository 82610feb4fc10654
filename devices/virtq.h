/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Split virtqueues (virtio 1.2, 2.7), the device's side, as pure functions over
 * guest memory: no I/O, no thread, no KVM.
 *
 * The driver owns the descriptor table and the available ring and may scribble on
 * them at any time. Every field is loaded once into a local and checked before it
 * is used: indices against the queue size, chains against VIRTQ_MAX_SEGS, buffers
 * against guest RAM, readable before writable. Whatever is wrong is an error of
 * the whole queue, and the transport then asks the driver for a reset.
 *
 * Ordering. avail->idx is loaded with acquire; its partner is the driver's write
 * barrier between filling the ring and storing idx. used->idx is stored with
 * release; its partner is the driver's read barrier after it saw the new idx. The
 * two full fences (virtq_listen, virtq_wants_interrupt) are the halves of the two
 * store-then-load handshakes by which neither side sleeps on the other's news.
 */
#ifndef DEVICES_VIRTQ_H
#define DEVICES_VIRTQ_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "vmm/gpa.h"
#include "vmm/memory.h"

#define VIRTQ_MAX_SIZE 256 /* entries in a ring */
#define VIRTQ_MAX_SEGS 128 /* buffers in a chain, indirect ones included */

struct virtq {
	const struct memory *mem;
	uint16_t size;
	bool indirect, event_idx; /* negotiated features */
	const struct vring_desc *desc;
	const struct vring_avail *avail;
	struct vring_used *used;
	uint16_t next_avail;	/* position in avail that comes next */
	uint16_t next_used;	/* what used->idx holds */
	uint16_t signalled;	/* next_used at the last virtq_wants_interrupt() */
};

/* One request: the driver's readable buffers come first, then its writable ones. */
struct virtq_chain {
	uint16_t head;		/* to be given back to virtq_push */
	unsigned out, in;	/* readable iov[0..out), writable iov[out..out + in) */
	uint64_t out_len, in_len;
	struct iovec iov[VIRTQ_MAX_SEGS];
};

/* Where a driver put a ring, and how big. */
struct virtq_place {
	uint32_t size;
	gpa_t desc, avail, used;
};

/*
 * Start on a fresh ring. -EINVAL: size is not a power of two in 1..VIRTQ_MAX_SIZE, or an
 * address is not aligned (2.7: 16, 2, 4); -EFAULT: not in RAM.
 */
int virtq_init(struct virtq *q, const struct memory *m, const struct virtq_place *p,
	       bool indirect, bool event_idx);

/*
 * Take the next request. 1: *c is filled; 0: there is none; -EPROTO: the ring is
 * malformed (nothing was taken; the queue must not be used again before a reset).
 * The iovecs point into guest RAM: good for its life, contents may change any time.
 */
int virtq_pop(struct virtq *q, struct virtq_chain *c);

/* Give a request back; len = bytes written to its writable part, from its start. */
void virtq_push(struct virtq *q, uint16_t head, uint32_t len);

/*
 * Ask the driver to notify us of the next request. Returns true if one is there
 * already (its notification may have been withheld): go on popping.
 */
bool virtq_listen(struct virtq *q);

/* Whether the driver wants an interrupt for what was pushed since the last call. */
bool virtq_wants_interrupt(struct virtq *q);

#endif
