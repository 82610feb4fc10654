/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The zero page (Linux Documentation/arch/x86/boot.rst and zero-page.rst). */
#include "vmm/boot/zeropage.h"

#include <stddef.h>

#include "vmm/boot/place.h"
#include "vmm/layout.h"

#define LOADER_UNDEFINED 0xff
#define VIDEO_NORMAL	 0xffff

_Static_assert(sizeof(struct boot_params) == GPA_PAGE_SIZE, "the zero page is one page");
_Static_assert(offsetof(struct boot_params, hdr) == 0x1f1, "boot protocol");
_Static_assert(offsetof(struct boot_params, e820_table) == 0x2d0, "boot protocol");

static void fill_header(struct boot_params *p, const struct zeropage *z)
{
	struct setup_header *h = &p->hdr;

	h->vid_mode = VIDEO_NORMAL;
	h->type_of_loader = LOADER_UNDEFINED;
	h->ext_loader_type = 0;
	h->ext_loader_ver = 0;
	h->loadflags |= LOADED_HIGH;
	h->loadflags &= (uint8_t)~CAN_USE_HEAP; /* no real-mode code runs */
	h->heap_end_ptr = 0;
	h->code32_start = (uint32_t)z->load.v;
	h->cmd_line_ptr = LAYOUT_CMDLINE;
	h->setup_data = 0;
	h->ramdisk_image = (uint32_t)z->initrd.v;
	h->ramdisk_size = (uint32_t)z->initrd_size;
	p->ext_ramdisk_image = (uint32_t)(z->initrd.v >> 32);
	p->ext_ramdisk_size = (uint32_t)(z->initrd_size >> 32);
}

static void fill_e820(struct boot_params *p, const struct memory *m)
{
	struct boot_range range[BOOT_RANGES];
	unsigned n = boot_memmap(range, m);

	for (unsigned i = 0; i < n; i++)
		p->e820_table[i] = (struct boot_e820_entry){
			.addr = range[i].addr, .size = range[i].size, .type = range[i].type
		};
	p->e820_entries = (uint8_t)n;
}

int zeropage_write(const struct memory *m, const struct setup_header *hdr,
		   const struct zeropage *z)
{
	struct boot_params p = { .hdr = *hdr, .acpi_rsdp_addr = z->rsdp.v };

	fill_header(&p, z);
	fill_e820(&p, m);
	return mem_write(m, gpa(LAYOUT_ZERO_PAGE), &p, sizeof(p));
}
