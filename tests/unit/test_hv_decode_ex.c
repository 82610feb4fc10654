/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding of the Ex calls (sparse VP sets) and of input in registers. */
#include "tests/unit/test_hv_rows.h"

#define SPACE	 HV_CALL_FLUSH_SPACE
#define LIST	 HV_CALL_FLUSH_LIST
#define SPACE_EX HV_CALL_FLUSH_SPACE_EX
#define LIST_EX	 HV_CALL_FLUSH_LIST_EX
#define ALL	 HV_FLUSH_ALL_PROCESSORS
#define ANY	 HV_FLUSH_ALL_SPACES

#define S_INPUT	 HV_STATUS_INVALID_HYPERCALL_INPUT
#define S_ALIGN	 HV_STATUS_INVALID_ALIGNMENT
#define S_PARAM	 HV_STATUS_INVALID_PARAMETER
#define S_ACCESS HV_STATUS_ACCESS_DENIED

/* block: AddressSpace, flags, format, ValidBankMask, banks... */
#define EX_ROW(var, flags, ...) .control = CALL(SPACE_EX, var, 0, 0), .kind = FLUSH_HV_SPACE_EX, \
				.block = { 0x1000, flags, __VA_ARGS__ }

static const struct row space_ex[] = {
	{ "one bank, VP 1", EX_ROW(1, ANY, 0, 1, 2), .targets = { 2 } },
	{ "bank 1, VP 65", EX_ROW(1, ANY, 0, 2, 2), .targets = { 0, 2 } },
	{ "two banks, ascending", EX_ROW(2, ANY, 0, 3, 4, 2), .targets = { 4, 2 } },
	{ "banks 0 and 2", EX_ROW(2, ANY, 0, 5, 0x21, 2), .targets = { 0x21, 0, 2 } },
	{ "format 1, no banks", EX_ROW(0, ANY, 1, 0), .targets = EVERYBODY },
	{ "format 1, banks present", EX_ROW(2, ANY, 1, 3, 0, 0), .targets = EVERYBODY },
	{ "format 1, mask without banks", EX_ROW(0, ANY, 1, 3), .status = S_INPUT },
	{ "fewer banks than the mask says", EX_ROW(1, ANY, 0, 3, 2), .status = S_INPUT },
	{ "more banks than the mask says", EX_ROW(2, ANY, 0, 1, 2, 2), .status = S_INPUT },
	{ "no mask, no banks", EX_ROW(0, ANY, 0, 0), .targets = NOBODY },
	{ "one empty bank", EX_ROW(1, ANY, 0, 1, 0), .targets = NOBODY },
	{ "format 2", EX_ROW(1, ANY, 2, 1, 2), .status = S_PARAM },
	{ "format with high bits", EX_ROW(1, ANY, 1ull << 32, 1, 2), .status = S_PARAM },
	{ "ALL with an empty set", EX_ROW(0, ALL | ANY, 0, 0), .targets = EVERYBODY },
	{ "ALL ignores the format", EX_ROW(0, ALL | ANY, 2, 0), .targets = EVERYBODY },
	{ "ALL keeps the header size", EX_ROW(1, ALL | ANY, 0, 3, 2), .status = S_INPUT },
	{ "bank 63, VP 4095 does not exist", EX_ROW(1, ANY, 0, 1ull << 63, 1ull << 63),
	  .targets = NOBODY },
	{ "VPs 129 and 130: one exists", EX_ROW(1, ANY, 0, 4, 6), .targets = { 0, 0, 2 } },
	{ "variable header 65: no such mask", EX_ROW(65, ANY, 0, ~0ull), .status = S_INPUT },
	{ "variable header 1023", EX_ROW(1023, ANY, 0, ~0ull), .status = S_INPUT },
	{ "reserved flag", EX_ROW(1, ANY | 8, 0, 1, 2), .status = S_PARAM },
	{ "reserved flag beside format 1", EX_ROW(0, ANY | 1 << 4, 1, 0), .status = S_PARAM },
	{ "rep count on a space call", .control = CALL(SPACE_EX, 1, 1, 0),
	  .block = { 0, ANY, 0, 1, 2 }, .status = S_INPUT },
	{ "not offered", EX_ROW(1, ANY, 0, 1, 2), .no_ex = true, .status = S_ACCESS },
	{ "not offered comes before shape", .control = CALL(LIST_EX, 1, 0, 0), .no_ex = true,
	  .status = S_ACCESS },
};

#define LIST_EX_ROW(var, n, flags, ...) .control = CALL(LIST_EX, var, n, 0), \
					.kind = FLUSH_HV_LIST_EX, .block = { 0, flags, __VA_ARGS__ }

static const struct row list_ex[] = {
	{ "two banks, one range", LIST_EX_ROW(2, 1, ANY, 0, 3, 4, 2, 0x1000), .reps = 1,
	  .ranges = 1, .targets = { 4, 2 } },
	{ "format 1 with banks and ranges", LIST_EX_ROW(2, 2, ANY, 1, 3, 0, 0, 0x1000, 0x2000),
	  .reps = 2, .ranges = 2, .targets = EVERYBODY },
	{ "continued", .control = CALL(LIST_EX, 1, 3, 1), .kind = FLUSH_HV_LIST_EX,
	  .block = { 0, ANY, 0, 1, 2 }, .reps = 3, .ranges = 2, .targets = { 2 } },
	{ "empty set", LIST_EX_ROW(1, 1, ANY, 0, 1, 0, 0x1000), .reps = 1, .ranges = 1,
	  .targets = NOBODY },
	{ "no elements", LIST_EX_ROW(1, 0, ANY, 0, 1, 2), .status = S_INPUT },
	{ "507 ranges and a bank fill a page", LIST_EX_ROW(1, 507, ANY, 0, 1, 2), .reps = 507,
	  .ranges = 507, .targets = { 2 } },
	{ "508 ranges and a bank cross it", LIST_EX_ROW(1, 508, ANY, 0, 1, 2), .status = S_ALIGN },
	{ "64 banks, 445 ranges cross it", LIST_EX_ROW(64, 445, ANY, 0, ~0ull), .status = S_ALIGN },
};

