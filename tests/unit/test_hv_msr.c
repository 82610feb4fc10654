/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The synthetic MSRs as a state machine, on real guest RAM and real overlays. The
 * ioctl() below stands in for KVM: it answers KVM_GET_MSRS of the TSC.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include <cmocka.h>

#include "pvflush/hv_abi.h"
#include "pvflush/hv_msr.h"
#include "vmm/vcpu.h"

#define RAM	 0x10000
#define LINUX_ID 0x8100000000000000ull
#define ON	 HV_PAGE_ENABLE

static uint64_t fake_tsc;

int ioctl(int fd, unsigned long request, ...)
{
	struct kvm_msrs *m;
	va_list ap;

	va_start(ap, request);
	m = va_arg(ap, void *);
	va_end(ap);
	if (request != KVM_GET_MSRS || m->nmsrs != 1 || m->entries[0].index != 0x10) {
		errno = EINVAL;
		return -1;
	}
	m->entries[0].data = fake_tsc;
	return 1;
}

struct fixture {
	struct memory *mem;
	struct overlays overlays;
	struct hv_msrs h;
	struct vcpu v[3];
};

static const struct hyperv_options all = { true, true, true };
static const struct hyperv_options no_time = { .ex_masks = true };

static void create(struct fixture *f, const struct hyperv_options *o, int64_t khz, bool invariant)
{
	struct hv_features features;
	struct hv_time t;

	memset(f, 0, sizeof(*f));
	for (unsigned i = 0; i < 3; i++)
		f->v[i].id = i;
	assert_int_equal(mem_create(&f->mem, RAM, false), 0);
	memset(mem_ptr(f->mem, gpa(0), RAM), 0x5a, RAM);
	hv_time_init(&t, khz, 1000, hv_time_clock());
	hv_features_init(&features, o, khz > 0, invariant, 3);
	assert_int_equal(hv_msrs_init(&f->h, f->mem, &f->overlays, &features, &t), 0);
}

static void destroy(struct fixture *f)
{
	hv_msrs_deinit(&f->h);
	mem_destroy(f->mem);
}

static int wr(struct fixture *f, uint32_t index, uint64_t value)
{
	return hv_msr_ops.write(&f->h, &f->v[0], index, value);
}

static uint64_t rd(struct fixture *f, uint32_t index)
{
	uint64_t value = 0xbad;

	assert_int_equal(hv_msr_ops.read(&f->h, &f->v[0], index, &value), 0);
	return value;
}

static bool rd_faults(struct fixture *f, uint32_t index)
{
	uint64_t value;

	return hv_msr_ops.read(&f->h, &f->v[0], index, &value) == -1;
}

static uint32_t word(struct fixture *f, uint64_t at)
{
	uint32_t w;

	assert_int_equal(mem_read(f->mem, gpa(at), &w, 4), 0);
	return w;
}

#define CODE  0xfa1e0ff3u /* endbr64 */
#define BELOW 0x5a5a5a5au

static void enabling_needs_an_identity(void **state)
{
	struct fixture f;

	create(&f, &all, 20000, true);
	assert_int_equal(wr(&f, HV_MSR_HYPERCALL, 0x3000 | ON), 0); /* dropped, no fault */
	assert_int_equal(rd(&f, HV_MSR_HYPERCALL), 0);
	assert_false(hv_msrs_enabled(&f.h));
	assert_int_equal(word(&f, 0x3000), BELOW);
	assert_int_equal(rd(&f, HV_MSR_GUEST_OS_ID), 0);
	destroy(&f);
}

static void enabling_lays_the_page(void **state)
{
	struct fixture f;

	create(&f, &all, 20000, true);
	assert_int_equal(wr(&f, HV_MSR_GUEST_OS_ID, LINUX_ID), 0);
	assert_int_equal(rd(&f, HV_MSR_GUEST_OS_ID), LINUX_ID);
	assert_int_equal(wr(&f, HV_MSR_HYPERCALL, 0x3000 | ON), 0);
	assert_int_equal(rd(&f, HV_MSR_HYPERCALL), 0x3001);
	assert_true(hv_msrs_enabled(&f.h));
	assert_int_equal(atomic_load(&f.h.page[HV_PAGE_HYPERCALL]), 0x3000);
	assert_int_equal(word(&f, 0x3000), CODE);
	assert_int_equal(word(&f, 0x4000), BELOW);
	assert_int_equal(wr(&f, HV_MSR_HYPERCALL, 0x3000), 0);
	assert_false(hv_msrs_enabled(&f.h));
	assert_int_equal(word(&f, 0x3000), BELOW);
	assert_int_equal(rd(&f, HV_MSR_HYPERCALL), 0x3000);
	destroy(&f);
}

