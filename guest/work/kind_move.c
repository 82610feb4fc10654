/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that move between two homes with mremap: after it has returned, the old home must
 * fault. The larger slots are 2 MiB, which the kernel moves as whole page tables.
 */
#include <errno.h>
#include <sys/mman.h>

#include "guest/work/backing.h"
#include "guest/work/kinds.h"

static int init_move(struct work *w, struct slot *s, unsigned index)
{
	static const unsigned sizes[] = { 1, 33, HUGE_SIZE / PAGE_SIZE, 2 };
	int err;

	s->va[0] = backing_address(AREA_MOVE, index);
	s->va[1] = s->va[0] + 2 * HUGE_SIZE;
	s->homes = 2;
	s->pages = sizes[index % 4];
	s->fixed_contents = true;
	if (!s->va[0])
		return -ENOTSUP;
	err = backing_shared(w, s, 1);
	if (err)
		return err;
	backing_fill(w, s, 1);
	err = backing_map(s, 0, 1);
	s->generation = 2; /* even: the first home */
	slot_announce(s, s->generation, PHASE_READABLE);
	return err;
}

static int step_move(struct work *w, struct slot *s)
{
	unsigned from = s->generation & 1;
	int err = 0;

	slot_announce(s, s->generation, PHASE_NEXT);
	if (w->options.plant)
		slot_announce(s, s->generation + 1, PHASE_READABLE);
	if (mremap(slot_address(s, from), slot_bytes(s), slot_bytes(s),
		   MREMAP_MAYMOVE | MREMAP_FIXED, slot_address(s, !from)) == MAP_FAILED)
		err = -errno;
	slot_announce(s, ++s->generation, PHASE_READABLE);
	return err;
}

const struct kind kind_move = {
	.name = "move",
	.help = "move pages, and whole tables, with mremap",
	.init = init_move,
	.step = step_move,
	.per_thread = 2,
};
