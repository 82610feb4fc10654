/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reference time: the formula, and the page in which guests read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pvflush/hv_page.h"
#include "pvflush/hv_time.h"
#include "vmm/layout.h"

static void starts_at_zero(void **state)
{
	struct hv_time t;

	hv_time_init(&t, 2600000, 123456789012345ull, 1000);
	assert_int_equal(t.tsc_hz, 2600000000ull);
	assert_int_equal(hv_time_at_tsc(&t, 123456789012345ull), 0);
	assert_int_equal(hv_time_at_clock(&t, 1000), 0);
}

static void counts_100_ns(void **state)
{
	struct hv_time t;
	uint64_t day = 86400ull * 2600000000ull, ticks;

	hv_time_init(&t, 2600000, 0, 5000);
	/* scale is rounded down: at most one tick less, and by less than 2^-64 per cycle */
	ticks = hv_time_at_tsc(&t, 2600000000ull);
	assert_in_range(ticks, 9999999, 10000000);
	ticks = hv_time_at_tsc(&t, day);
	assert_in_range(ticks, 863999999999ull, 864000000000ull);
	assert_int_equal(hv_time_at_clock(&t, 5000 + 1000000000ull), 10000000);
	assert_int_equal(hv_time_at_clock(&t, 5000 + 199), 1);
}

static void scale_is_exact(void **state)
{
	struct hv_time t;

	hv_time_init(&t, 20000, 0, 0); /* 20 MHz: half a tick per cycle */
	assert_int_equal(t.scale, 1ull << 63);
	assert_int_equal(t.offset, 0);
	assert_int_equal(hv_time_at_tsc(&t, 1000), 500);
	hv_time_init(&t, 20000, 1000, 0);
	assert_int_equal(t.offset, -500);
	assert_int_equal(hv_time_at_tsc(&t, 1000), 0);
}

static void unknown_frequencies(void **state)
{
	static const int64_t khz[] = { 0, -1, -22, 1, 10000, INT64_MIN, INT64_MAX };
	struct hv_time t;

	for (size_t i = 0; i < sizeof(khz) / sizeof(khz[0]); i++) {
		hv_time_init(&t, khz[i], 1, 2);
		assert_int_equal(t.tsc_hz, 0);
		assert_int_equal(hv_time_at_clock(&t, 102), 1);
	}
	hv_time_init(&t, 10001, 0, 0);
	assert_int_equal(t.tsc_hz, 10001000);
}

static void host_clock_advances(void **state)
{
	uint64_t a = hv_time_clock(), b = hv_time_clock();

	assert_true(a > 0);
	assert_true(b >= a);
}

static void hypercall_page_bytes(void **state)
{
	static const uint8_t code[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xe6, LAYOUT_PORT_HYPERCALL, 0xc3 };
	uint8_t page[GPA_PAGE_SIZE];

	memset(page, 0, sizeof(page));
	hv_page_hypercall(page);
	assert_memory_equal(page, code, sizeof(code));
	for (size_t i = sizeof(code); i < sizeof(page); i++)
		assert_int_equal(page[i], 0xcc);
	assert_int_equal(page[4 + HV_PAGE_OUT_SIZE], 0xc3);
}

static void tsc_page_contents(void **state)
{
	struct hv_tsc_page page = { .sequence = 7, .reserved = 9 };
	struct hv_time t;
	uint32_t sequence = 0;

	hv_time_init(&t, 20000, 1000, 0);
	hv_page_tsc(&page, &t, &sequence);
	assert_int_equal(page.sequence, 1);
	assert_int_equal(page.scale, 1ull << 63);
	assert_int_equal(page.offset, -500);
	assert_int_equal(page.reserved, 9);
	hv_page_tsc(&page, &t, &sequence);
	assert_int_equal(page.sequence, 2);
}

static void sequence_avoids_invalid_values(void **state)
{
	struct hv_tsc_page page = { 0 };
	struct hv_time t;
	uint32_t sequence = UINT32_MAX - 2;

	hv_time_init(&t, 20000, 0, 0);
	hv_page_tsc(&page, &t, &sequence);
	assert_int_equal(page.sequence, UINT32_MAX - 1);
	hv_page_tsc(&page, &t, &sequence);
	assert_int_equal(page.sequence, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_at_zero),
		cmocka_unit_test(counts_100_ns),
		cmocka_unit_test(scale_is_exact),
		cmocka_unit_test(unknown_frequencies),
		cmocka_unit_test(host_clock_advances),
		cmocka_unit_test(hypercall_page_bytes),
		cmocka_unit_test(tsc_page_contents),
		cmocka_unit_test(sequence_avoids_invalid_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
