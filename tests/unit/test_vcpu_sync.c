/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to the registers that KVM shares with us before each KVM_RUN. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmm/vcpu.h"

/* KVM only ever sets bits there: what one exit leaves must not be taken for the next one's. */
static void interrupts_of_earlier_exits_are_forgotten(void **state)
{
	static struct kvm_run run, want;
	struct vcpu v = { .fd = -1, .run = &run, .sync_regs = true };

	memset(&run.s.regs, 0x5a, sizeof(run.s.regs));
	want = run;
	memset(want.s.regs.sregs.interrupt_bitmap, 0, sizeof(want.s.regs.sregs.interrupt_bitmap));
	assert_int_equal(vcpu_write_back(&v), 0);
	assert_memory_equal(&run, &want, sizeof(run));
}

static void nothing_is_touched_where_nothing_is_shared(void **state)
{
	static struct kvm_run run, want;
	struct vcpu v = { .fd = -1, .run = &run };

	memset(&run.s.regs, 0x5a, sizeof(run.s.regs));
	want = run;
	assert_int_equal(vcpu_write_back(&v), 0);
	assert_memory_equal(&run, &want, sizeof(run));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupts_of_earlier_exits_are_forgotten),
		cmocka_unit_test(nothing_is_touched_where_nothing_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
