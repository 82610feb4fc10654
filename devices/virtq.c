/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Split virtqueues, the device's side. See virtq.h for rules and ordering. */
#include "devices/virtq.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "virtio 1.x rings are little-endian");
_Static_assert(sizeof(struct vring_desc) == 16, "virtio 1.2, 2.7.5");
_Static_assert(sizeof(struct vring_used_elem) == 8, "virtio 1.2, 2.7.8");

/* used_event follows the available ring, avail_event the used ring (2.7.6, 2.7.8). */
static const uint16_t *used_event(const struct virtq *q)
{
	return &q->avail->ring[q->size];
}

static uint16_t *avail_event(const struct virtq *q)
{
	return (uint16_t *)(void *)&q->used->ring[q->size];
}

static uint16_t load16(const uint16_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

int virtq_init(struct virtq *q, const struct memory *m, const struct virtq_place *p,
	       bool indirect, bool event_idx)
{
	uint32_t n = p->size;

	*q = (struct virtq){ .mem = m, .indirect = indirect, .event_idx = event_idx };
	if (n == 0 || n > VIRTQ_MAX_SIZE || (n & (n - 1)))
		return -EINVAL;
	if (p->desc.v % 16 || p->avail.v % 2 || p->used.v % 4)
		return -EINVAL;
	q->size = (uint16_t)n;
	q->desc = mem_ptr(m, p->desc, 16ull * n);
	q->avail = mem_ptr(m, p->avail, 6 + 2ull * n);
	q->used = mem_ptr(m, p->used, 6 + 8ull * n);
	return q->desc && q->avail && q->used ? 0 : -EFAULT;
}

/* --- taking a request --------------------------------------------------------------- */

/* A table that a chain runs through: the queue's own, or an indirect one. */
struct table {
	const struct vring_desc *desc;
	uint32_t n;
	bool indirect;
};

static struct vring_desc load_desc(const struct table *t, uint32_t i)
{
	struct vring_desc d;

	memcpy(&d, &t->desc[i], sizeof(d));
	/* The compiler must not go back to guest memory for what was checked here. */
	__asm__("" : "+m"(d));
	return d;
}

/* Adds the buffer of d to the chain. */
static int add_buffer(const struct virtq *q, struct virtq_chain *c, const struct vring_desc *d)
{
	bool write = d->flags & VRING_DESC_F_WRITE;
	unsigned n = c->out + c->in;
	void *host;

	if (n == VIRTQ_MAX_SEGS || d->len == 0)
		return -EPROTO;
	if (!write && c->in)
		return -EPROTO; /* 2.7.4.2: readable ones come first */
	host = mem_ptr(q->mem, gpa(d->addr), d->len);
	if (!host)
		return -EPROTO;
	c->iov[n] = (struct iovec){ host, d->len };
	if (write) {
		c->in++;
		c->in_len += d->len;
	} else {
		c->out++;
		c->out_len += d->len;
	}
	/* 2.7.5: a chain is at most 2^32 bytes; one less, so that used.len can say it. */
	return c->in_len + c->out_len <= UINT32_MAX ? 0 : -EPROTO;
}

/* The table that an indirect descriptor points to (2.7.5.3). */
static int enter_indirect(const struct virtq *q, const struct vring_desc *d, struct table *t)
{
	if (!q->indirect || t->indirect || (d->flags & VRING_DESC_F_NEXT))
		return -EPROTO;
	if (d->len == 0 || d->len % sizeof(struct vring_desc))
		return -EPROTO;
	t->n = d->len / sizeof(struct vring_desc);
	t->desc = mem_ptr(q->mem, gpa(d->addr), d->len);
	t->indirect = true;
	return t->desc ? 0 : -EPROTO;
}

/*
 * Follows the chain from head. A loop of descriptors ends in add_buffer(), which
 * takes VIRTQ_MAX_SEGS of them; an indirect table cannot lead to another one.
 */
static int walk(const struct virtq *q, struct virtq_chain *c)
{
	struct table t = { q->desc, q->size, false };
	uint32_t i = c->head;

	for (;;) {
		struct vring_desc d;

		if (i >= t.n)
			return -EPROTO;
		d = load_desc(&t, i);
		if (d.flags & VRING_DESC_F_INDIRECT) {
			if (enter_indirect(q, &d, &t) < 0)
				return -EPROTO;
			i = 0;
			continue;
		}
		if (add_buffer(q, c, &d) < 0)
			return -EPROTO;
		if (!(d.flags & VRING_DESC_F_NEXT))
			return 0;
		i = d.next;
	}
}

int virtq_pop(struct virtq *q, struct virtq_chain *c)
{
	uint16_t idx = __atomic_load_n(&q->avail->idx, __ATOMIC_ACQUIRE);
	uint16_t ready = (uint16_t)(idx - q->next_avail);

	if (ready == 0)
		return 0;
	if (ready > q->size)
		return -EPROTO;
	c->head = load16(&q->avail->ring[q->next_avail & (q->size - 1)]);
	c->out = c->in = 0;
	c->out_len = c->in_len = 0;
	if (walk(q, c) < 0)
		return -EPROTO;
	q->next_avail++;
	return 1;
}

/* --- giving it back ----------------------------------------------------------------- */

void virtq_push(struct virtq *q, uint16_t head, uint32_t len)
{
	struct vring_used_elem e = { .id = head, .len = len };

	memcpy(&q->used->ring[q->next_used & (q->size - 1)], &e, sizeof(e));
	q->next_used++;
	__atomic_store_n(&q->used->idx, q->next_used, __ATOMIC_RELEASE);
}

bool virtq_listen(struct virtq *q)
{
	if (q->event_idx)
		__atomic_store_n(avail_event(q), q->next_avail, __ATOMIC_RELAXED);
	/* Pairs with the driver's full barrier between avail->idx and reading avail_event. */
	atomic_thread_fence(memory_order_seq_cst);
	return load16(&q->avail->idx) != q->next_avail;
}

bool virtq_wants_interrupt(struct virtq *q)
{
	uint16_t old = q->signalled;
	uint16_t event;

	/* Pairs with the driver's full barrier between used_event/flags and reading used->idx. */
	atomic_thread_fence(memory_order_seq_cst);
	q->signalled = q->next_used;
	if (q->next_used == old)
		return false;
	if (!q->event_idx)
		return !(load16(&q->avail->flags) & VRING_AVAIL_F_NO_INTERRUPT);
	/* Asked for at event: did next_used pass it since the last time? (2.7.7.2, 16-bit ring) */
	event = load16(used_event(q));
	return (uint16_t)(q->next_used - event - 1) < (uint16_t)(q->next_used - old);
}
