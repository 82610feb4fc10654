/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of VPs at the borders of banks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pvflush/vpset.h"

static void first_has_exactly_n(void **state)
{
	static const unsigned sizes[] = { 0, 1, 63, 64, 65, 127, 128, 256, 4095, 4096 };
	struct vpset s;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned n = sizes[i];

		vpset_first(&s, n);
		assert_int_equal(vpset_count(&s), n);
		if (n)
			assert_true(vpset_has(&s, n - 1));
		assert_false(vpset_has(&s, n));
	}
	vpset_first(&s, 5000);
	assert_int_equal(vpset_count(&s), VPSET_MAX);
}

static void limit_removes_from_n_on(void **state)
{
	static const unsigned sizes[] = { 0, 1, 63, 64, 65, 130, 4095, 4096, 9999 };
	struct vpset s;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		vpset_first(&s, VPSET_MAX);
		vpset_limit(&s, sizes[i]);
		assert_int_equal(vpset_count(&s), sizes[i] < VPSET_MAX ? sizes[i] : VPSET_MAX);
	}
	vpset_clear(&s);
	vpset_add(&s, 3);
	vpset_limit(&s, 64);
	assert_int_equal(s.bank[0], 8); /* a limit adds nothing */
	assert_int_equal(s.bank[1], 0);
}

static void next_visits_each_once(void **state)
{
	static const unsigned member[] = { 0, 5, 63, 64, 130, 2047, 4095 };
	size_t seen = 0;
	struct vpset s;

	vpset_clear(&s);
	for (size_t i = 0; i < sizeof(member) / sizeof(member[0]); i++)
		vpset_add(&s, member[i]);
	for (unsigned vp = vpset_next(&s, 0); vp < VPSET_MAX; vp = vpset_next(&s, vp + 1))
		assert_int_equal(vp, member[seen++]);
	assert_int_equal(seen, sizeof(member) / sizeof(member[0]));
}

static void next_at_the_ends(void **state)
{
	struct vpset s;

	vpset_clear(&s);
	assert_int_equal(vpset_next(&s, 0), VPSET_MAX);
	vpset_add(&s, 4095);
	assert_int_equal(vpset_next(&s, 4095), 4095);
	assert_int_equal(vpset_next(&s, 4096), VPSET_MAX);
	assert_int_equal(vpset_next(&s, ~0u), VPSET_MAX);
}

static void members_beyond_the_set_are_ignored(void **state)
{
	struct vpset s;

	vpset_clear(&s);
	vpset_add(&s, 4096);
	vpset_add(&s, ~0u);
	assert_int_equal(vpset_count(&s), 0);
	vpset_first(&s, VPSET_MAX);
	assert_false(vpset_has(&s, 4096));
	assert_false(vpset_has(&s, ~0u));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_has_exactly_n),
		cmocka_unit_test(limit_removes_from_n_on),
		cmocka_unit_test(next_visits_each_once),
		cmocka_unit_test(next_at_the_ends),
		cmocka_unit_test(members_beyond_the_set_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
