/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decoding of HvFlushVirtualAddressSpace and List, of the control word, and of
 * calls that are no flush: status, reps, targets.
 */
#include "tests/unit/test_hv_rows.h"

#define SPACE HV_CALL_FLUSH_SPACE
#define LIST  HV_CALL_FLUSH_LIST
#define ALL   HV_FLUSH_ALL_PROCESSORS
#define ANY   HV_FLUSH_ALL_SPACES
#define NG    HV_FLUSH_NON_GLOBAL_ONLY

#define S_OK	HV_STATUS_SUCCESS
#define S_CODE	HV_STATUS_INVALID_HYPERCALL_CODE
#define S_INPUT HV_STATUS_INVALID_HYPERCALL_INPUT
#define S_ALIGN HV_STATUS_INVALID_ALIGNMENT
#define S_PARAM HV_STATUS_INVALID_PARAMETER

/* A space call with these flags and mask; the AddressSpace would be refused if anybody looked. */
#define SPACE_ROW(flags, mask) .control = CALL(SPACE, 0, 0, 0), .block = { ~0ull, flags, mask }, \
			       .kind = FLUSH_HV_SPACE

static const struct row space[] = {
	{ "one VP", SPACE_ROW(ANY, 2), .targets = { 2 } },
	{ "caller and another", SPACE_ROW(ANY, 3), .targets = { 3 } },
	{ "VP 63", SPACE_ROW(ANY, 1ull << 63), .targets = { 1ull << 63 } },
	{ "all 64 of the mask, not the rest", SPACE_ROW(ANY, ~0ull), .targets = { ~0ull } },
	{ "ALL, mask 0", SPACE_ROW(ALL | ANY, 0), .targets = EVERYBODY },
	{ "ALL, mask ignored", SPACE_ROW(ALL, 4), .targets = EVERYBODY },
	{ "one address space", SPACE_ROW(0, 2), .targets = { 2 } },
	{ "non-global only", SPACE_ROW(ANY | NG, 2), .targets = { 2 } },
	{ "mask 0 without ALL means everybody", SPACE_ROW(ANY, 0), .targets = EVERYBODY },
	{ "extended ranges make no sense", SPACE_ROW(ANY | 8, 2), .status = S_PARAM },
	{ "reserved flag 4", SPACE_ROW(ANY | 1 << 4, 2), .status = S_PARAM },
	{ "reserved flag 5", SPACE_ROW(ANY | 1 << 5, 2), .status = S_PARAM },
	{ "reserved flag 63", SPACE_ROW(ANY | 1ull << 63, 2), .status = S_PARAM },
	{ "reserved flag beside ALL", SPACE_ROW(ALL | 1 << 9, 2), .status = S_PARAM },
};

#define SHAPE_ROW(c) .control = c, .block = { 0, ANY, 2, 0x1000, 0x2000, 0x3000, 0x4000, 0x5000 }

static const struct row shape[] = {
	{ "space with rep count", SHAPE_ROW(CALL(SPACE, 0, 1, 0)), .status = S_INPUT },
	{ "space with rep start", SHAPE_ROW(CALL(SPACE, 0, 0, 1)), .status = S_INPUT },
	{ "space with variable header", SHAPE_ROW(CALL(SPACE, 1, 0, 0)), .status = S_INPUT },
	{ "variable header bit 26", SHAPE_ROW(CALL(SPACE, 0x200, 0, 0)), .status = S_INPUT },
	{ "control bit 27", SHAPE_ROW(SPACE | 1ull << 27), .status = S_INPUT },
	{ "control bit 30", SHAPE_ROW(SPACE | 1ull << 30), .status = S_INPUT },
	{ "control bit 31, nested", SHAPE_ROW(SPACE | 1ull << 31), .status = S_INPUT },
	{ "control bit 44", SHAPE_ROW(SPACE | 1ull << 44), .status = S_INPUT },
	{ "control bit 47", SHAPE_ROW(SPACE | 1ull << 47), .status = S_INPUT },
	{ "control bit 60", SHAPE_ROW(SPACE | 1ull << 60), .status = S_INPUT },
	{ "control bit 63", SHAPE_ROW(SPACE | 1ull << 63), .status = S_INPUT },
	{ "list without elements", SHAPE_ROW(CALL(LIST, 0, 0, 0)), .status = S_INPUT },
	{ "list with start = count", SHAPE_ROW(CALL(LIST, 0, 2, 2)), .status = S_INPUT },
	{ "list with start > count", SHAPE_ROW(CALL(LIST, 0, 2, 3)), .status = S_INPUT },
	{ "list with start 4095", SHAPE_ROW(CALL(LIST, 0, 1, 4095)), .status = S_INPUT },
	{ "list with variable header", SHAPE_ROW(CALL(LIST, 1, 1, 0)), .status = S_INPUT },
	{ "list, reserved control bit", SHAPE_ROW(CALL(LIST, 0, 1, 0) | 1ull << 45),
	  .status = S_INPUT },
};

#define LIST_ROW(n, ...) .control = CALL(LIST, 0, n, 0), .kind = FLUSH_HV_LIST, \
			 .block = { 0x1000, __VA_ARGS__ }

