/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small virtio driver for tests: it plays the guest's part against the real
 * transport, queues and event ring. Only what needs KVM is replaced: the interrupt
 * line, ioeventfds and machine_stop().
 *
 * To be included once per test program, after cmocka.h.
 */
#ifndef TESTS_UNIT_VIRTIO_DRIVER_H
#define TESTS_UNIT_VIRTIO_DRIVER_H

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_mmio.h>
#include <linux/virtio_ring.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vmm/machine.h"

#define RAM_SIZE (16ull << 20)
#define QUEUE_AT(i) (0x10000ull + (i) * 0x4000ull)
#define BUFFERS 0x100000ull
#define WAIT_S 10

/* --- what replaces KVM -------------------------------------------------------------- */

static _Atomic int irq_level[24];
static _Atomic unsigned irq_changes[24];
static bool use_ioeventfd;
static int ioeventfd_of[16];
static _Atomic int stop_why, stop_value;

int machine_irq(struct machine *m, unsigned gsi, int level)
{
	assert_int_not_equal(irq_level[gsi], level); /* devices report changes only */
	irq_level[gsi] = level;
	irq_changes[gsi]++;
	return 0;
}

int machine_ioeventfd(struct machine *m, gpa_t addr, unsigned size, uint64_t value, int *fd)
{
	if (!use_ioeventfd)
		return -ENOTSUP;
	assert_int_equal(size, 4);
	*fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ioeventfd_of[value] = *fd;
	return *fd < 0 ? -errno : 0;
}

void machine_stop(struct machine *m, enum stop_reason why, int status, const struct diag *d)
{
	stop_why = why;
	stop_value = status;
}

/* --- the driver --------------------------------------------------------------------- */

struct test_queue {
	uint16_t size, next_desc, avail_idx, used_idx;
};

struct driver {
	struct machine m;
	uint64_t base; /* of the device's registers */
	unsigned gsi;
	struct test_queue q[6];
};

/* A buffer of a request. */
struct buf {
	uint64_t addr;
	uint32_t len;
	bool write; /* the device may write to it */
};

static inline void driver_machine(struct driver *d)
{
	memset(d, 0, sizeof(*d));
	memset(irq_level, 0, sizeof(irq_level));
	memset(irq_changes, 0, sizeof(irq_changes));
	stop_why = STOP_NONE;
	d->base = LAYOUT_VIRTIO_MMIO;
	d->gsi = layout_virtio_gsi(0);
	d->m.vm_fd = -1;
	assert_int_equal(mem_create(&d->m.mem, RAM_SIZE, false), 0);
	assert_int_equal(ring_create(&d->m.ring), 0);
}

static inline void driver_stop_ring(struct driver *d)
{
	ring_destroy(d->m.ring);
	d->m.ring = NULL;
}

static inline void driver_end(struct driver *d)
{
	mem_destroy(d->m.mem);
}

static inline void *at(struct driver *d, uint64_t addr)
{
	void *p = mem_ptr(d->m.mem, gpa(addr), 1);

	assert_non_null(p);
	return p;
}

static inline uint32_t rd(struct driver *d, uint64_t reg)
{
	return (uint32_t)bus_read(&d->m.mmio, NULL, d->base + reg, 4);
}

static inline void wr(struct driver *d, uint64_t reg, uint32_t value)
{
	bus_write(&d->m.mmio, NULL, d->base + reg, 4, value);
}

