/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The input block of a hypercall, wherever it is: in guest memory, or in registers
 * for a fast call. In both places it is the same sequence of QWORDs (TLFS "XMM Fast
 * Hypercall Input": parameter 1, parameter 2, XMM0 low, XMM0 high, ...).
 */
#ifndef PVFLUSH_HV_INPUT_H
#define PVFLUSH_HV_INPUT_H

#include <stdint.h>

#include "pvflush/hv_control.h"
#include "pvflush/hyperv.h"

/*
 * Checks that the whole block of total QWORDs can be read and copies its first
 * head QWORDs (head <= total) to to[], each of them once.
 *   memory: INVALID_ALIGNMENT unless the address is a multiple of 8 and the block
 *           lies within one page of RAM that is no overlay page
 *   fast:   INVALID_HYPERCALL_INPUT if the block does not fit into the registers
 */
enum hv_status hv_input_read(uint64_t *to, unsigned head, unsigned total,
			     const struct hv_call *call, const struct memory *m);

#endif
