/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PVH boot protocol: hvm_start_info version 1 at LAYOUT_PVH_START_INFO. */
#ifndef VMM_BOOT_PVH_H
#define VMM_BOOT_PVH_H

#include "vmm/memory.h"

struct pvh_start {
	gpa_t initrd; /* becomes module 0; 0: none */
	uint64_t initrd_size;
	gpa_t rsdp; /* 0: none */
};

/*
 * Writes the structure, its module list and its memory map; the command line is
 * expected at LAYOUT_CMDLINE. -EFAULT when guest RAM does not reach that far.
 */
int pvh_write(const struct memory *m, const struct pvh_start *p);

#endif