static void every_enabling_write_renews_the_page(void **state)
{
	uint32_t junk = 0;
	struct fixture f;

	create(&f, &all, 20000, true);
	wr(&f, HV_MSR_GUEST_OS_ID, LINUX_ID);
	wr(&f, HV_MSR_HYPERCALL, 0x3000 | ON);
	assert_int_equal(mem_write(f.mem, gpa(0x3000), &junk, 4), 0);
	assert_int_equal(wr(&f, HV_MSR_HYPERCALL, 0x3000 | ON), 0);
	assert_int_equal(word(&f, 0x3000), CODE);
	wr(&f, HV_MSR_HYPERCALL, 0);
	assert_int_equal(word(&f, 0x3000), BELOW); /* of before the first enabling write */
	destroy(&f);
}

static void moving_the_page(void **state)
{
	struct fixture f;

	create(&f, &all, 20000, true);
	wr(&f, HV_MSR_GUEST_OS_ID, LINUX_ID);
	wr(&f, HV_MSR_HYPERCALL, 0x3000 | ON);
	assert_int_equal(wr(&f, HV_MSR_HYPERCALL, 0x6000 | ON), 0);
	assert_int_equal(word(&f, 0x3000), BELOW);
	assert_int_equal(word(&f, 0x6000), CODE);
	assert_int_equal(atomic_load(&f.h.page[HV_PAGE_HYPERCALL]), 0x6000);
	destroy(&f);
}

static void a_bad_page_number_faults_and_changes_nothing(void **state)
{
	struct fixture f;

	create(&f, &all, 20000, true);
	wr(&f, HV_MSR_GUEST_OS_ID, LINUX_ID);
	assert_int_equal(wr(&f, HV_MSR_HYPERCALL, RAM | ON), -1);
	assert_int_equal(rd(&f, HV_MSR_HYPERCALL), 0);
	assert_false(hv_msrs_enabled(&f.h));
	wr(&f, HV_MSR_HYPERCALL, 0x3000 | ON);
	assert_int_equal(wr(&f, HV_MSR_HYPERCALL, ~0xfffull | ON), -1);
	assert_int_equal(rd(&f, HV_MSR_HYPERCALL), 0x3001);
	assert_true(hv_msrs_enabled(&f.h));
	assert_int_equal(word(&f, 0x3000), CODE);
	assert_int_equal(wr(&f, HV_MSR_HYPERCALL, ~0xfffull), 0); /* not enabled: only stored */
	destroy(&f);
}

static void withdrawing_the_identity_disables(void **state)
{
	struct fixture f;

	create(&f, &all, 20000, true);
	wr(&f, HV_MSR_GUEST_OS_ID, LINUX_ID);
	wr(&f, HV_MSR_HYPERCALL, 0x3000 | ON);
	assert_int_equal(wr(&f, HV_MSR_GUEST_OS_ID, 0), 0);
	assert_false(hv_msrs_enabled(&f.h));
	assert_int_equal(rd(&f, HV_MSR_HYPERCALL), 0x3000);
	assert_int_equal(word(&f, 0x3000), BELOW);
	wr(&f, HV_MSR_GUEST_OS_ID, LINUX_ID);
	assert_false(hv_msrs_enabled(&f.h)); /* must be enabled anew */
	destroy(&f);
}

static void locked_page_stays(void **state)
{
	struct fixture f;

	create(&f, &all, 20000, true);
	wr(&f, HV_MSR_GUEST_OS_ID, LINUX_ID);
	assert_int_equal(wr(&f, HV_MSR_HYPERCALL, 0x3000 | HV_HYPERCALL_LOCKED | ON), 0);
	assert_int_equal(wr(&f, HV_MSR_HYPERCALL, 0x4000 | ON), -1);
	assert_int_equal(wr(&f, HV_MSR_HYPERCALL, 0), -1);
	assert_int_equal(rd(&f, HV_MSR_HYPERCALL), 0x3003);
	assert_int_equal(word(&f, 0x3000), CODE);
	destroy(&f);
}

