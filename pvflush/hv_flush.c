/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush hypercalls' input blocks (TLFS "Virtual Processor TLB flush" calls and
 * HV_VP_SET). See hv_flush.h.
 *
 * What this does not look at, on purpose: the address space (a flush covers all
 * of them, so a CR3 with reserved bits is no error either) and the GVA ranges
 * (every range becomes a whole flush of the targets). Both over-flush, which is
 * always right; and what is not read cannot change under our feet. The ranges
 * must be readable all the same: they are part of the block that is checked.
 *
 * Where the TLFS is silent or implementations differ:
 *   - non-Ex mask 0 without ALL_PROCESSORS: flush everybody. The text calls it a bad
 *     parameter, but Windows Server 2012 sends it and means everybody.
 *   - empty sparse set: success, nobody flushed. Linux drops idle CPUs from the set
 *     and may be left with none.
 *   - VPs that do not exist: ignored.
 *   - NON_GLOBAL_ONLY on a list: accepted, as other hypervisors do; the text excludes it.
 *   - ALL_PROCESSORS in an Ex call: the set is ignored, its format included; the size of the
 *     variable header still counts, since it says where the ranges are.
 */
#include "pvflush/hv_flush.h"

#include <string.h>

#include "pvflush/hv_input.h"

#define HEADER_QWORDS	 (sizeof(struct hv_flush_input) / 8)
#define HEADER_EX_QWORDS (sizeof(struct hv_flush_ex_input) / 8)

/* USE_EXTENDED_RANGE_FORMAT (bit 3) is reserved too: 0x40000003.EDX[14] is not offered. */
#define FLAGS_KNOWN (HV_FLUSH_ALL_PROCESSORS | HV_FLUSH_ALL_SPACES | HV_FLUSH_NON_GLOBAL_ONLY)

static enum hv_status decode_mask(struct vpset *ret, const struct hv_control *c,
				  const struct hv_call *call, const struct memory *m,
				  unsigned vcpus)
{
	struct hv_flush_input in;
	uint64_t block[HEADER_QWORDS];
	enum hv_status s = hv_input_read(block, HEADER_QWORDS, HEADER_QWORDS + c->reps, call, m);

	if (s)
		return s;
	memcpy(&in, block, sizeof(in));
	if (in.flags & ~FLAGS_KNOWN)
		return HV_STATUS_INVALID_PARAMETER;
	if (in.flags & HV_FLUSH_ALL_PROCESSORS || in.processor_mask == 0) {
		vpset_first(ret, vcpus);
		return HV_STATUS_SUCCESS;
	}
	vpset_clear(ret);
	ret->bank[0] = in.processor_mask;
	return HV_STATUS_SUCCESS;
}

/* banks: as many as mask has bits, the caller has checked it. */
static void sparse_set(struct vpset *ret, uint64_t mask, const uint64_t *banks)
{
	for (unsigned i = 0; i < VPSET_BANKS; i++)
		ret->bank[i] = mask >> i & 1 ? *banks++ : 0;
}

static enum hv_status decode_set(struct vpset *ret, const struct hv_control *c,
				 const struct hv_call *call, const struct memory *m,
				 unsigned vcpus)
{
	struct hv_flush_ex_input in;
	uint64_t block[HEADER_EX_QWORDS + VPSET_BANKS];
	unsigned head = HEADER_EX_QWORDS + c->var;
	enum hv_status s;

	if (c->var > VPSET_BANKS) /* no mask has so many bits */
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	s = hv_input_read(block, head, head + c->reps, call, m);
	if (s)
		return s;
	memcpy(&in, block, sizeof(in));
	if (c->var != (unsigned)__builtin_popcountll(in.valid_bank_mask))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (in.flags & ~FLAGS_KNOWN)
		return HV_STATUS_INVALID_PARAMETER;
	if (in.flags & HV_FLUSH_ALL_PROCESSORS || in.set_format == HV_SET_ALL)
		vpset_first(ret, vcpus);
	else if (in.set_format == HV_SET_SPARSE)
		sparse_set(ret, in.valid_bank_mask, block + HEADER_EX_QWORDS);
	else
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

enum hv_status hv_flush_decode(struct flush_request *ret, enum flush_kind kind,
			       const struct hv_control *c, const struct hv_call *call,
			       const struct memory *m, unsigned vcpus)
{
	bool ex = kind == FLUSH_HV_SPACE_EX || kind == FLUSH_HV_LIST_EX;
	enum hv_status s = ex ? decode_set(&ret->targets, c, call, m, vcpus)
			      : decode_mask(&ret->targets, c, call, m, vcpus);

	if (s)
		return s;
	vpset_limit(&ret->targets, vcpus);
	ret->kind = kind;
	ret->ranges = c->reps - c->start; /* 0 for a whole space: both are 0 */
	return HV_STATUS_SUCCESS;
}