static inline uint64_t offered(struct driver *d)
{
	uint64_t low;

	wr(d, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
	low = rd(d, VIRTIO_MMIO_DEVICE_FEATURES);
	wr(d, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	return low | (uint64_t)rd(d, VIRTIO_MMIO_DEVICE_FEATURES) << 32;
}

static inline void accept_features(struct driver *d, uint64_t f)
{
	wr(d, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	wr(d, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)f);
	wr(d, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
	wr(d, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(f >> 32));
}

static inline void setup_queue(struct driver *d, unsigned i, uint16_t size)
{
	uint64_t a = QUEUE_AT(i);

	d->q[i] = (struct test_queue){ .size = size };
	memset(at(d, a), 0, 0x4000);
	wr(d, VIRTIO_MMIO_QUEUE_SEL, i);
	wr(d, VIRTIO_MMIO_QUEUE_NUM, size);
	wr(d, VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)a);
	wr(d, VIRTIO_MMIO_QUEUE_DESC_HIGH, (uint32_t)(a >> 32));
	wr(d, VIRTIO_MMIO_QUEUE_AVAIL_LOW, (uint32_t)a + 0x1000);
	wr(d, VIRTIO_MMIO_QUEUE_AVAIL_HIGH, 0);
	wr(d, VIRTIO_MMIO_QUEUE_USED_LOW, (uint32_t)a + 0x2000);
	wr(d, VIRTIO_MMIO_QUEUE_USED_HIGH, 0);
	wr(d, VIRTIO_MMIO_QUEUE_READY, 1);
}

/* Up to FEATURES_OK. */
static inline void negotiate(struct driver *d, uint64_t features)
{
	wr(d, VIRTIO_MMIO_STATUS, 0);
	assert_int_equal(rd(d, VIRTIO_MMIO_STATUS), 0);
	wr(d, VIRTIO_MMIO_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	accept_features(d, features);
	wr(d, VIRTIO_MMIO_STATUS, 0xb);
}

static inline void start_driver(struct driver *d, uint64_t features, unsigned queues, uint16_t size)
{
	negotiate(d, features);
	assert_int_equal(rd(d, VIRTIO_MMIO_STATUS), 0xb);
	for (unsigned i = 0; i < queues; i++)
		setup_queue(d, i, size);
	wr(d, VIRTIO_MMIO_STATUS, 0xf);
	assert_int_equal(rd(d, VIRTIO_MMIO_STATUS), 0xf);
}

static inline struct vring_desc *desc_of(struct driver *d, unsigned i)
{
	return at(d, QUEUE_AT(i));
}

static inline struct vring_avail *avail_of(struct driver *d, unsigned i)
{
	return at(d, QUEUE_AT(i) + 0x1000);
}

static inline struct vring_used *used_of(struct driver *d, unsigned i)
{
	return at(d, QUEUE_AT(i) + 0x2000);
}

static inline void publish(struct driver *d, unsigned i, uint16_t head)
{
	struct test_queue *q = &d->q[i];
	struct vring_avail *a = avail_of(d, i);

	a->ring[q->avail_idx++ % q->size] = head;
	__atomic_store_n(&a->idx, q->avail_idx, __ATOMIC_RELEASE);
}

/* Chain n buffers in consecutive descriptors and make them available. Returns the head. */
static inline uint16_t add(struct driver *d, unsigned i, const struct buf *b, unsigned n)
{
	struct test_queue *q = &d->q[i];
	uint16_t head = q->next_desc;

	for (unsigned k = 0; k < n; k++) {
		uint16_t at_desc = q->next_desc, next = (uint16_t)((at_desc + 1) % q->size);
		uint16_t flags = (uint16_t)((b[k].write ? VRING_DESC_F_WRITE : 0) |
					    (k + 1 < n ? VRING_DESC_F_NEXT : 0));

		desc_of(d, i)[at_desc] = (struct vring_desc){ b[k].addr, b[k].len, flags, next };
		q->next_desc = next;
	}
	publish(d, i, head);
	return head;
}

static inline void kick(struct driver *d, unsigned i)
{
	if (use_ioeventfd)
		assert_int_equal(eventfd_write(ioeventfd_of[i], 1), 0);
	else
		wr(d, VIRTIO_MMIO_QUEUE_NOTIFY, i);
}

/* Wait for the next used element. */
static inline struct vring_used_elem used_next(struct driver *d, unsigned i)
{
	struct test_queue *q = &d->q[i];
	struct vring_used *u = used_of(d, i);

	for (int n = 0; n < WAIT_S * 10000; n++) {
		if (__atomic_load_n(&u->idx, __ATOMIC_ACQUIRE) != q->used_idx)
			return u->ring[q->used_idx++ % q->size];
		usleep(100);
	}
	fail_msg("queue %u: nothing was used within %d s", i, WAIT_S);
	return (struct vring_used_elem){ 0, 0 };
}

static inline bool used_any(struct driver *d, unsigned i)
{
	return __atomic_load_n(&used_of(d, i)->idx, __ATOMIC_ACQUIRE) != d->q[i].used_idx;
}

/* Wait for a register to show value under mask. */
static inline void await_reg(struct driver *d, uint64_t reg, uint32_t mask, uint32_t value)
{
	for (int n = 0; n < WAIT_S * 10000; n++) {
		if ((rd(d, reg) & mask) == value)
			return;
		usleep(100);
	}
	fail_msg("register 0x%x is 0x%x, waited for 0x%x", (unsigned)reg, rd(d, reg), value);
}

#define V1 (1ull << VIRTIO_F_VERSION_1)

#endif