static void vp_index_is_the_vcpu(void **state)
{
	struct fixture f;
	uint64_t value;

	create(&f, &all, 20000, true);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(hv_msr_ops.read(&f.h, &f.v[i], HV_MSR_VP_INDEX, &value), 0);
		assert_int_equal(value, i);
	}
	assert_int_equal(wr(&f, HV_MSR_VP_INDEX, 0), -1);
	destroy(&f);
}

static void vp_assist_is_accepted_per_vp(void **state)
{
	struct fixture f;
	uint64_t value;

	create(&f, &no_time, 0, false);
	assert_int_equal(wr(&f, HV_MSR_VP_ASSIST_PAGE, 0x7000 | ON), 0);
	assert_int_equal(rd(&f, HV_MSR_VP_ASSIST_PAGE), 0x7001);
	assert_int_equal(word(&f, 0x7000), 0); /* "no EOI required" cleared */
	assert_int_equal(word(&f, 0x7004), BELOW);
	assert_int_equal(hv_msr_ops.read(&f.h, &f.v[1], HV_MSR_VP_ASSIST_PAGE, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(wr(&f, HV_MSR_VP_ASSIST_PAGE, 0), 0);
	assert_int_equal(rd(&f, HV_MSR_VP_ASSIST_PAGE), 0);
	assert_int_equal(wr(&f, HV_MSR_VP_ASSIST_PAGE, RAM | ON), -1);
	destroy(&f);
}

static void reference_tsc_page(void **state)
{
	struct fixture f;
	struct hv_tsc_page page;

	create(&f, &all, 20000, true);
	assert_int_equal(rd(&f, HV_MSR_REFERENCE_TSC), 0);
	assert_int_equal(wr(&f, HV_MSR_REFERENCE_TSC, 0x9000 | ON), 0);
	assert_int_equal(rd(&f, HV_MSR_REFERENCE_TSC), 0x9001);
	assert_int_equal(mem_read(f.mem, gpa(0x9000), &page, sizeof(page)), 0);
	assert_int_equal(page.sequence, 1);
	assert_int_equal(page.scale, 1ull << 63);
	assert_int_equal(page.offset, -500);
	assert_int_equal(word(&f, 0x9018), 0);
	assert_int_equal(wr(&f, HV_MSR_REFERENCE_TSC, 0x9000 | ON), 0); /* again: a new sequence */
	assert_int_equal(word(&f, 0x9000), 2);
	assert_int_equal(wr(&f, HV_MSR_REFERENCE_TSC, RAM | ON), -1);
	assert_int_equal(wr(&f, HV_MSR_REFERENCE_TSC, 0), 0);
	assert_int_equal(word(&f, 0x9000), BELOW);
	assert_int_equal(atomic_load(&f.h.page[HV_PAGE_TSC]), HV_NO_PAGE);
	destroy(&f);
}

static void two_pages_do_not_share_a_place(void **state)
{
	struct fixture f;

	create(&f, &all, 20000, true);
	wr(&f, HV_MSR_GUEST_OS_ID, LINUX_ID);
	wr(&f, HV_MSR_HYPERCALL, 0x3000 | ON);
	assert_int_equal(wr(&f, HV_MSR_REFERENCE_TSC, 0x3000 | ON), -1);
	assert_int_equal(rd(&f, HV_MSR_REFERENCE_TSC), 0);
	assert_int_equal(word(&f, 0x3000), CODE);
	assert_int_equal(atomic_load(&f.h.page[HV_PAGE_TSC]), HV_NO_PAGE);
	destroy(&f);
}

static void reference_tsc_not_offered(void **state)
{
	struct fixture f;

	create(&f, &no_time, 20000, true);
	assert_int_equal(rd(&f, HV_MSR_REFERENCE_TSC), 0);
	assert_int_equal(wr(&f, HV_MSR_REFERENCE_TSC, 0x9000), 0); /* a crash path's disable */
	assert_int_equal(rd(&f, HV_MSR_REFERENCE_TSC), 0);
	assert_int_equal(wr(&f, HV_MSR_REFERENCE_TSC, 0x9000 | ON), -1);
	assert_int_equal(word(&f, 0x9000), BELOW);
	assert_true(rd_faults(&f, HV_MSR_TIME_REF_COUNT));
	destroy(&f);
}

static void time_comes_from_the_tsc(void **state)
{
	struct fixture f;

	create(&f, &all, 20000, true);
	fake_tsc = 1000;
	assert_int_equal(rd(&f, HV_MSR_TIME_REF_COUNT), 0);
	fake_tsc = 1000 + 20000000;
	assert_int_equal(rd(&f, HV_MSR_TIME_REF_COUNT), 10000000);
	assert_int_equal(wr(&f, HV_MSR_TIME_REF_COUNT, 0), -1);
	assert_int_equal(rd(&f, HV_MSR_TSC_FREQUENCY), 20000000);
	assert_int_equal(rd(&f, HV_MSR_APIC_FREQUENCY), 1000000000);
	assert_int_equal(wr(&f, HV_MSR_TSC_FREQUENCY, 1), -1);
	assert_int_equal(wr(&f, HV_MSR_APIC_FREQUENCY, 1), -1);
	destroy(&f);
}

static void unknown_frequency(void **state)
{
	struct fixture f;
	uint64_t a;

	create(&f, &all, 0, false);
	fake_tsc = ~0ull / 2;
	a = rd(&f, HV_MSR_TIME_REF_COUNT); /* the host's clock, a moment after creation */
	assert_in_range(a, 0, 600000000);
	assert_true(rd(&f, HV_MSR_TIME_REF_COUNT) >= a);
	assert_true(rd_faults(&f, HV_MSR_TSC_FREQUENCY));
	assert_true(rd_faults(&f, HV_MSR_APIC_FREQUENCY));
	assert_int_equal(wr(&f, HV_MSR_REFERENCE_TSC, 0x9000 | ON), -1);
	destroy(&f);
}

static void tsc_invariant_is_set_once(void **state)
{
	struct fixture f;

	create(&f, &all, 20000, true);
	assert_int_equal(rd(&f, HV_MSR_TSC_INVARIANT), 0);
	assert_int_equal(wr(&f, HV_MSR_TSC_INVARIANT, 0), 0);
	assert_int_equal(wr(&f, HV_MSR_TSC_INVARIANT, 3), -1);
	assert_int_equal(wr(&f, HV_MSR_TSC_INVARIANT, 1), 0);
	assert_int_equal(wr(&f, HV_MSR_TSC_INVARIANT, 1), 0);
	assert_int_equal(wr(&f, HV_MSR_TSC_INVARIANT, 0), -1);
	assert_int_equal(rd(&f, HV_MSR_TSC_INVARIANT), 1);
	destroy(&f);
	create(&f, &all, 20000, false);
	assert_true(rd_faults(&f, HV_MSR_TSC_INVARIANT));
	assert_int_equal(wr(&f, HV_MSR_TSC_INVARIANT, 1), -1);
	destroy(&f);
}

/* Everything in the range that the table does not name, or whose privilege is not offered. */
static void what_is_not_offered_faults(void **state)
{
	static const uint32_t there[] = { 0x40000000, 0x40000001, 0x40000002, 0x40000020,
					  0x40000021, 0x40000022, 0x40000023, 0x40000073,
					  0x40000118 };
	struct fixture f;

	create(&f, &all, 20000, true);
	for (uint32_t i = HV_MSR_BASE; i < HV_MSR_BASE + HV_MSR_COUNT; i++) {
		bool want = false;

		for (size_t k = 0; k < sizeof(there) / sizeof(there[0]); k++)
			want |= there[k] == i;
		assert_int_equal(rd_faults(&f, i), !want);
		if (!want)
			assert_int_equal(wr(&f, i, 0), -1);
	}
	destroy(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(enabling_needs_an_identity),
		cmocka_unit_test(enabling_lays_the_page),
		cmocka_unit_test(every_enabling_write_renews_the_page),
		cmocka_unit_test(moving_the_page),
		cmocka_unit_test(a_bad_page_number_faults_and_changes_nothing),
		cmocka_unit_test(withdrawing_the_identity_disables),
		cmocka_unit_test(locked_page_stays),
		cmocka_unit_test(vp_index_is_the_vcpu),
		cmocka_unit_test(vp_assist_is_accepted_per_vp),
		cmocka_unit_test(reference_tsc_page),
		cmocka_unit_test(two_pages_do_not_share_a_place),
		cmocka_unit_test(reference_tsc_not_offered),
		cmocka_unit_test(time_comes_from_the_tsc),
		cmocka_unit_test(unknown_frequency),
		cmocka_unit_test(tsc_invariant_is_set_once),
		cmocka_unit_test(what_is_not_offered_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
