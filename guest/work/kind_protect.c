/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages whose access rights change under threads that read and write them: a store that
 * still succeeds after mprotect(PROT_READ) has returned went through a stale writable
 * entry, a load after mprotect(PROT_NONE) through any stale entry.
 */
#include <errno.h>
#include <sys/mman.h>

#include "guest/work/backing.h"
#include "guest/work/kinds.h"

static const struct {
	int protection;
	unsigned flags;
} cycle[] = {
	{ PROT_READ | PROT_WRITE, PHASE_READABLE | PHASE_WRITABLE },
	{ PROT_READ, PHASE_READABLE | PHASE_UNWRITABLE },
	{ PROT_NONE, PHASE_UNREADABLE | PHASE_UNWRITABLE },
	{ PROT_READ | PROT_WRITE, PHASE_READABLE | PHASE_WRITABLE },
	{ PROT_NONE, PHASE_UNREADABLE | PHASE_UNWRITABLE },
	{ PROT_READ, PHASE_READABLE | PHASE_UNWRITABLE },
};

static int init_protect(struct work *w, struct slot *s, unsigned index)
{
	int err;

	s->va[0] = backing_address(AREA_PROTECT, index);
	s->pages = backing_pages(index);
	s->fixed_contents = s->stores = true;
	if (!s->va[0])
		return -ENOTSUP;
	err = backing_private(w, s);
	if (err)
		return err;
	if (mmap(slot_address(s, 0), slot_bytes(s), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	for (size_t i = 0; i < s->pages; i++)
		page_fill(slot_page(s, 0, i), w->mm, s->va[0] + i * PAGE_SIZE, 1);
	slot_announce(s, s->generation, cycle[0].flags);
	return 0;
}

/* Every phase has a generation of its own here; the contents stay at 1. */
static int step_protect(struct work *w, struct slot *s)
{
	unsigned flags;
	int err = 0;

	s->stage = (s->stage + 1) % (sizeof(cycle) / sizeof(cycle[0]));
	flags = cycle[s->stage].flags;
	slot_announce(s, ++s->generation, 0);
	if (w->options.plant)
		slot_announce(s, ++s->generation, flags & ~(PHASE_READABLE | PHASE_WRITABLE));
	if (mprotect(slot_address(s, 0), slot_bytes(s), cycle[s->stage].protection) < 0)
		err = -errno;
	slot_announce(s, ++s->generation, flags);
	return err;
}

const struct kind kind_protect = {
	.name = "protect",
	.help = "change rights with mprotect while others load and store",
	.init = init_protect,
	.step = step_protect,
	.per_thread = 2,
};
