/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the registers of a hypercall to what it asks for: control word, table of
 * calls, rules of shape. Pure (hyperv.h).
 *
 * The TLFS leaves the order of checks open, except that access comes early. Here:
 * code (2), access (6), control word and shape (3), #UD for registers that were
 * not offered, then the block itself (hv_flush.c: 3, 4, 5).
 */
#include <string.h>

#include "pvflush/hv_control.h"
#include "pvflush/hv_flush.h"
#include "pvflush/hyperv.h"

/* A call that this VMM knows (TLFS "Hypercall Classes"). */
struct call_type {
	unsigned code;
	bool rep;	/* rep call: count >= 1; else simple: count and start are 0 */
	bool var;	/* takes a variable header */
	bool ex;	/* needs the Ex masks to be offered */
	bool flush;	/* has a block to decode as kind */
	enum flush_kind kind;
};

static const struct call_type calls[] = {
	{ .code = HV_CALL_FLUSH_SPACE, .flush = true, .kind = FLUSH_HV_SPACE },
	{ .code = HV_CALL_FLUSH_LIST, .rep = true, .flush = true, .kind = FLUSH_HV_LIST },
	{ .code = HV_CALL_FLUSH_SPACE_EX, .var = true, .ex = true, .flush = true,
	  .kind = FLUSH_HV_SPACE_EX },
	{ .code = HV_CALL_FLUSH_LIST_EX, .rep = true, .var = true, .ex = true, .flush = true,
	  .kind = FLUSH_HV_LIST_EX },
	/* A hint with nothing to answer: its input is not even looked at. */
	{ .code = HV_CALL_LONG_SPIN_WAIT },
};

static const struct call_type *find_call(unsigned code)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].code == code)
			return &calls[i];
	return NULL;
}

/*
 * Starting in the middle of a list (0 < start < count) is how a guest continues a
 * call that was interrupted, so it is in shape.
 */
static bool shape_ok(const struct call_type *t, const struct hv_control *c)
{
	if (c->reserved || (c->var && !t->var))
		return false;
	if (t->rep)
		return c->start < c->reps;
	return c->reps == 0 && c->start == 0;
}

bool hv_call_reads_xmm(uint64_t control)
{
	struct hv_control c = hv_control(control);
	const struct call_type *t = find_call(c.code);

	/* Every flush call has more input than the two general registers hold. */
	return t && t->flush && c.fast;
}

static enum hv_status decode(struct hv_result *ret, const struct hv_control *c,
			     const struct hv_call *call, const struct memory *m, unsigned vcpus)
{
	const struct call_type *t = find_call(c->code);
	enum hv_status s;

	if (!t)
		return HV_STATUS_INVALID_HYPERCALL_CODE;
	if (t->ex && !call->have_ex)
		return HV_STATUS_ACCESS_DENIED;
	if (!shape_ok(t, c))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (hv_call_reads_xmm(call->control) && !call->have_xmm) {
		ret->undefined = true;
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	}
	if (!t->flush)
		return HV_STATUS_SUCCESS;
	s = hv_flush_decode(&ret->request, t->kind, c, call, m, vcpus);
	ret->flush = s == HV_STATUS_SUCCESS;
	return s;
}

/*
 * Success always reports the whole list as done: Linux repeats a call that
 * succeeded with fewer, and would do so for ever.
 */
void hv_decode(struct hv_result *ret, const struct hv_call *call, const struct memory *m,
	       unsigned vcpus)
{
	struct hv_control c = hv_control(call->control);

	memset(ret, 0, sizeof(*ret));
	ret->status = decode(ret, &c, call, m, vcpus);
	if (ret->status == HV_STATUS_SUCCESS)
		ret->reps = c.reps;
	else
		memset(&ret->request, 0, sizeof(ret->request));
}
