/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every boot protocol shares: where the command line and the initrd go, the
 * memory map that the guest is told, and how sizes read in messages.
 *
 * Guest RAM is expected as mem_create() leaves it, all zero: loaders write only
 * what is not zero (a kernel's bss costs no pages before the guest touches it).
 */
#ifndef VMM_BOOT_PLACE_H
#define VMM_BOOT_PLACE_H

#include "vmm/boot/image.h"

#define BOOT_CMDLINE_MAX 65535u /* bytes without the NUL: room at LAYOUT_CMDLINE */

/* e820 types (ACPI 15, table 15.1); PVH uses the same numbers. */
enum {
	BOOT_MEM_RAM = 1,
	BOOT_MEM_RESERVED = 2,
};

struct boot_range {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
};

#define BOOT_RANGES 8

/* The memory map for m, ascending, no overlaps. Returns how many, at most BOOT_RANGES. */
unsigned boot_memmap(struct boot_range range[BOOT_RANGES], const struct memory *m);

/* Writes the NUL-terminated command line to LAYOUT_CMDLINE. -E2BIG when longer than max bytes. */
int boot_place_cmdline(const struct memory *m, const struct boot_request *r, uint32_t max,
		       struct diag *d);

/* Where an initrd may lie. */
struct boot_window {
	uint64_t floor; /* first byte after everything that the kernel occupies */
	uint64_t last;	/* highest address below 4 GiB that its last byte may have */
	bool above_4g;	/* may also go into the RAM above 4 GiB if it does not fit below */
};

/*
 * Copies the initrd to the highest page in the window; *ret is its address (0 when
 * there is none). -E2BIG when it does not fit.
 */
int boot_place_initrd(gpa_t *ret, const struct memory *m, const struct boot_request *r,
		      const struct boot_window *w, struct diag *d);

/* "12.5 MiB" or "100 bytes". */
struct size_text {
	char s[32];
};
struct size_text size_text(uint64_t bytes);

/* The end of the RAM region that starts at 0. */
uint64_t boot_low_end(const struct memory *m);

#endif
