/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The zero page: struct boot_params of the x86 boot protocol, at LAYOUT_ZERO_PAGE. */
#ifndef VMM_BOOT_ZEROPAGE_H
#define VMM_BOOT_ZEROPAGE_H

#include <asm/bootparam.h>

#include "vmm/memory.h"

struct zeropage {
	gpa_t load;   /* where the kernel's protected-mode code is */
	gpa_t initrd; /* 0: none */
	uint64_t initrd_size;
	gpa_t rsdp; /* 0: none */
};

/*
 * Writes the zero page: hdr as the kernel image gave it, with every field that the
 * loader owns replaced. -EFAULT when guest RAM does not reach that far.
 */
int zeropage_write(const struct memory *m, const struct setup_header *hdr,
		   const struct zeropage *z);

#endif
