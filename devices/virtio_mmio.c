/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers of the virtio MMIO transport (virtio 1.2, 4.2.2) and the device status
 * state machine (2.1, 3.1). See virtio_mmio.h.
 */
#include "devices/virtio_mmio.h"

#include <errno.h>
#include <linux/virtio_mmio.h>
#include <string.h>
#include <unistd.h>

#include "devices/wait.h"

#define MAGIC  0x74726976u /* "virt" */
#define VENDOR 0x4e574453u /* "SDWN" */

#define RESET_WAIT_MS  1000
#define RESET_SLICE_MS 10

#define SHM_LEN_LOW  0x0b0 /* not in all versions of the header */
#define SHM_BASE_HIGH 0x0bc

#define COMMON_FEATURES                                                                    \
	(VIRTIO_FEATURE(VIRTIO_F_VERSION_1) | VIRTIO_FEATURE(VIRTIO_RING_F_INDIRECT_DESC) | \
	 VIRTIO_FEATURE(VIRTIO_RING_F_EVENT_IDX))

/* --- status ------------------------------------------------------------------------- */

static void reset_queue(struct virtio_queue *q)
{
	q->place = (struct virtq_place){ 0 };
	q->ready = q->stopped = false;
}

void virtio_try_reset(struct virtio_device *d)
{
	if (d->in_flight)
		return;
	for (unsigned i = 0; i < d->ops->queues; i++)
		reset_queue(&d->queue[i]);
	if (d->isr)
		machine_irq(d->m, d->gsi, 0);
	d->isr = d->status = 0;
	d->accepted = 0;
	d->device_sel = d->driver_sel = d->queue_sel = 0;
	d->resetting = false;
	pthread_cond_broadcast(&d->reset_done);
}

static void start_reset(struct virtio_device *d)
{
	d->resetting = true;
	if (d->ops->reset)
		d->ops->reset(d);
	if (d->resetting) /* unless the last push of ops->reset completed it */
		virtio_try_reset(d);
}

/* 3.1.1: FEATURES_OK is granted only for a set that this device can work with. */
static bool features_ok(const struct virtio_device *d)
{
	return virtio_has(d, VIRTIO_F_VERSION_1) && !(d->accepted & ~d->offered);
}

static void driver_ok(struct virtio_device *d)
{
	d->status |= VIRTIO_CONFIG_S_DRIVER_OK;
	for (unsigned i = 0; i < d->ops->queues; i++)
		if (d->queue[i].ready)
			virtio_kick(d, i);
}

/* The driver only ever adds bits (2.1.1); those it leaves out stay. */
static void write_status(struct virtio_device *d, uint32_t value)
{
	uint32_t added = value & ~d->status;

	if (d->resetting)
		return;
	if (value == 0) {
		start_reset(d);
		return;
	}
	d->status |= added & (VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			      VIRTIO_CONFIG_S_FAILED);
	if ((added & VIRTIO_CONFIG_S_FEATURES_OK) && features_ok(d))
		d->status |= VIRTIO_CONFIG_S_FEATURES_OK;
	if ((added & VIRTIO_CONFIG_S_DRIVER_OK) && (d->status & VIRTIO_CONFIG_S_FEATURES_OK))
		driver_ok(d);
}

/* Gives a reset under way some time to complete: see virtio_mmio.h. */
static uint32_t read_status(struct virtio_device *d, struct vcpu *v)
{
	for (int ms = 0; d->resetting && ms < RESET_WAIT_MS; ms += RESET_SLICE_MS) {
		if (v && (atomic_load(&v->requests) & VCPU_REQ_STOP))
			break;
		wait_ms(&d->reset_done, &d->lock, RESET_SLICE_MS);
	}
	return d->status;
}

/* --- queues ------------------------------------------------------------------------- */

static struct virtio_queue *selected(struct virtio_device *d)
{
	return d->queue_sel < d->ops->queues ? &d->queue[d->queue_sel] : NULL;
}

/* A queue may be set up between FEATURES_OK and DRIVER_OK, once (3.1.1). */
static bool configurable(const struct virtio_device *d, const struct virtio_queue *q)
{
	return q && !q->ready && !q->stopped && !d->resetting &&
	       (d->status & VIRTIO_CONFIG_S_FEATURES_OK) &&
	       !(d->status & VIRTIO_CONFIG_S_DRIVER_OK);
}

static void write_queue_ready(struct virtio_device *d, uint32_t value)
{
	struct virtio_queue *q = selected(d);

	if (value == 1) {
		if (configurable(d, q))
			virtio_queue_enable(d, q);
		return;
	}
	if (value != 0 || !q || !q->ready || d->resetting)
		return;
	if (d->status & VIRTIO_CONFIG_S_DRIVER_OK)
		q->stopped = true;
	else
		q->ready = false;
}

/* A queue that was stopped reads as ready until nothing is in flight (4.2.2.2). */
static uint32_t read_queue_ready(struct virtio_device *d)
{
	const struct virtio_queue *q = selected(d);

	return q && q->ready && (!q->stopped || d->in_flight);
}

static void set_half(gpa_t *a, bool high, uint32_t value)
{
	if (high)
		a->v = (a->v & 0xffffffffu) | (uint64_t)value << 32;
	else
		a->v = (a->v & ~0xffffffffull) | value;
}

