/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The micro guests of the tests in this directory. */
#include "guest/micro/image.inc"

	image race, "race.elf"
	image selftest, "selftest.elf"
	.section .note.GNU-stack, "", @progbits
