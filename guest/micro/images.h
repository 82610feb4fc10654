/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The embedded micro guests: ELF64 images for boot_load(). */
#ifndef GUEST_MICRO_IMAGES_H
#define GUEST_MICRO_IMAGES_H

#include <stdint.h>

struct micro_image {
	const uint8_t *data;
	uint64_t size; /* bytes */
};

extern const struct micro_image micro_image_probe, micro_image_stops;

#endif
