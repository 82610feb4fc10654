/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel images: recognise, load into guest RAM, and say how to enter them.
 *  - bzImage by the 64-bit boot protocol (Documentation/arch/x86/boot.rst)
 *  - ELF with a PVH note (XEN_ELFNOTE_PHYS32_ENTRY) by the PVH protocol, or, without
 *    the note, ELF64 entered in long mode at e_entry (micro guests).
 */
#ifndef VMM_BOOT_IMAGE_H
#define VMM_BOOT_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "vmm/diag.h"
#include "vmm/memory.h"

/* How the boot vCPU starts; regs.h turns it into registers. */
enum boot_mode {
	BOOT_LONG64, /* long mode, identity map; RSI = zero page */
	BOOT_PVH,    /* 32-bit protected mode, paging off; EBX = hvm_start_info */
};

struct boot_entry {
	enum boot_mode mode;
	gpa_t rip;
	uint64_t arg; /* RSI for BOOT_LONG64, EBX for BOOT_PVH */
};

struct boot_request {
	const void *kernel; /* the whole file */
	size_t kernel_size;
	const char *kernel_name; /* for messages */
	const void *initrd; /* may be NULL */
	size_t initrd_size;
	const char *initrd_name;
	const char *cmdline;
	gpa_t rsdp;	    /* from acpi_build; 0: none */
};

/*
 * Loads everything into m and fills *ret. Image fields are untrusted: every offset
 * and size is checked against the file and against guest RAM.
 * m is expected as mem_create() left it, all zero: a kernel's bss is not written.
 * -ENOEXEC: not a kernel or truncated; -E2BIG: does not fit into guest RAM or the
 * command line is too long; d says which and hints.
 */
int boot_load(struct boot_entry *ret, const struct memory *m, const struct boot_request *r,
	      struct diag *d);

#endif
