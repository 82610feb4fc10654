/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PVH start information (Xen docs/misc/pvh.pandoc, public/arch-x86/hvm/start_info.h). */
#include "vmm/boot/pvh.h"

#include <stddef.h>
#include <stdint.h>

#include "vmm/boot/place.h"
#include "vmm/layout.h"

#define START_MAGIC   0x336ec578 /* "xEn3" with bit 7 of the E set */
#define START_VERSION 1

struct start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t modules;
	uint64_t module_list;
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t memmap;
	uint32_t memmap_entries;
	uint32_t reserved;
};

struct module {
	uint64_t addr;
	uint64_t size;
	uint64_t cmdline;
	uint64_t reserved;
};

struct memmap_entry {
	uint64_t addr;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

struct start_page {
	struct start_info info;
	struct module module;
	struct memmap_entry memmap[BOOT_RANGES];
};

_Static_assert(sizeof(struct start_info) == 56, "hvm_start_info");
_Static_assert(sizeof(struct module) == 32, "hvm_modlist_entry");
_Static_assert(sizeof(struct memmap_entry) == 24, "hvm_memmap_table_entry");
_Static_assert(sizeof(struct start_page) <= GPA_PAGE_SIZE, "layout.h reserves one page");

static unsigned fill_memmap(struct memmap_entry entry[BOOT_RANGES], const struct memory *m)
{
	struct boot_range range[BOOT_RANGES];
	unsigned n = boot_memmap(range, m);

	for (unsigned i = 0; i < n; i++)
		entry[i] = (struct memmap_entry){
			.addr = range[i].addr, .size = range[i].size, .type = range[i].type
		};
	return n;
}

int pvh_write(const struct memory *m, const struct pvh_start *p)
{
	struct start_page page = {
		.info = {
			.magic = START_MAGIC,
			.version = START_VERSION,
			.modules = p->initrd.v ? 1 : 0,
			.cmdline = LAYOUT_CMDLINE,
			.rsdp = p->rsdp.v,
			.memmap = LAYOUT_PVH_START_INFO + offsetof(struct start_page, memmap),
		},
	};

	if (p->initrd.v) {
		page.info.module_list = LAYOUT_PVH_START_INFO + offsetof(struct start_page, module);
		page.module = (struct module){ .addr = p->initrd.v, .size = p->initrd_size };
	}
	page.info.memmap_entries = fill_memmap(page.memmap, m);
	return mem_write(m, gpa(LAYOUT_PVH_START_INFO), &page, sizeof(page));
}
