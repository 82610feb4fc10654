/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where slots lie in the address space, and the memory behind them. */
#ifndef GUEST_WORK_BACKING_H
#define GUEST_WORK_BACKING_H

#include "guest/work/work.h"

/*
 * Parts of the address space, each with a stride that decides which page tables a slot
 * has to itself and so which are freed with it.
 */
enum area {
	AREA_PTE, /* neighbours in the same table: no table is ever freed */
	AREA_PMD, /* its own 2 MiB, neighbours in the GiB: one table is freed */
	AREA_PUD, /* its own 1 GiB: two tables */
	AREA_PGD, /* its own 512 GiB: three tables */
	AREA_PROTECT,
	AREA_DISCARD,
	AREA_MOVE,
	AREA_HUGE,
	AREA_HUGETLB,
	AREA_FORK,
};

/* Address of slot index in an area, 0 when the area is full. */
uint64_t backing_address(enum area area, unsigned index);

/*
 * Map one page close by that keeps the tables above the slot's level alive, where the
 * area wants that. 0 or -errno.
 */
int backing_anchor(enum area area, uint64_t va);

/*
 * Give the slot (pages, page_size set) `buffers` times its size of a memfd, and an alias
 * mapping. -ENOSPC when the options' memory is used up; -errno.
 */
int backing_shared(struct work *w, struct slot *s, unsigned buffers);
/* Count private memory of the slot against the same limit. */
int backing_private(struct work *w, const struct slot *s);

/* Fill all pages of a buffer of shared backing. */
void backing_fill(const struct work *w, const struct slot *s, uint64_t generation);
/* Map the buffer of a generation at the slot's home; what is there is replaced. */
int backing_map(const struct slot *s, unsigned home, uint64_t generation);

/* Slots come in many sizes: both sides of 33 pages, where Linux stops flushing page by page. */
size_t backing_pages(unsigned index);

static inline size_t slot_bytes(const struct slot *s)
{
	return s->pages * s->page_size;
}

static inline void *slot_address(const struct slot *s, unsigned home)
{
	return (void *)(uintptr_t)s->va[home];
}

#endif
