/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The micro guests' images as data of the host program (images.h). */
#include "guest/micro/image.inc"

	image probe, "probe.elf"
	image stops, "stops.elf"
	.section .note.GNU-stack, "", @progbits
