/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kind of kernel is it? See image.h. */
#include "vmm/boot/image.h"

#include <errno.h>

#include "vmm/boot/bzimage.h"
#include "vmm/boot/elf_image.h"

int boot_load(struct boot_entry *ret, const struct memory *m, const struct boot_request *r,
	      struct diag *d)
{
	if (elf_probe(r->kernel, r->kernel_size))
		return elf_load(ret, m, r, d);
	if (bzimage_probe(r->kernel, r->kernel_size))
		return bzimage_load(ret, m, r, d);
	if (r->kernel_size == 0)
		return diag_set(d, -ENOEXEC, r->kernel_name, "copy or fetch the kernel again",
				"an empty file");
	return diag_set(d, -ENOEXEC, r->kernel_name,
			"give a kernel as in /boot/vmlinuz-*, or an ELF file with a PVH note",
			"not a bzImage or ELF kernel");
}