static void write_queue_place(struct virtio_device *d, uint64_t offset, uint32_t value)
{
	struct virtio_queue *q = selected(d);

	if (!configurable(d, q))
		return;
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NUM:
		q->place.size = value <= d->ops->queue_max ? value : 0;
		break;
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
		set_half(&q->place.desc, offset == VIRTIO_MMIO_QUEUE_DESC_HIGH, value);
		break;
	case VIRTIO_MMIO_QUEUE_AVAIL_LOW:
	case VIRTIO_MMIO_QUEUE_AVAIL_HIGH:
		set_half(&q->place.avail, offset == VIRTIO_MMIO_QUEUE_AVAIL_HIGH, value);
		break;
	default:
		set_half(&q->place.used, offset == VIRTIO_MMIO_QUEUE_USED_HIGH, value);
		break;
	}
}

/* --- registers ---------------------------------------------------------------------- */

static void ack_interrupt(struct virtio_device *d, uint32_t bits)
{
	bool was = d->isr;

	d->isr &= ~bits;
	if (was && !d->isr)
		machine_irq(d->m, d->gsi, 0);
}

static void write_features(struct virtio_device *d, uint32_t value)
{
	unsigned shift = d->driver_sel * 32;

	if (d->resetting || (d->status & VIRTIO_CONFIG_S_FEATURES_OK))
		return;
	if (d->driver_sel < 2)
		d->accepted = (d->accepted & ~(0xffffffffull << shift)) | (uint64_t)value << shift;
	/* Features of banks that nobody offers cannot be accepted either. */
}

static uint32_t read_register(struct virtio_device *d, struct vcpu *v, uint64_t offset)
{
	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		return MAGIC;
	case VIRTIO_MMIO_VERSION:
		return 2;
	case VIRTIO_MMIO_DEVICE_ID:
		return d->ops->id;
	case VIRTIO_MMIO_VENDOR_ID:
		return VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return d->device_sel < 2 ? (uint32_t)(d->offered >> d->device_sel * 32) : 0;
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return selected(d) ? d->ops->queue_max : 0;
	case VIRTIO_MMIO_QUEUE_READY:
		return read_queue_ready(d);
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return d->isr;
	case VIRTIO_MMIO_STATUS:
		return read_status(d, v);
	case VIRTIO_MMIO_CONFIG_GENERATION:
		return d->generation;
	default: /* no shared memory region: its length and base read as all ones */
		return offset >= SHM_LEN_LOW && offset <= SHM_BASE_HIGH ? ~0u : 0;
	}
}

static void write_register(struct virtio_device *d, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		d->device_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		write_features(d, value);
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		d->driver_sel = value;
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		d->queue_sel = value;
		break;
	case VIRTIO_MMIO_QUEUE_READY:
		write_queue_ready(d, value);
		break;
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		if (value < d->ops->queues && virtio_live(d))
			virtio_kick(d, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		ack_interrupt(d, value);
		break;
	case VIRTIO_MMIO_STATUS:
		write_status(d, value);
		break;
	case VIRTIO_MMIO_QUEUE_NUM:
	case VIRTIO_MMIO_QUEUE_DESC_LOW ... VIRTIO_MMIO_QUEUE_USED_HIGH:
		write_queue_place(d, offset, value);
		break;
	default:
		break;
	}
}

static uint64_t read_config(const struct virtio_device *d, uint64_t offset, unsigned size)
{
	uint64_t value = 0;

	if (offset < d->config_size && size <= d->config_size - offset)
		memcpy(&value, (const char *)d->config + offset, size);
	return value;
}

/* 4.2.2.2: registers take aligned 32-bit accesses, the configuration space those of its fields. */
static uint64_t mmio_read(void *opaque, struct vcpu *v, uint64_t offset, unsigned size)
{
	struct virtio_device *d = opaque;
	uint64_t value = 0;

	virtio_lock(d);
	if (offset >= VIRTIO_MMIO_CONFIG)
		value = read_config(d, offset - VIRTIO_MMIO_CONFIG, size);
	else if (size == 4 && offset % 4 == 0)
		value = read_register(d, v, offset);
	virtio_unlock(d);
	return value;
}

static void mmio_write(void *opaque, struct vcpu *v, uint64_t offset, unsigned size,
		       uint64_t value)
{
	struct virtio_device *d = opaque;

	if (offset >= VIRTIO_MMIO_CONFIG || size != 4 || offset % 4)
		return;
	virtio_lock(d);
	write_register(d, offset, (uint32_t)value);
	virtio_unlock(d);
}

static const struct bus_ops mmio_ops = { "virtio-mmio", mmio_read, mmio_write };

/* --- life --------------------------------------------------------------------------- */

int virtio_create(struct virtio_device *d, struct machine *m, unsigned slot,
		  const struct virtio_ops *ops, uint64_t features, const void *config, size_t size)
{
	uint64_t base = LAYOUT_VIRTIO_MMIO + slot * LAYOUT_VIRTIO_STRIDE;
	int err;

	*d = (struct virtio_device){
		.ops = ops, .m = m, .config = config, .config_size = size,
		.offered = features | COMMON_FEATURES,
	};
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->reset_done, NULL);
	virtio_queues_init(d);
	if (slot >= LAYOUT_VIRTIO_MAX)
		return -ENOSPC;
	d->gsi = layout_virtio_gsi(slot);
	err = bus_add(&m->mmio, base, LAYOUT_VIRTIO_STRIDE, &mmio_ops, d);
	if (err)
		return err;
	return virtio_queues_listen(d, gpa(base + VIRTIO_MMIO_QUEUE_NOTIFY));
}

void virtio_destroy(struct virtio_device *d)
{
	for (unsigned i = 0; i < d->ops->queues; i++)
		if (d->queue[i].event_fd >= 0)
			close(d->queue[i].event_fd);
	pthread_cond_destroy(&d->reset_done);
	pthread_mutex_destroy(&d->lock);
}
