/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercall input from guest memory or from registers. See hv_input.h. */
#include "pvflush/hv_input.h"

#include <string.h>

static bool on_overlay(const struct hv_call *call, uint64_t page)
{
	for (unsigned i = 0; i < HV_OVERLAY_PAGES; i++)
		if (call->overlay[i] == page)
			return true;
	return false;
}

/*
 * The TLFS wants a memory intercept for an input address that is not mapped and
 * leaves overlay pages undefined. Both are answered like a block that breaks the
 * address rules: the guest learns that its pointer is wrong, and lives.
 */
static enum hv_status read_memory(uint64_t *to, unsigned head, unsigned total,
				  const struct hv_call *call, const struct memory *m)
{
	uint64_t at = call->input % GPA_PAGE_SIZE, size = total * 8ull;

	if (at % 8 || size > GPA_PAGE_SIZE - at)
		return HV_STATUS_INVALID_ALIGNMENT;
	if (on_overlay(call, call->input - at) || !mem_ptr(m, gpa(call->input), size))
		return HV_STATUS_INVALID_ALIGNMENT;
	if (mem_read(m, gpa(call->input), to, head * 8ull))
		return HV_STATUS_INVALID_ALIGNMENT;
	return HV_STATUS_SUCCESS;
}

static enum hv_status read_registers(uint64_t *to, unsigned head, unsigned total,
				     const struct hv_call *call)
{
	uint64_t all[HV_FAST_QWORDS] = { call->input, call->output };

	if (total > HV_FAST_QWORDS)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	memcpy(all + 2, call->xmm, sizeof(call->xmm));
	memcpy(to, all, head * 8ull);
	return HV_STATUS_SUCCESS;
}

enum hv_status hv_input_read(uint64_t *to, unsigned head, unsigned total,
			     const struct hv_call *call, const struct memory *m)
{
	if (hv_control(call->control).fast)
		return read_registers(to, head, total, call);
	return read_memory(to, head, total, call, m);
}
