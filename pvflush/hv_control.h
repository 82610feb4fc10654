/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypercall input value taken apart (TLFS "Hypercall Inputs"): call code,
 * fast bit, variable header size in QWORDs, rep count and rep start index.
 */
#ifndef PVFLUSH_HV_CONTROL_H
#define PVFLUSH_HV_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "pvflush/hv_abi.h"

struct hv_control {
	unsigned code;	   /* 15:0 */
	bool fast;	   /* 16 */
	unsigned var;	   /* 26:17, QWORDs, 0..1023 */
	unsigned reps;	   /* 43:32, 0..4095 */
	unsigned start;	   /* 59:48, 0..4095 */
	bool reserved;	   /* a reserved bit is set */
};

static inline struct hv_control hv_control(uint64_t value)
{
	return (struct hv_control){
		.code = value & 0xffff,
		.fast = value & HV_CONTROL_FAST,
		.var = value >> 17 & 0x3ff,
		.reps = value >> 32 & 0xfff,
		.start = value >> 48 & 0xfff,
		.reserved = value & HV_CONTROL_RESERVED,
	};
}

#endif
