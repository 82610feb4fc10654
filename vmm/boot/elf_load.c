/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading an ELF kernel at its physical addresses, from 1 MiB up: what lies below
 * belongs to the boot structures (layout.h).
 */
#include <errno.h>

#include "vmm/boot/elf_image.h"
#include "vmm/boot/place.h"
#include "vmm/boot/pvh.h"
#include "vmm/boot/zeropage.h"
#include "vmm/layout.h"

#define SETUP_MAGIC 0x53726448 /* "HdrS" */
#define BOOT_FLAG   0xaa55

static int check_segment(const struct elf_segment *s, const struct memory *m,
			 const struct boot_request *r, struct diag *d)
{
	if (s->addr < LAYOUT_KERNEL)
		return diag_set(d, -ENOEXEC, r->kernel_name, "link the kernel at 1 MiB or above",
				"a segment at %#llx, in the first MiB",
				(unsigned long long)s->addr);
	if (!mem_ptr(m, gpa(s->addr), s->memsz))
		return diag_set(d, -E2BIG, r->kernel_name, "give the guest more memory with -m",
				"a segment of %s at %#llx does not fit into %s of guest RAM",
				size_text(s->memsz).s, (unsigned long long)s->addr,
				size_text(mem_size(m)).s);
	return 0;
}

static int check_segments(const struct elf_image *e, const struct memory *m,
			  const struct boot_request *r, struct diag *d)
{
	int err = 0;

	for (unsigned i = 0; i < e->segments && !err; i++)
		err = check_segment(&e->segment[i], m, r, d);
	return err;
}

static int copy_segments(const struct elf_image *e, const struct memory *m,
			 const struct boot_request *r, struct diag *d)
{
	for (unsigned i = 0; i < e->segments; i++) {
		const struct elf_segment *s = &e->segment[i];

		if (mem_write(m, gpa(s->addr), s->data, s->size))
			return diag_errno(d, -EFAULT, r->kernel_name, NULL);
	}
	return 0;
}

/* A zero page for a kernel without a setup header: what a 64-bit kernel looks at. */
static int enter_long64(struct boot_entry *ret, const struct memory *m,
			const struct boot_request *r, uint64_t entry, gpa_t initrd)
{
	const struct setup_header hdr = {
		.boot_flag = BOOT_FLAG, .header = SETUP_MAGIC, .version = 0x020c,
		.cmdline_size = BOOT_CMDLINE_MAX,
	};
	const struct zeropage z = {
		.load = gpa(LAYOUT_KERNEL), .initrd = initrd,
		.initrd_size = initrd.v ? r->initrd_size : 0, .rsdp = r->rsdp,
	};

	*ret = (struct boot_entry){ BOOT_LONG64, gpa(entry), LAYOUT_ZERO_PAGE };
	return zeropage_write(m, &hdr, &z);
}

static int enter_pvh(struct boot_entry *ret, const struct memory *m, const struct boot_request *r,
		     uint64_t entry, gpa_t initrd)
{
	const struct pvh_start p = {
		.initrd = initrd, .initrd_size = initrd.v ? r->initrd_size : 0, .rsdp = r->rsdp,
	};

	*ret = (struct boot_entry){ BOOT_PVH, gpa(entry), LAYOUT_PVH_START_INFO };
	return pvh_write(m, &p);
}

int elf_load(struct boot_entry *ret, const struct memory *m, const struct boot_request *r,
	     struct diag *d)
{
	/* Neither protocol states a limit; 32-bit PVH code must reach it. */
	struct boot_window window = { .last = UINT32_MAX };
	struct boot_entry entry;
	struct elf_image e;
	gpa_t initrd;
	int err = elf_parse(&e, r->kernel, r->kernel_size, r->kernel_name, d);

	if (!err)
		err = check_segments(&e, m, r, d);
	if (!err)
		err = boot_place_cmdline(m, r, BOOT_CMDLINE_MAX, d);
	if (err)
		return err;
	window.floor = e.end;
	err = boot_place_initrd(&initrd, m, r, &window, d);
	if (!err)
		err = copy_segments(&e, m, r, d);
	if (err)
		return err;
	err = e.pvh ? enter_pvh(&entry, m, r, e.pvh_entry, initrd) :
		      enter_long64(&entry, m, r, e.entry, initrd);
	if (err)
		return diag_errno(d, err, r->kernel_name, NULL);
	*ret = entry;
	return 0;
}
