/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Private memory that is dropped with madvise(MADV_DONTNEED) and filled anew: the dropped
 * pages go back to the kernel at once, so who still sees them sees someone else's. The
 * "huge" kind does it with transparent huge pages, which it splits and collapses between.
 */
#include <errno.h>
#include <sys/mman.h>

#include "guest/work/backing.h"
#include "guest/work/kinds.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

enum { STAGE_FILLED, STAGE_SPLIT, STAGE_COLLAPSED, STAGE_DROPPED };

static void fill(const struct work *w, const struct slot *s, uint64_t generation)
{
	for (size_t i = 0; i < s->pages; i++)
		page_fill(slot_page(s, 0, i), w->mm, s->va[0] + i * PAGE_SIZE, generation);
}

static int init_common(struct work *w, struct slot *s, enum area area, unsigned index)
{
	int err;

	s->va[0] = backing_address(area, index);
	if (!s->va[0])
		return -ENOTSUP;
	err = backing_private(w, s);
	if (err)
		return err;
	if (mmap(slot_address(s, 0), slot_bytes(s), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	s->generation = 1;
	if (area == AREA_HUGE && madvise(slot_address(s, 0), slot_bytes(s), MADV_HUGEPAGE) < 0)
		return -ENOTSUP; /* a kernel without transparent huge pages */
	fill(w, s, s->generation);
	slot_announce(s, s->generation, PHASE_READABLE);
	return 0;
}

static int init_discard(struct work *w, struct slot *s, unsigned index)
{
	s->pages = backing_pages(index);
	return init_common(w, s, AREA_DISCARD, index);
}

static int init_huge(struct work *w, struct slot *s, unsigned index)
{
	s->pages = HUGE_SIZE / PAGE_SIZE;
	return init_common(w, s, AREA_HUGE, index);
}

static int drop(struct work *w, struct slot *s)
{
	unsigned dropped = PHASE_PAST | PHASE_BLANK;
	int err = 0;

	slot_announce(s, s->generation, PHASE_BLANK);
	if (w->options.plant)
		slot_announce(s, s->generation, dropped);
	if (madvise(slot_address(s, 0), slot_bytes(s), MADV_DONTNEED) < 0)
		err = -errno;
	slot_announce(s, s->generation, dropped);
	s->stage = STAGE_DROPPED;
	return err;
}

static int refill(struct work *w, struct slot *s)
{
	slot_announce(s, s->generation, PHASE_PAST | PHASE_NEXT | PHASE_BLANK);
	fill(w, s, ++s->generation);
	slot_announce(s, s->generation, PHASE_READABLE);
	s->stage = STAGE_FILLED;
	return 0;
}

static int step_discard(struct work *w, struct slot *s)
{
	return s->stage == STAGE_DROPPED ? refill(w, s) : drop(w, s);
}

/* Another protection for one page in the middle splits the huge page; readers see nothing. */
static int split(struct slot *s)
{
	void *middle = slot_page(s, 0, s->pages / 2);

	s->stage = STAGE_SPLIT;
	if (mprotect(middle, PAGE_SIZE, PROT_READ) < 0 ||
	    mprotect(middle, PAGE_SIZE, PROT_READ | PROT_WRITE) < 0)
		return -errno;
	return 0;
}

/* Small pages are copied into a huge one under the readers. May fail for lack of one. */
static int collapse(struct slot *s)
{
	s->stage = STAGE_COLLAPSED;
	if (madvise(slot_address(s, 0), slot_bytes(s), MADV_COLLAPSE) < 0)
		return 0;
	return 0;
}

static int step_huge(struct work *w, struct slot *s)
{
	switch (s->stage) {
	case STAGE_FILLED:
		return split(s);
	case STAGE_SPLIT:
		return collapse(s);
	case STAGE_COLLAPSED:
		return drop(w, s);
	default:
		return refill(w, s);
	}
}

const struct kind kind_discard = {
	.name = "discard",
	.help = "drop private pages with madvise and fill them anew",
	.init = init_discard,
	.step = step_discard,
	.per_thread = 2,
};
const struct kind kind_huge = {
	.name = "huge",
	.help = "the same with transparent huge pages, split and collapsed",
	.init = init_huge,
	.step = step_huge,
	.per_thread = 1,
	.on_request = true,
};
