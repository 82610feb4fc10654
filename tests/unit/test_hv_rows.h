/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of hypercalls and what decoding them must give: one row, one test. A row
 * names a block of QWORDs; it is put into guest memory, or into the parameter
 * registers when the control word says "fast".
 */
#ifndef TEST_HV_ROWS_H
#define TEST_HV_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pvflush/hv_abi.h"
#include "pvflush/hyperv.h"

#define RAM	 0x8000 /* bytes of guest RAM */
#define VCPUS	 130	/* so that banks 0 and 1 are full and bank 2 has two VPs */
#define BLOCK	 0x2000 /* where a row's block is, unless it says otherwise */
#define OVERLAY	 0x5000 /* a page that is laid over */
#define QWORDS	 16

#define CALL(code, var, reps, start) \
	((uint64_t)(code) | (uint64_t)(var) << 17 | (uint64_t)(reps) << 32 | \
	 (uint64_t)(start) << 48)
#define FAST HV_CONTROL_FAST

#define NOBODY { 0, 0, 0 }
#define EVERYBODY { ~0ull, ~0ull, 3 }

struct row {
	const char *name;
	uint64_t control;
	uint64_t block[QWORDS];
	enum hv_status status;
	uint32_t reps;
	uint64_t targets[3]; /* banks 0 to 2; the others must be empty */
	uint32_t ranges;
	enum flush_kind kind;
	uint64_t at;	 /* address of the block, 0: BLOCK */
	bool no_call;	 /* success without a flush */
	bool no_xmm, no_ex;
	bool undefined;	 /* #UD */
};

/* As much of the block as RAM holds from `at` on. */
static void put_block(const struct memory *m, uint64_t at, const uint64_t *block)
{
	for (unsigned i = 0; i < QWORDS; i++)
		mem_write(m, gpa(at + i * 8), &block[i], 8);
}

static void check_request(const struct row *r, const struct flush_request *q)
{
	assert_int_equal(q->kind, r->kind);
	assert_int_equal(q->ranges, r->ranges);
	for (unsigned i = 0; i < VPSET_BANKS; i++)
		assert_int_equal(q->targets.bank[i], i < 3 ? r->targets[i] : 0);
}

static void run_row(void **state)
{
	static const struct flush_request none;
	const struct row *r = *state;
	struct hv_result got;
	struct hv_call call = {
		.control = r->control,
		.input = r->at ? r->at : BLOCK,
		.output = 0xdead00000001ull, /* no flush call has output: never looked at */
		.have_xmm = !r->no_xmm,
		.have_ex = !r->no_ex,
		.overlay = { OVERLAY, HV_NO_PAGE },
	};
	struct memory *m;

	assert_int_equal(mem_create(&m, RAM, false), 0);
	if (r->control & FAST) {
		call.input = r->block[0];
		call.output = r->block[1];
		memcpy(call.xmm, r->block + 2, sizeof(call.xmm));
	} else {
		put_block(m, call.input, r->block);
	}
	memset(&got, 0xa5, sizeof(got));
	hv_decode(&got, &call, m, VCPUS);
	mem_destroy(m);

	assert_int_equal(got.undefined, r->undefined);
	assert_int_equal(got.reps, r->reps);
	assert_int_equal(got.flush, r->status == HV_STATUS_SUCCESS && !r->no_call && !r->undefined);
	if (!r->undefined)
		assert_int_equal(got.status, r->status);
	if (got.flush)
		check_request(r, &got.request);
	else
		assert_memory_equal(&got.request, &none, sizeof(none));
}

static int run_rows(const char *group, const struct row *rows, size_t n)
{
	struct CMUnitTest *tests = calloc(n, sizeof(*tests));
	int failed;

	if (!tests)
		return 1;
	for (size_t i = 0; i < n; i++) {
		const void *row = &rows[i];

		tests[i] = (struct CMUnitTest){ .name = rows[i].name, .test_func = run_row };
		memcpy(&tests[i].initial_state, &row, sizeof(row));
	}
	failed = _cmocka_run_group_tests(group, tests, n, NULL, NULL);
	free(tests);
	return failed;
}

#define RUN_ROWS(rows) run_rows(#rows, rows, sizeof(rows) / sizeof((rows)[0]))

#endif
