/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One function per compression: all of in[0..n) is unpacked to exactly size bytes
 * at out. 0, -EINVAL when in is damaged or gives another number of bytes, -ENOMEM.
 */
#ifndef VMM_BOOT_UNPACK_H
#define VMM_BOOT_UNPACK_H

#include <stddef.h>
#include <stdint.h>

typedef int unpack_fn(uint8_t *out, size_t size, const uint8_t *in, size_t n);

unpack_fn unpack_gzip, unpack_xz, unpack_lz4, unpack_zstd;

#endif
