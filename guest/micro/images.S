/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The micro guests' images as data of the host program (images.h). */
	.macro image name, file
	.section .rodata.\name, "a"
	.globl micro_image_\name, micro_image_\name\()_end
	.balign 16
micro_image_\name:
	.incbin "\file"
micro_image_\name\()_end:
	.endm

	image probe, "probe.elf"
	image stops, "stops.elf"
	.section .note.GNU-stack, "", @progbits
