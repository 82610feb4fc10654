/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input of the four flush hypercalls -> struct flush_request. Pure: it reads the
 * input block once and changes nothing.
 */
#ifndef PVFLUSH_HV_FLUSH_H
#define PVFLUSH_HV_FLUSH_H

#include "pvflush/hv_control.h"
#include "pvflush/hyperv.h"

/*
 * Decode the input of a call of this kind (FLUSH_HV_*), whose control word c has
 * the shape of the kind (hv_decode.c checks it), for a machine of vcpus.
 * On success ret holds the request; else it is not meaningful.
 *   INVALID_HYPERCALL_INPUT  variable header size != number of banks; fast block too big
 *   INVALID_ALIGNMENT        address of the block (hv_input.h)
 *   INVALID_PARAMETER        reserved flag, unknown set format
 */
enum hv_status hv_flush_decode(struct flush_request *ret, enum flush_kind kind,
			       const struct hv_control *c, const struct hv_call *call,
			       const struct memory *m, unsigned vcpus);

#endif
