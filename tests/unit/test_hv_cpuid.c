/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Hyper-V leaves, register by register, and which options show where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pvflush/hv_cpuid.h"
#include "vmm/tsc.h"

static const struct hyperv_options all = { true, true, true };
static const struct hyperv_options none;

static void check(struct cpuid_table *t, uint32_t leaf, uint32_t eax, uint32_t ebx, uint32_t ecx,
		  uint32_t edx)
{
	const struct kvm_cpuid_entry2 *e = cpuid_find(t, leaf, 0);

	assert_non_null(e);
	assert_int_equal(e->flags, 0);
	assert_int_equal(e->eax, eax);
	assert_int_equal(e->ebx, ebx);
	assert_int_equal(e->ecx, ecx);
	assert_int_equal(e->edx, edx);
}

static void build(struct cpuid_table *t, const struct hyperv_options *o, bool tsc_known,
		  bool invariant)
{
	struct hv_features f;

	memset(t, 0, sizeof(*t));
	assert_int_equal(cpuid_set(t, 1, 0x600, 0x800, 0x201, 0x1fb), 0);
	hv_features_init(&f, o, tsc_known, invariant, 65);
	assert_int_equal(hv_cpuid_add(t, &f), 0);
}

static void everything_offered(void **state)
{
	struct cpuid_table t;
	char vendor[12];
	const struct kvm_cpuid_entry2 *e;

	build(&t, &all, true, true);
	check(&t, 0x40000000, 0x40000005, 0x7263694d, 0x666f736f, 0x76482074);
	e = cpuid_find(&t, 0x40000000, 0);
	memcpy(vendor, &e->ebx, 4);
	memcpy(vendor + 4, &e->ecx, 4);
	memcpy(vendor + 8, &e->edx, 4);
	assert_memory_equal(vendor, "Microsoft Hv", 12);
	check(&t, 0x40000001, 0, 0, 0, 0);
	check(&t, 0x40000003, 0x8a62, 0, 0, 0x110);
	check(&t, 0x40000004, 0xa24, 0xffffffff, 0, 0);
	check(&t, 0x40000005, 65, 65, 0, 0);
	check(&t, 1, 0x600, 0x800, 0x80000201, 0x1fb); /* hypervisor present */
}

static void the_least(void **state)
{
	struct cpuid_table t;

	build(&t, &none, false, false);
	check(&t, 0x40000003, 0x60, 0, 0, 0);
	check(&t, 0x40000004, 0x224, 0xffffffff, 0, 0);
}

static void one_option_each(void **state)
{
	struct hyperv_options xmm = { .xmm_input = true }, ex = { .ex_masks = true };
	struct hyperv_options tsc = { .reference_tsc = true };
	struct cpuid_table t;

	build(&t, &xmm, false, false);
	check(&t, 0x40000003, 0x60, 0, 0, 0x10);
	build(&t, &ex, false, false);
	check(&t, 0x40000004, 0xa24, 0xffffffff, 0, 0);
	build(&t, &tsc, false, false); /* frequency not known: the counter, not the page */
	check(&t, 0x40000003, 0x62, 0, 0, 0);
	build(&t, &tsc, true, false);
	check(&t, 0x40000003, 0xa62, 0, 0, 0x100);
	build(&t, &none, true, false);
	check(&t, 0x40000003, 0x860, 0, 0, 0x100);
	build(&t, &none, false, true);
	check(&t, 0x40000003, 0x8060, 0, 0, 0);
}

static void zero_leaves_exist(void **state)
{
	struct cpuid_table t;

	build(&t, &all, true, true);
	for (uint32_t f = 0x40000006; f <= 0x4000000c; f++)
		check(&t, f, 0, 0, 0, 0);
	for (uint32_t f = 0x40000080; f <= 0x40000082; f++)
		check(&t, f, 0, 0, 0, 0);
	assert_null(cpuid_find(&t, 0x40000100, 0)); /* where Linux would find another hypervisor */
}

static void invariant_tsc_is_read_from_the_table(void **state)
{
	struct cpuid_table t = { 0 };

	assert_false(tsc_is_invariant(&t));
	tsc_show_invariant(&t);
	assert_false(tsc_is_invariant(&t)); /* no leaf to say it in */
	assert_int_equal(cpuid_set(&t, 0x80000007, ~0u, ~0u, ~0u, 0xfffffeff), 0);
	assert_false(tsc_is_invariant(&t));
	assert_int_equal(cpuid_set(&t, 0x80000007, 0, 0, 0, 0x100), 0);
	assert_true(tsc_is_invariant(&t));
}

static void a_trusted_tsc_is_shown(void **state)
{
	struct cpuid_table t = { 0 };

	assert_int_equal(cpuid_set(&t, 0x80000007, 1, 2, 3, 4), 0);
	tsc_show_invariant(&t);
	assert_true(tsc_is_invariant(&t));
	check(&t, 0x80000007, 1, 2, 3, 0x104);
}

static void a_full_table_is_an_error(void **state)
{
	struct cpuid_table t = { .n = CPUID_MAX - 3 };
	struct hv_features f;

	hv_features_init(&f, &all, true, true, 1);
	assert_true(hv_cpuid_add(&t, &f) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_offered),
		cmocka_unit_test(the_least),
		cmocka_unit_test(one_option_each),
		cmocka_unit_test(zero_leaves_exist),
		cmocka_unit_test(invariant_tsc_is_read_from_the_table),
		cmocka_unit_test(a_trusted_tsc_is_shown),
		cmocka_unit_test(a_full_table_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
