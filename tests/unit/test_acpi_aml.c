/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AML encodings at the lengths and values where they change (ACPI 6.5, 20.2). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "vmm/aml.h"

/* PkgLength at its seams: n bytes of body give the encoding e[0..len). */
static void check_length(size_t n, const uint8_t *e, size_t len)
{
	uint8_t *buf = calloc(1, n + 16);
	struct aml a = { buf, n + 16, 0, false };
	size_t mark = aml_open_scope(&a, "BODY");

	while (a.len < 1 + n)
		aml_le(&a, 0xa5, 1);
	aml_close(&a, mark);
	assert_false(a.full);
	assert_int_equal(a.len, 1 + n + len);
	assert_memory_equal(buf + 1, e, len);
	assert_memory_equal(buf + 1 + len, "BODY", 4);
	free(buf);
}

static void test_package_length(void **state)
{
	check_length(4, (const uint8_t[]){ 5 }, 1);
	check_length(62, (const uint8_t[]){ 63 }, 1);
	check_length(63, (const uint8_t[]){ 0x41, 0x04 }, 2);
	check_length(4093, (const uint8_t[]){ 0x4f, 0xff }, 2);
	check_length(4094, (const uint8_t[]){ 0x81, 0x00, 0x01 }, 3);
	check_length(0xffffc, (const uint8_t[]){ 0x8f, 0xff, 0xff }, 3);
	check_length(0xffffd, (const uint8_t[]){ 0xc1, 0x00, 0x00, 0x01 }, 4);
}

static void test_constants(void **state)
{
	const uint8_t want[] = { 0x00, 0x01, 0x0a, 2, 0x0a, 0xff, 0x0b, 0x00, 0x01,
				 0x0b, 0xff, 0xff,
				 0x0c, 0x00, 0x00, 0x01, 0x00, 0x0c, 0x41, 0xd0, 0x05, 0x01 };
	uint8_t buf[sizeof(want)];
	struct aml a = { buf, sizeof(buf), 0, false };
	static const uint32_t v[] = { 0, 1, 2, 0xff, 0x100, 0xffff, 0x10000 };

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		aml_integer(&a, v[i]);
	aml_eisaid(&a, "PNP0501");
	assert_false(a.full);
	assert_int_equal(a.len, sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
	aml_le(&a, 0, 1);
	assert_true(a.full);
	assert_int_equal(a.len, sizeof(want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_package_length),
		cmocka_unit_test(test_constants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
