/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF64 kernels: program headers and the PVH note, checked against the file, and
 * loading them at their physical addresses.
 */
#ifndef VMM_BOOT_ELF_IMAGE_H
#define VMM_BOOT_ELF_IMAGE_H

#include <stdbool.h>

#include "vmm/boot/image.h"

#define ELF_MAX_SEGMENTS 32

/* A PT_LOAD segment: size bytes from data, then zeros up to memsz, at addr. */
struct elf_segment {
	uint64_t addr; /* p_paddr */
	const uint8_t *data;
	uint64_t size;
	uint64_t memsz;
};

struct elf_image {
	struct elf_segment segment[ELF_MAX_SEGMENTS];
	unsigned segments;
	uint64_t end;	/* highest address after any segment */
	uint64_t entry; /* e_entry; not checked when there is a PVH entry */
	bool pvh;
	uint64_t pvh_entry;
};

bool elf_probe(const void *file, size_t size);

/* -ENOEXEC: not a 64-bit x86 executable, truncated, or it contradicts itself. */
int elf_parse(struct elf_image *ret, const void *file, size_t size, const char *name,
	      struct diag *d);

/*
 * Looks for XEN_ELFNOTE_PHYS32_ENTRY in one note segment (Xen public/elfnote.h).
 * align: p_align of the segment; 8 pads to 8 bytes, all else to 4.
 */
bool elf_pvh_note(uint64_t *entry, const uint8_t *notes, size_t size, uint64_t align);

/* boot_load() for an ELF file. */
int elf_load(struct boot_entry *ret, const struct memory *m, const struct boot_request *r,
	     struct diag *d);

#endif
