/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Overlay pages (TLFS 5.2.1 "GPA Overlay Pages"): a page that the hypervisor
 * lays over guest RAM (hypercall page, reference TSC page). The RAM below is kept
 * and comes back when the overlay goes.
 *
 * What this does not do: the guest can write to an overlay page (the TLFS asks
 * for a fault); KVM's own Hyper-V emulation allows it as well.
 */
#ifndef VMM_OVERLAY_H
#define VMM_OVERLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/memory.h"

#define OVERLAY_MAX 4

struct overlay {
	bool used;
	gpa_t base;
	uint8_t below[GPA_PAGE_SIZE];
};

/* Zero-initialise. The caller serialises map and unmap. */
struct overlays {
	struct overlay page[OVERLAY_MAX];
};

/*
 * Lay page (4 KiB) over the RAM page at base (page-aligned) and return its handle >= 0.
 * -EFAULT: base is not RAM; -EBUSY: another overlay is there; -ENOSPC.
 */
int overlay_map(struct overlays *o, const struct memory *m, gpa_t base, const void *page);
/* Uncover the RAM below. A negative handle is ignored. */
void overlay_unmap(struct overlays *o, const struct memory *m, int handle);
/* True if [addr, addr + len) touches an overlay page. */
bool overlay_hit(const struct overlays *o, gpa_t addr, uint64_t len);

#endif
