/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trampoline page of the application processors: a page in the first MiB that
 * the boot protocol leaves alone (vmm/layout.h: between zero page and page tables).
 */
#ifndef GUEST_MICRO_RT_AP_H
#define GUEST_MICRO_RT_AP_H

#define RT_AP_BASE 0x8000

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Filled in by CPU 0, read by the trampoline (entry.S). */
struct rt_ap_params {
	uint64_t cr3;
	uint64_t stack;
	uint64_t cpu; /* struct rt_cpu * */
};

extern const uint8_t rt_ap_begin[];
extern const uint64_t rt_ap_size, rt_ap_params_offset;
#endif

#endif
