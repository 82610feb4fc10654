/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtio transport over MMIO (virtio 1.2, 4.2, version 2) and what every
 * virtio device shares: status and features, queues, notifications, interrupt.
 *
 * Who owns what. One mutex per device guards the transport and the device behind
 * it. vCPU threads take it for register accesses; the event thread takes it while
 * it works on queues and completes I/O. It is never held across anything that
 * blocks. A device's callbacks are always called with it held; ring completions of
 * a device take it themselves (virtio_lock).
 *
 * In flight. A request that was popped and not yet pushed may be under I/O by the
 * kernel, in guest memory. A reset stops new requests at once, and is complete
 * when the last one in flight was pushed; until then Status reads as before. A
 * vCPU that reads Status meanwhile is held in its read for RESET_WAIT_MS at most,
 * because Linux' driver takes a reset over MMIO as done when it has been written.
 *
 * Malformed queues. The device sets DEVICE_NEEDS_RESET, sends a configuration
 * interrupt and does nothing more until the driver resets it. The machine lives.
 */
#ifndef DEVICES_VIRTIO_MMIO_H
#define DEVICES_VIRTIO_MMIO_H

#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>

#include "devices/virtq.h"
#include "vmm/machine.h"

#define VIRTIO_MAX_QUEUES 6
#define VIRTIO_FEATURE(bit) (1ull << (bit))

struct virtio_device;

struct virtio_ops {
	const char *name;
	uint32_t id; /* VIRTIO_ID_* */
	unsigned queues;
	uint16_t queue_max; /* a power of two, at most VIRTQ_MAX_SIZE */
	/* Event thread: there may be new requests. Pop until there is none. */
	void (*notify)(struct virtio_device *d, unsigned queue);
	/*
	 * Any thread, no ring_* but ring_post: forget all driver state and push every request
	 * that is held for another reason than I/O in flight. May be NULL.
	 */
	void (*reset)(struct virtio_device *d);
};

struct virtio_queue {
	struct virtio_device *dev;
	unsigned index;
	struct virtq_place place; /* what the driver wrote */
	struct virtq vq;
	bool ready;		  /* set up; vq is valid */
	bool stopped;		  /* QueueReady was cleared while running: unused until reset */
	unsigned budget;	  /* requests to take before others get their turn */
	bool kick_posted;
	struct ring_op kick;	  /* notify from other threads, and to ourselves */
	int event_fd;		  /* ioeventfd on QueueNotify, or -1 */
	uint64_t event_count;
	struct ring_op event;
};

/* Embedded in the device; all fields belong to virtio_mmio.c and virtio_queue.c. */
struct virtio_device {
	const struct virtio_ops *ops;
	struct machine *m;
	unsigned gsi;
	pthread_mutex_t lock;
	pthread_cond_t reset_done;
	const void *config; /* device configuration space, read-only for the driver */
	size_t config_size;

	uint64_t offered, accepted; /* features */
	uint32_t status, isr, generation;
	uint32_t device_sel, driver_sel, queue_sel;
	bool resetting;
	unsigned in_flight;
	struct virtio_queue queue[VIRTIO_MAX_QUEUES];
};

/*
 * Puts a device at slot n (layout.h). The transport adds VERSION_1, INDIRECT_DESC and
 * EVENT_IDX to features. config stays the caller's and must live as long as d; changes to
 * it are made under the lock and announced by virtio_config_changed().
 * 0, -ENOSPC (no such slot), -EEXIST (taken), -errno of eventfd or KVM.
 */
int virtio_create(struct virtio_device *d, struct machine *m, unsigned slot,
		  const struct virtio_ops *ops, uint64_t features, const void *config, size_t size);
/* After machine_quiesce(). Also after a failed virtio_create(). */
void virtio_destroy(struct virtio_device *d);

void virtio_lock(struct virtio_device *d);
void virtio_unlock(struct virtio_device *d);

/* --- with the lock held --------------------------------------------------------------- */

/* The driver accepted the feature. */
bool virtio_has(const struct virtio_device *d, unsigned bit);
/* The driver is up (DRIVER_OK) and requests may be taken. */
bool virtio_live(const struct virtio_device *d);
/* Take the next request of a queue into *c. False: none now (or the queue is unusable). */
bool virtio_pop(struct virtio_device *d, unsigned queue, struct virtq_chain *c);
/* Give a request back, len bytes written; interrupts the driver if it wants that. */
void virtio_push(struct virtio_device *d, unsigned queue, uint16_t head, uint32_t len);
/* What the driver sent makes no sense: DEVICE_NEEDS_RESET. */
void virtio_fail(struct virtio_device *d);
/* config has changed: new generation, configuration interrupt. */
void virtio_config_changed(struct virtio_device *d);
/* Have notify() called again on the event thread. */
void virtio_kick(struct virtio_device *d, unsigned queue);

/* --- between virtio_mmio.c and virtio_queue.c, lock held --------------------------------- */

void virtio_queues_init(struct virtio_device *d);
/* ioeventfds on QueueNotify at addr, where the host offers them. 0 or -errno. */
int virtio_queues_listen(struct virtio_device *d, gpa_t addr);
void virtio_queue_enable(struct virtio_device *d, struct virtio_queue *q);
void virtio_raise(struct virtio_device *d, uint32_t bits);
/* The reset is complete if nothing is in flight any more. */
void virtio_try_reset(struct virtio_device *d);

#endif
