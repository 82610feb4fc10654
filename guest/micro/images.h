/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The embedded micro guests: ELF64 images for boot_load(). */
#ifndef GUEST_MICRO_IMAGES_H
#define GUEST_MICRO_IMAGES_H

#include <stdint.h>

extern const uint8_t micro_image_probe[], micro_image_probe_end[];
extern const uint8_t micro_image_stops[], micro_image_stops_end[];

#endif
