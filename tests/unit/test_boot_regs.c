/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the boot vCPU starts: register values, the GDT and the identity map behind them. */
#include "tests/unit/test_boot.h"

#include "vmm/boot/place.h"
#include "vmm/regs.h"

#define GUEST_RAM (16 * MIB)

static uint64_t read64(const struct memory *m, uint64_t addr)
{
	uint64_t v = UINT64_MAX;

	assert_int_equal(mem_read(m, gpa(addr), &v, sizeof(v)), 0);
	return v;
}

static void start(struct kvm_sregs *s, struct kvm_regs *r, struct memory *m, enum boot_mode mode)
{
	const struct boot_entry e = { mode, gpa(0x100200), 0x7000 };

	memset(r, 0xff, sizeof(*r));
	*s = (struct kvm_sregs){ .cr0 = 0x60000010, .apic_base = 0xfee00900, .cr8 = 3 };
	assert_int_equal(regs_boot(s, r, m, &e), 0);
}

static void test_long64(void **state)
{
	struct memory *m = ram(GUEST_RAM);
	struct kvm_sregs s;
	struct kvm_regs r;

	start(&s, &r, m, BOOT_LONG64);
	assert_int_equal(s.cr0, 0x80000011);
	assert_int_equal(s.cr4, 0x20);
	assert_int_equal(s.efer, 0x500);
	assert_int_equal(s.cs.selector, 0x10);
	assert_int_equal(s.cs.l, 1);
	assert_int_equal(s.cs.db, 0);
	assert_int_equal(s.ss.selector, 0x18);
	assert_int_equal(s.tr.type, 11);
	assert_int_equal(s.apic_base, 0xfee00900); /* kept */
	assert_int_equal(r.rip, 0x100200);
	assert_int_equal(r.rsi, 0x7000);
	assert_int_equal(r.rflags, 2);
	assert_int_equal(r.rbx | r.rax | r.rdi | r.rsp, 0);
	mem_destroy(m);
}

static void test_pvh(void **state)
{
	struct memory *m = ram(GUEST_RAM);
	struct kvm_sregs s;
	struct kvm_regs r;

	start(&s, &r, m, BOOT_PVH);
	assert_int_equal(s.cr0, 0x11);
	assert_int_equal(s.cr4, 0);
	assert_int_equal(s.efer, 0);
	assert_int_equal(s.cs.l, 0);
	assert_int_equal(s.cs.db, 1);
	assert_int_equal(s.cs.limit, 0xffffffff);
	assert_int_equal(s.ds.limit, 0xffffffff);
	assert_int_equal(s.tr.limit, 0x67);
	assert_int_equal(r.rbx, 0x7000);
	assert_int_equal(r.rsi, 0);
	assert_int_equal(read64(m, LAYOUT_PAGE_TABLES), 0);
	mem_destroy(m);
}

/* The descriptors in memory are what the selectors would load. */
static void test_gdt(void **state)
{
	struct memory *m = ram(GUEST_RAM);
	struct kvm_sregs s;
	struct kvm_regs r;

	start(&s, &r, m, BOOT_LONG64);
	assert_int_equal(s.gdt.base, LAYOUT_GDT);
	assert_int_equal(s.gdt.limit, 31);
	assert_int_equal(read64(m, LAYOUT_GDT), 0);
	assert_int_equal(read64(m, LAYOUT_GDT + 8), 0);
	assert_int_equal(read64(m, LAYOUT_GDT + 0x10), 0x00af9b000000ffff);
	assert_int_equal(read64(m, LAYOUT_GDT + 0x18), 0x00cf93000000ffff);
	start(&s, &r, m, BOOT_PVH);
	assert_int_equal(read64(m, LAYOUT_GDT + 0x10), 0x00cf9b000000ffff);
	mem_destroy(m);
}

/* Walks the tables as the processor does. */
static uint64_t walk(const struct memory *m, uint64_t cr3, uint64_t va)
{
	uint64_t e = cr3;

	for (int shift = 39; shift >= 21; shift -= 9) {
		e = read64(m, (e & ~0xfffull) + (va >> shift & 511) * 8);
		assert_int_equal(e & 3, 3);
		assert_int_equal(e & 0x80, shift == 21 ? 0x80 : 0);
	}
	return (e & ~0xfffull) + (va & 0x1fffff);
}

static void test_identity_map(void **state)
{
	struct memory *m = ram(GUEST_RAM);
	struct kvm_sregs s;
	struct kvm_regs r;

	start(&s, &r, m, BOOT_LONG64);
	for (uint64_t va = 0; va < 4 * GIB; va += 0x1ff123)
		assert_int_equal(walk(m, s.cr3, va), va);
	assert_int_equal(walk(m, s.cr3, 4 * GIB - 1), 4 * GIB - 1);
	assert_int_equal(read64(m, (s.cr3 & ~0xfffull) + 8), 0);
	assert_int_equal(read64(m, s.cr3 + 0x1000 + 4 * 8), 0);
	mem_destroy(m);
}

static void test_no_room(void **state)
{
	const struct boot_entry e = { BOOT_LONG64, gpa(0x100200), 0x7000 };
	struct memory *m = ram(LAYOUT_PAGE_TABLES);
	struct kvm_sregs s = { 0 };
	struct kvm_regs r;

	assert_int_equal(regs_boot(&s, &r, m, &e), -EFAULT);
	mem_destroy(m);
}

static void check_map(uint64_t size, const struct boot_range *want, unsigned n)
{
	struct boot_range got[BOOT_RANGES];
	struct memory *m = ram(size);

	assert_int_equal(boot_memmap(got, m), n);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(got[i].addr, want[i].addr);
		assert_int_equal(got[i].size, want[i].size);
		assert_int_equal(got[i].type, want[i].type);
	}
	mem_destroy(m);
}

static void test_memmap(void **state)
{
	const struct boot_range want[] = {
		{ 0, 0x9fc00, BOOT_MEM_RAM },
		{ 0xe0000, 0x20000, BOOT_MEM_RESERVED },
		{ MIB, 3 * GIB - MIB, BOOT_MEM_RAM },
		{ LAYOUT_STEAL, LAYOUT_STEAL_SIZE, BOOT_MEM_RESERVED },
		{ 0xfffbc000, 0x4000, BOOT_MEM_RESERVED },
		{ 4 * GIB, GIB, BOOT_MEM_RAM },
	};

	check_map(4 * GIB, want, 6);
	check_map(3 * GIB, want, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long64),	     cmocka_unit_test(test_pvh),
		cmocka_unit_test(test_gdt),	     cmocka_unit_test(test_identity_map),
		cmocka_unit_test(test_no_room),	     cmocka_unit_test(test_memmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
