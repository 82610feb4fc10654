/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command line, initrd, memory map: see place.h. */
#include "vmm/boot/place.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "vmm/layout.h"

#define HINT_MEMORY "give the guest more memory with -m"

struct size_text size_text(uint64_t bytes)
{
	struct size_text t;

	if (bytes < 1 << 20)
		snprintf(t.s, sizeof(t.s), "%llu bytes", (unsigned long long)bytes);
	else
		snprintf(t.s, sizeof(t.s), "%.1f MiB", (double)bytes / (1 << 20));
	return t;
}

uint64_t boot_low_end(const struct memory *m)
{
	const struct mem_region *region;
	unsigned n = mem_regions(m, &region);

	return n > 0 && region[0].base.v == 0 ? region[0].size : 0;
}

static void add_range(struct boot_range *range, unsigned *n, uint64_t from, uint64_t to,
		      uint32_t type)
{
	if (from < to)
		range[(*n)++] = (struct boot_range){ from, to - from, type };
}

unsigned boot_memmap(struct boot_range range[BOOT_RANGES], const struct memory *m)
{
	const struct mem_region *region;
	unsigned regions = mem_regions(m, &region);
	uint64_t low = boot_low_end(m);
	unsigned n = 0;

	add_range(range, &n, 0, low < LAYOUT_LOW_RAM_END ? low : LAYOUT_LOW_RAM_END, BOOT_MEM_RAM);
	add_range(range, &n, LAYOUT_ACPI, LAYOUT_ACPI_END, BOOT_MEM_RESERVED);
	add_range(range, &n, LAYOUT_ACPI_END, low, BOOT_MEM_RAM);
	/* Pages of the VMM and of KVM in the hole: nothing of the guest's may go there. */
	add_range(range, &n, LAYOUT_STEAL, LAYOUT_STEAL + LAYOUT_STEAL_SIZE, BOOT_MEM_RESERVED);
	add_range(range, &n, LAYOUT_KVM_IDENTITY_MAP, LAYOUT_KVM_TSS + 3 * GPA_PAGE_SIZE,
		  BOOT_MEM_RESERVED);
	for (unsigned i = 1; i < regions && n < BOOT_RANGES; i++)
		add_range(range, &n, region[i].base.v, region[i].base.v + region[i].size,
			  BOOT_MEM_RAM);
	return n;
}

int boot_place_cmdline(const struct memory *m, const struct boot_request *r, uint32_t max,
		       struct diag *d)
{
	const char *s = r->cmdline ? r->cmdline : "";
	size_t len = strlen(s);

	if (max > BOOT_CMDLINE_MAX)
		max = BOOT_CMDLINE_MAX;
	if (len > max)
		return diag_set(d, -E2BIG, "kernel command line", "shorten what --append adds",
				"%zu bytes, but this kernel takes at most %u", len, max);
	if (mem_write(m, gpa(LAYOUT_CMDLINE), s, len + 1))
		return diag_set(d, -E2BIG, "kernel command line", HINT_MEMORY,
				"no room in %s of guest RAM", size_text(mem_size(m)).s);
	return 0;
}

/* The highest page at which size bytes fit into [floor, end); false if they do not. */
static bool highest_fit(uint64_t *ret, uint64_t floor, uint64_t end, uint64_t size)
{
	if (end < size)
		return false;
	*ret = (end - size) & ~(GPA_PAGE_SIZE - 1);
	return *ret >= floor;
}

static bool find_room(uint64_t *ret, const struct memory *m, const struct boot_window *w,
		      uint64_t size)
{
	const struct mem_region *region;
	unsigned regions = mem_regions(m, &region);
	uint64_t low = boot_low_end(m);

	if (w->last < low)
		low = w->last + 1;
	if (highest_fit(ret, w->floor, low, size))
		return true;
	for (unsigned i = regions; w->above_4g && i-- > 1;)
		if (highest_fit(ret, region[i].base.v, region[i].base.v + region[i].size, size))
			return true;
	return false;
}

int boot_place_initrd(gpa_t *ret, const struct memory *m, const struct boot_request *r,
		      const struct boot_window *w, struct diag *d)
{
	uint64_t at;

	*ret = gpa(0);
	if (!r->initrd || r->initrd_size == 0)
		return 0;
	if (!find_room(&at, m, w, r->initrd_size))
		return diag_set(d, -E2BIG, r->initrd_name, HINT_MEMORY,
				"%s do not fit beside the kernel (up to %s) in %s of guest RAM",
				size_text(r->initrd_size).s, size_text(w->floor).s,
				size_text(mem_size(m)).s);
	if (mem_write(m, gpa(at), r->initrd, r->initrd_size))
		return diag_errno(d, -EFAULT, r->initrd_name, NULL);
	*ret = gpa(at);
	return 0;
}
