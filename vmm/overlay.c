/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Overlay pages: save the RAM below, write the page over it, put it back. */
#include "vmm/overlay.h"

#include <errno.h>
#include <string.h>

int overlay_map(struct overlays *o, const struct memory *m, gpa_t base, const void *page)
{
	struct overlay *free_slot = NULL;

	if (base.v % GPA_PAGE_SIZE || !mem_ptr(m, base, GPA_PAGE_SIZE))
		return -EFAULT;
	for (int i = OVERLAY_MAX - 1; i >= 0; i--) {
		struct overlay *p = &o->page[i];

		if (p->used && p->base.v == base.v)
			return -EBUSY;
		if (!p->used)
			free_slot = p;
	}
	if (!free_slot)
		return -ENOSPC;
	mem_read(m, base, free_slot->below, GPA_PAGE_SIZE);
	mem_write(m, base, page, GPA_PAGE_SIZE);
	free_slot->base = base;
	free_slot->used = true;
	return (int)(free_slot - o->page);
}

void overlay_unmap(struct overlays *o, const struct memory *m, int handle)
{
	struct overlay *p;

	if (handle < 0 || handle >= OVERLAY_MAX || !o->page[handle].used)
		return;
	p = &o->page[handle];
	mem_write(m, p->base, p->below, GPA_PAGE_SIZE);
	p->used = false;
}

bool overlay_hit(const struct overlays *o, gpa_t addr, uint64_t len)
{
	for (unsigned i = 0; i < OVERLAY_MAX; i++) {
		const struct overlay *p = &o->page[i];

		if (p->used && addr.v < p->base.v + GPA_PAGE_SIZE && addr.v + len > p->base.v)
			return true;
	}
	return false;
}
