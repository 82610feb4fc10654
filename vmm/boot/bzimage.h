/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux bzImage: the header, checked against the file, and loading by the 64-bit
 * boot protocol (Linux Documentation/arch/x86/boot.rst).
 */
#ifndef VMM_BOOT_BZIMAGE_H
#define VMM_BOOT_BZIMAGE_H

#include <asm/bootparam.h>
#include <stdbool.h>

#include "vmm/boot/image.h"

#define BZIMAGE_ENTRY64 0x200 /* 64-bit entry point, from the start of the code */

struct bzimage {
	struct setup_header hdr; /* as far as the image has one, the rest zero */
	const uint8_t *code;	 /* protected-mode part, inside the file; reaches past the entry */
	size_t code_size;
	const uint8_t *payload;	 /* the compressed kernel, inside code */
	size_t payload_size;
};

/* Has the file the boot sector signature and "HdrS"? */
bool bzimage_probe(const void *file, size_t size);

/*
 * Parses and checks; *ret points into file. name is for messages.
 * -ENOEXEC: truncated, too old, not 64-bit, or a header that contradicts itself.
 */
int bzimage_parse(struct bzimage *ret, const void *file, size_t size, const char *name,
		  struct diag *d);

/* boot_load() for a bzImage. */
int bzimage_load(struct boot_entry *ret, const struct memory *m, const struct boot_request *r,
		 struct diag *d);

#endif
