/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel inside a bzImage: unpacking the vmlinux ELF file that a Linux kernel
 * carries compressed, as the kernel's own boot code would.
 */
#ifndef VMM_BOOT_PAYLOAD_H
#define VMM_BOOT_PAYLOAD_H

#include <stddef.h>

#include "vmm/diag.h"

#define PAYLOAD_MAX (512u << 20) /* no larger vmlinux is unpacked */

/*
 * Unpacks the vmlinux of bzimage[0..n). *vmlinux is the caller's to free(); relocation
 * records may follow the ELF file in it. Understands gzip, XZ, LZ4 (legacy frames) and zstd.
 * -ENOEXEC: no bzImage, damaged or empty payload, or it holds no ELF file;
 * -ENOTSUP: another compression; -E2BIG: larger than PAYLOAD_MAX; -ENOMEM.
 */
int payload_unpack(const void *bzimage, size_t n, void **vmlinux, size_t *size, struct diag *d);

#endif
