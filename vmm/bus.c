/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Range tables for port I/O, MMIO and MSRs. Read-only once vCPUs run: see bus.h. */
#include "vmm/bus.h"

#include <errno.h>
#include <string.h>

/* Index of the first range that ends after addr. */
static unsigned lookup(const struct bus *b, uint64_t addr)
{
	unsigned lo = 0, hi = b->n;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (b->range[mid].base + b->range[mid].len <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int bus_add(struct bus *b, uint64_t base, uint64_t len, const struct bus_ops *ops, void *opaque)
{
	unsigned i;

	if (len == 0 || base + len < base)
		return -EINVAL;
	if (b->n == BUS_MAX_RANGES)
		return -ENOSPC;
	i = lookup(b, base);
	if (i < b->n && b->range[i].base < base + len)
		return -EEXIST;
	memmove(&b->range[i + 1], &b->range[i], (b->n - i) * sizeof(b->range[0]));
	b->range[i] = (struct bus_range){ base, len, ops, opaque };
	b->n++;
	return 0;
}

static const struct bus_range *find(const struct bus *b, uint64_t addr, unsigned size)
{
	unsigned i = lookup(b, addr);
	const struct bus_range *r = &b->range[i];

	if (i == b->n || addr < r->base || size > r->base + r->len - addr)
		return NULL;
	return r;
}

static uint64_t ones(unsigned size)
{
	return size >= 8 ? ~0ull : (1ull << size * 8) - 1;
}

uint64_t bus_read(const struct bus *b, struct vcpu *v, uint64_t addr, unsigned size)
{
	const struct bus_range *r = find(b, addr, size);

	if (!r || !r->ops->read)
		return ones(size);
	return r->ops->read(r->opaque, v, addr - r->base, size) & ones(size);
}

void bus_write(const struct bus *b, struct vcpu *v, uint64_t addr, unsigned size, uint64_t value)
{
	const struct bus_range *r = find(b, addr, size);

	if (r && r->ops->write)
		r->ops->write(r->opaque, v, addr - r->base, size, value & ones(size));
}

int msr_add(struct msr_bus *b, uint32_t base, uint32_t len, const struct msr_ops *ops, void *opaque)
{
	if (len == 0 || base + len < base || (base < 0x900 && base + len > 0x800))
		return -EINVAL;
	for (unsigned i = 0; i < b->n; i++)
		if (base < b->range[i].base + b->range[i].len && b->range[i].base < base + len)
			return -EEXIST;
	if (b->n == MSR_MAX_RANGES)
		return -ENOSPC;
	b->range[b->n++] = (struct msr_range){ base, len, ops, opaque };
	return 0;
}

static const struct msr_range *msr_find(const struct msr_bus *b, uint32_t index)
{
	for (unsigned i = 0; i < b->n; i++)
		if (index - b->range[i].base < b->range[i].len)
			return &b->range[i];
	return NULL;
}

int msr_read(const struct msr_bus *b, struct vcpu *v, uint32_t index, uint64_t *value)
{
	const struct msr_range *r = msr_find(b, index);

	return r && r->ops->read ? r->ops->read(r->opaque, v, index, value) : -1;
}

int msr_write(const struct msr_bus *b, struct vcpu *v, uint32_t index, uint64_t value)
{
	const struct msr_range *r = msr_find(b, index);

	return r && r->ops->write ? r->ops->write(r->opaque, v, index, value) : -1;
}
