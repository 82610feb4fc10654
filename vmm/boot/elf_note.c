/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PVH entry point, from the ELF notes of a kernel. */
#include <elf.h>
#include <string.h>

#include "vmm/boot/elf_image.h"

#define XEN_ELFNOTE_PHYS32_ENTRY 18 /* Xen public/elfnote.h */

static uint64_t pad(uint64_t n, uint64_t align)
{
	return (n + align - 1) & ~(align - 1);
}

/* The descriptor is a 4- or 8-byte little-endian address. */
static bool read_entry(uint64_t *entry, const uint8_t *desc, uint32_t size)
{
	if (size != 4 && size != 8)
		return false;
	*entry = 0;
	memcpy(entry, desc, size);
	return true;
}

bool elf_pvh_note(uint64_t *entry, const uint8_t *notes, size_t size, uint64_t align)
{
	align = align == 8 ? 8 : 4;
	while (size >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr n;
		uint64_t desc, next;

		memcpy(&n, notes, sizeof(n));
		/* 32-bit sizes in 64-bit sums: no wrap. */
		desc = pad(sizeof(n) + (uint64_t)n.n_namesz, align);
		next = pad(desc + n.n_descsz, align);
		if (desc + n.n_descsz > size)
			return false;
		if (n.n_type == XEN_ELFNOTE_PHYS32_ENTRY && n.n_namesz == sizeof("Xen") &&
		    !memcmp(notes + sizeof(n), "Xen", sizeof("Xen")))
			return read_entry(entry, notes + desc, n.n_descsz);
		if (next >= size)
			return false;
		notes += next;
		size -= next;
	}
	return false;
}