static const struct row list[] = {
	{ "one page", LIST_ROW(1, ANY, 2, 0x7000), .reps = 1, .ranges = 1, .targets = { 2 } },
	{ "five, continued at two", .control = CALL(LIST, 0, 5, 2), .block = { 0, ANY, 2 },
	  .kind = FLUSH_HV_LIST, .reps = 5, .ranges = 3, .targets = { 2 } },
	{ "element of 4096 pages", LIST_ROW(1, ANY, 2, 0x7fff), .reps = 1, .ranges = 1,
	  .targets = { 2 } },
	{ "non-canonical among good ones", LIST_ROW(3, ANY, 2, 0x1000, 1ull << 62, 0x3000),
	  .reps = 3, .ranges = 3, .targets = { 2 } },
	{ "top of the address space", LIST_ROW(1, ANY, 2, ~0ull), .reps = 1, .ranges = 1,
	  .targets = { 2 } },
	{ "duplicates", LIST_ROW(2, ANY, 2, 0x1001, 0x1001), .reps = 2,
	  .ranges = 2, .targets = { 2 } },
	{ "ALL", LIST_ROW(1, ALL, 0, 0x1000), .reps = 1, .ranges = 1, .targets = EVERYBODY },
	{ "mask 0 means everybody", LIST_ROW(1, ANY, 0, 0x1000), .reps = 1, .ranges = 1,
	  .targets = EVERYBODY },
	{ "non-global only is accepted", LIST_ROW(1, ANY | NG, 2, 0x1000), .reps = 1, .ranges = 1,
	  .targets = { 2 } },
	{ "extended ranges not offered", LIST_ROW(1, ANY | 8, 2, 0x1000), .status = S_PARAM },
	{ "reserved flag", LIST_ROW(1, ANY | 1 << 8, 2, 0x1000), .status = S_PARAM },
	{ "509 elements fill a page", LIST_ROW(509, ANY, 2), .reps = 509, .ranges = 509,
	  .targets = { 2 } },
	{ "510 elements cross it", LIST_ROW(510, ANY, 2), .status = S_ALIGN },
	{ "4095 elements", LIST_ROW(4095, ANY, 2), .status = S_ALIGN },
	{ "last element is the last QWORD", LIST_ROW(1, ANY, 2, 0x1000), .at = 0x2fe0, .reps = 1,
	  .ranges = 1, .targets = { 2 } },
	{ "last element crosses the page", LIST_ROW(2, ANY, 2, 0x1000), .at = 0x2fe0,
	  .status = S_ALIGN },
};

#define AT_ROW(addr) SPACE_ROW(ANY, 2), .at = addr

static const struct row buffer[] = {
	{ "misaligned by 1", AT_ROW(0x2001), .status = S_ALIGN },
	{ "misaligned by 4", AT_ROW(0x2004), .status = S_ALIGN },
	{ "ends with the page", AT_ROW(0x3000 - 24), .targets = { 2 } },
	{ "header crosses the page", AT_ROW(0x3000 - 16), .status = S_ALIGN },
	{ "ends with RAM", AT_ROW(RAM - 24), .targets = { 2 } },
	{ "starts behind RAM", AT_ROW(RAM), .status = S_ALIGN },
	{ "in the MMIO hole", AT_ROW(0xfee00000), .status = S_ALIGN },
	{ "far above everything", AT_ROW(1ull << 52), .status = S_ALIGN },
	{ "wraps around", AT_ROW(0xfffffffffffffff8), .status = S_ALIGN },
	{ "last page of the address space", AT_ROW(0xfffffffffffff000), .status = S_ALIGN },
	{ "on an overlay page", AT_ROW(OVERLAY + 8), .status = S_ALIGN },
	{ "behind an overlay page", AT_ROW(OVERLAY + 0x1000), .targets = { 2 } },
	{ "shape is judged before the address", .control = CALL(SPACE, 0, 1, 0), .at = 0x2001,
	  .status = S_INPUT },
};

static const struct row others[] = {
	{ "unknown code", .control = 0x7fff, .status = S_CODE },
	{ "code 0", .control = 0, .status = S_CODE },
	{ "extended code, not offered", .control = 0x8001, .status = S_CODE },
	{ "cluster IPI, not offered", .control = 0x000b | FAST, .status = S_CODE },
	{ "unknown code with reserved bits", .control = 0x7fff | 1ull << 63, .status = S_CODE },
	{ "long spin wait", .control = 8, .no_call = true },
	{ "long spin wait, fast, XMM not offered", .control = 8 | FAST, .no_call = true,
	  .no_xmm = true },
	{ "long spin wait with rep count", .control = CALL(8, 0, 1, 0), .status = S_INPUT },
	{ "long spin wait, address not looked at", .control = 8, .at = 0x2001, .no_call = true },
};

int main(void)
{
	return RUN_ROWS(space) + RUN_ROWS(shape) + RUN_ROWS(list) + RUN_ROWS(buffer) +
	       RUN_ROWS(others);
}
