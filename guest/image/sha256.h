/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (FIPS 180-4), for the names of cached archives. */
#ifndef GUEST_IMAGE_SHA256_H
#define GUEST_IMAGE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t state[8];
	uint64_t total; /* bytes so far */
	uint8_t block[64];
};

void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, const void *data, size_t len);
/* Lower-case hexadecimal, NUL-terminated. */
void sha256_final(struct sha256 *s, char hex[65]);

#endif
