/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz body for hv_decode(): bytes -> control word, parameters, XMM, what is
 * offered, guest memory. Aborts when a result breaks what hyperv.h promises;
 * sanitizers see the rest. Deterministic: the same bytes give the same calls.
 *
 * Layout of the input, little-endian, missing bytes read as 0:
 *   0 control  8 input  16 output  24 vcpus (u16)  26 flags  27 place  28 xmm[12]  124 memory
 * place: 0-127 the input address is taken as it is; 128- it is brought into RAM, so
 * that most runs reach a block. flags bit 0 XMM offered, bit 1 Ex offered, bit 2 a page
 * of RAM is laid over.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pvflush/hv_control.h"
#include "pvflush/hyperv.h"

#define RAM_SIZE    0x3000u
#define HEADER_SIZE 124u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint64_t control, input, output;
	uint16_t vcpus;
	uint8_t flags, place;
	uint64_t xmm[12];
};

static void take(void *to, size_t n, size_t at, const uint8_t *data, size_t size)
{
	memset(to, 0, n);
	if (at < size)
		memcpy(to, data + at, n < size - at ? n : size - at);
}

static void parse(struct input *in, const uint8_t *data, size_t size)
{
	take(&in->control, 8, 0, data, size);
	take(&in->input, 8, 8, data, size);
	take(&in->output, 8, 16, data, size);
	take(&in->vcpus, 2, 24, data, size);
	take(&in->flags, 1, 26, data, size);
	take(&in->place, 1, 27, data, size);
	take(in->xmm, sizeof(in->xmm), 28, data, size);
}

static void make_call(struct hv_call *call, const struct input *in)
{
	memset(call, 0, sizeof(*call));
	call->control = in->control;
	call->input = in->place < 128 ? in->input : in->input % RAM_SIZE & ~7ull;
	call->output = in->output;
	memcpy(call->xmm, in->xmm, sizeof(in->xmm));
	call->have_xmm = in->flags & 1;
	call->have_ex = in->flags & 2;
	call->overlay[0] = in->flags & 4 ? 0x1000 : HV_NO_PAGE;
	call->overlay[1] = HV_NO_PAGE;
}

static void require(int ok)
{
	if (!ok)
		abort();
}

static void check_failure(const struct hv_result *r)
{
	static const struct flush_request none;

	require(!r->flush && r->reps == 0);
	require(memcmp(&r->request, &none, sizeof(none)) == 0);
	require(r->status >= HV_STATUS_INVALID_HYPERCALL_CODE);
	require(r->status <= HV_STATUS_ACCESS_DENIED);
}

static void check_flush(const struct hv_result *r, const struct hv_control *c, unsigned vcpus)
{
	const struct flush_request *q = &r->request;

	require(q->kind <= FLUSH_HV_LIST_EX);
	require(q->ranges == c->reps - c->start && q->ranges <= 509);
	require(vpset_next(&q->targets, vcpus) == VPSET_MAX);
}

static void check(const struct hv_result *r, const struct hv_call *call, unsigned vcpus)
{
	struct hv_control c = hv_control(call->control);

	if (r->status != HV_STATUS_SUCCESS || r->undefined) {
		check_failure(r);
		return;
	}
	require(!c.reserved && r->reps == c.reps);
	if (r->flush)
		check_flush(r, &c, vcpus);
	else
		require(c.code == HV_CALL_LONG_SPIN_WAIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hv_result first, second;
	struct hv_call call;
	struct memory *m;
	struct input in;

	if (mem_create(&m, RAM_SIZE, false))
		return 0;
	if (size > HEADER_SIZE) {
		size_t image = size - HEADER_SIZE;

		mem_write(m, gpa(0), data + HEADER_SIZE, image < RAM_SIZE ? image : RAM_SIZE);
	}
	parse(&in, data, size);
	make_call(&call, &in);
	memset(&first, 0xa5, sizeof(first));
	memset(&second, 0x5a, sizeof(second));
	hv_decode(&first, &call, m, in.vcpus);
	hv_decode(&second, &call, m, in.vcpus);
	check(&first, &call, in.vcpus < VPSET_MAX ? in.vcpus : VPSET_MAX);
	require(memcmp(&first, &second, sizeof(first)) == 0);
	mem_destroy(m);
	return 0;
}
