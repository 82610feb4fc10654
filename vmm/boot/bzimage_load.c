/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading a bzImage: the protected-mode part goes to LAYOUT_KERNEL and is entered
 * there; it unpacks itself to its run-time address, where it needs init_size bytes.
 */
#include "vmm/boot/bzimage.h"

#include <errno.h>

#include "vmm/boot/place.h"
#include "vmm/boot/zeropage.h"
#include "vmm/layout.h"

/* All that the kernel occupies before it can read its memory map: [LAYOUT_KERNEL, *end). */
static int kernel_end(uint64_t *end, const struct bzimage *b)
{
	uint64_t align = b->hdr.kernel_alignment ? b->hdr.kernel_alignment : 1;
	uint64_t start = b->hdr.pref_address;
	uint64_t aligned = (LAYOUT_KERNEL + align - 1) & ~(align - 1);
	uint64_t loaded = LAYOUT_KERNEL + b->code_size;

	/* A relocatable kernel runs where it was loaded, but never below pref_address. */
	if (b->hdr.relocatable_kernel && aligned > start)
		start = aligned;
	if (__builtin_add_overflow(start, b->hdr.init_size, end))
		return -EOVERFLOW;
	if (*end < loaded)
		*end = loaded;
	return 0;
}

static int check_room(uint64_t *end, const struct bzimage *b, const struct memory *m,
		      const struct boot_request *r, struct diag *d)
{
	if (kernel_end(end, b))
		return diag_set(d, -ENOEXEC, r->kernel_name, NULL,
				"damaged header: pref_address %#llx + init_size %#x wraps",
				(unsigned long long)b->hdr.pref_address, b->hdr.init_size);
	if (*end > boot_low_end(m))
		return diag_set(d, -E2BIG, r->kernel_name, "give the guest more memory with -m",
				"the kernel needs %s to start, the guest has %s",
				size_text(*end).s, size_text(mem_size(m)).s);
	return 0;
}

static struct boot_window initrd_window(const struct bzimage *b, uint64_t kernel)
{
	bool above = b->hdr.xloadflags & XLF_CAN_BE_LOADED_ABOVE_4G;

	/* The flag also lifts initrd_addr_max (boot.rst, ext_ramdisk_image). */
	return (struct boot_window){
		.floor = kernel,
		.last = above ? UINT32_MAX : b->hdr.initrd_addr_max,
		.above_4g = above,
	};
}

int bzimage_load(struct boot_entry *ret, const struct memory *m, const struct boot_request *r,
		 struct diag *d)
{
	struct zeropage z = { .load = gpa(LAYOUT_KERNEL), .rsdp = r->rsdp };
	struct boot_window window;
	struct bzimage b;
	uint64_t end;
	int err = bzimage_parse(&b, r->kernel, r->kernel_size, r->kernel_name, d);

	if (!err)
		err = check_room(&end, &b, m, r, d);
	if (!err)
		err = boot_place_cmdline(m, r, b.hdr.cmdline_size, d);
	if (err)
		return err;
	window = initrd_window(&b, end);
	err = boot_place_initrd(&z.initrd, m, r, &window, d);
	if (err)
		return err;
	z.initrd_size = z.initrd.v ? r->initrd_size : 0;
	if (mem_write(m, z.load, b.code, b.code_size) || zeropage_write(m, &b.hdr, &z))
		return diag_errno(d, -EFAULT, r->kernel_name, NULL);
	*ret = (struct boot_entry){ BOOT_LONG64, gpa(LAYOUT_KERNEL + BZIMAGE_ENTRY64),
				    LAYOUT_ZERO_PAGE };
	return 0;
}