/* Register forms: the same block in two general registers and six XMM registers. */
static const struct row fast[] = {
	{ "XMM not offered", .control = SPACE | FAST, .block = { 0, ANY, 2 }, .no_xmm = true,
	  .undefined = true },
	{ "XMM not offered, bad shape", .control = CALL(SPACE, 0, 1, 0) | FAST, .no_xmm = true,
	  .status = S_INPUT },
	{ "space, mask in XMM0", .control = SPACE | FAST, .block = { 0, ANY, 2 },
	  .kind = FLUSH_HV_SPACE, .targets = { 2 } },
	{ "address rules do not apply", .control = SPACE | FAST, .block = { 0x2001, ANY, 2 },
	  .kind = FLUSH_HV_SPACE, .targets = { 2 } },
	{ "list, one range", .control = CALL(LIST, 0, 1, 0) | FAST, .block = { 0, ANY, 2, 0x1000 },
	  .kind = FLUSH_HV_LIST, .reps = 1, .ranges = 1, .targets = { 2 } },
	{ "list, 11 ranges fit", .control = CALL(LIST, 0, 11, 0) | FAST, .block = { 0, ANY, 2 },
	  .kind = FLUSH_HV_LIST, .reps = 11, .ranges = 11, .targets = { 2 } },
	{ "list, 12 ranges do not", .control = CALL(LIST, 0, 12, 0) | FAST, .block = { 0, ANY, 2 },
	  .status = S_INPUT },
	{ "list Ex, 2 banks, 1 range", .control = CALL(LIST_EX, 2, 1, 0) | FAST,
	  .block = { 0, ANY, 0, 3, 4, 2, 0x1000 }, .kind = FLUSH_HV_LIST_EX, .reps = 1, .ranges = 1,
	  .targets = { 4, 2 } },
	{ "banks and ranges: 10 fit", .control = CALL(LIST_EX, 2, 8, 0) | FAST,
	  .block = { 0, ANY, 0, 3, 4, 2 }, .kind = FLUSH_HV_LIST_EX, .reps = 8, .ranges = 8,
	  .targets = { 4, 2 } },
	{ "banks and ranges: 11 do not", .control = CALL(LIST_EX, 2, 9, 0) | FAST,
	  .block = { 0, ANY, 0, 3, 4, 2 }, .status = S_INPUT },
	{ "10 banks fit", .control = CALL(SPACE_EX, 10, 0, 0) | FAST,
	  .block = { 0, ANY, 0, 0x3ff, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, .kind = FLUSH_HV_SPACE_EX,
	  .targets = { 1 } },
	{ "11 banks do not", .control = CALL(SPACE_EX, 11, 0, 0) | FAST,
	  .block = { 0, ANY, 0, 0x7ff }, .status = S_INPUT },
	{ "64 banks do not", .control = CALL(SPACE_EX, 64, 0, 0) | FAST,
	  .block = { 0, ANY, 0, ~0ull }, .status = S_INPUT },
	{ "flags are checked", .control = SPACE | FAST, .block = { 0, ANY | 8, 2 },
	  .status = S_PARAM },
};

/* 64 banks do not fit a row: all 4096 VPs named, only those that exist are targets. */
static void all_banks(void **state)
{
	struct hv_call call = { .control = CALL(SPACE_EX, 64, 0, 0), .input = BLOCK,
				.have_ex = true, .overlay = { HV_NO_PAGE, HV_NO_PAGE } };
	uint64_t head[4] = { 0, ANY, 0, ~0ull }, ones = ~0ull;
	struct hv_result got;
	struct memory *m;

	assert_int_equal(mem_create(&m, RAM, false), 0);
	assert_int_equal(mem_write(m, gpa(BLOCK), head, sizeof(head)), 0);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(mem_write(m, gpa(BLOCK + 32 + i * 8), &ones, 8), 0);
	hv_decode(&got, &call, m, VCPUS);
	assert_int_equal(got.status, HV_STATUS_SUCCESS);
	assert_true(got.flush);
	assert_int_equal(vpset_count(&got.request.targets), VCPUS);
	hv_decode(&got, &call, m, VPSET_MAX);
	assert_int_equal(vpset_count(&got.request.targets), 4096);
	mem_destroy(m);
}

static void result_value(void **state)
{
	struct hv_result r = { .status = HV_STATUS_INVALID_PARAMETER, .reps = 0xfff };

	assert_int_equal(hv_result_value(&r), 0xfff00000005ull);
}

static void which_calls_read_xmm(void **state)
{
	assert_true(hv_call_reads_xmm(SPACE | FAST));
	assert_true(hv_call_reads_xmm(CALL(LIST_EX, 1, 1, 0) | FAST));
	assert_false(hv_call_reads_xmm(SPACE));
	assert_false(hv_call_reads_xmm(HV_CALL_LONG_SPIN_WAIT | FAST));
	assert_false(hv_call_reads_xmm(0x7fff | FAST));
}

int main(void)
{
	const struct CMUnitTest more[] = {
		cmocka_unit_test(all_banks),
		cmocka_unit_test(result_value),
		cmocka_unit_test(which_calls_read_xmm),
	};

	return RUN_ROWS(space_ex) + RUN_ROWS(list_ex) + RUN_ROWS(fast) +
	       cmocka_run_group_tests(more, NULL, NULL);
}
