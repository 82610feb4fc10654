/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest RAM, buses, overlay pages and the page-table walker. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmm/bus.h"
#include "vmm/layout.h"
#include "vmm/memory.h"
#include "vmm/overlay.h"
#include "vmm/walk.h"

#define GIB (1ull << 30)

static void test_memory_split(void **state)
{
	const struct mem_region *r;
	struct memory *m;

	assert_int_equal(mem_create(&m, 5 * GIB, false), 0);
	assert_int_equal(mem_regions(m, &r), 2);
	assert_int_equal(r[0].size, LAYOUT_HOLE);
	assert_int_equal(r[1].base.v, LAYOUT_HIGH_RAM);
	assert_int_equal(r[1].size, 5 * GIB - LAYOUT_HOLE);
	mem_destroy(m);
	assert_int_equal(mem_create(&m, 0, false), -EINVAL);
	assert_int_equal(mem_create(&m, UINT64_MAX, false), -EINVAL);
}

static void test_memory_bounds(void **state)
{
	struct memory *m;
	char byte = 'x';

	assert_int_equal(mem_create(&m, 1 << 20, false), 0);
	assert_non_null(mem_ptr(m, gpa(0), 1 << 20));
	assert_null(mem_ptr(m, gpa(0), (1 << 20) + 1));
	assert_non_null(mem_ptr(m, gpa((1 << 20) - 1), 1)); /* ends exactly at the end of RAM */
	assert_null(mem_ptr(m, gpa((1 << 20) - 1), 2));
	assert_null(mem_ptr(m, gpa(1 << 20), 0));
	assert_null(mem_ptr(m, gpa(UINT64_MAX), 2)); /* address + length wraps */
	assert_null(mem_ptr(m, gpa(4096), UINT64_MAX));
	assert_int_equal(mem_write(m, gpa(1 << 20), &byte, 1), -EFAULT);
	assert_int_equal(mem_write(m, gpa(7), &byte, 1), 0);
	byte = 0;
	assert_int_equal(mem_read(m, gpa(7), &byte, 1), 0);
	assert_int_equal(byte, 'x');
	mem_destroy(m);
}

static uint64_t reg;

static uint64_t reg_read(void *opaque, struct vcpu *v, uint64_t offset, unsigned size)
{
	return reg + offset;
}

static void reg_write(void *opaque, struct vcpu *v, uint64_t offset, unsigned size, uint64_t value)
{
	reg = value;
}

static const struct bus_ops reg_ops = { "reg", reg_read, reg_write };
static const struct bus_ops empty_ops = { .name = "empty" };

static void test_bus(void **state)
{
	struct bus b = { 0 };

	assert_int_equal(bus_add(&b, 0x100, 8, &reg_ops, NULL), 0);
	assert_int_equal(bus_add(&b, 0x80, 0x80, &empty_ops, NULL), 0);
	assert_int_equal(bus_add(&b, 0x107, 4, &reg_ops, NULL), -EEXIST);
	assert_int_equal(bus_add(&b, 0xf0, 0x20, &reg_ops, NULL), -EEXIST);
	assert_int_equal(bus_add(&b, 0x200, 0, &reg_ops, NULL), -EINVAL);
	assert_int_equal(bus_add(&b, UINT64_MAX, 2, &reg_ops, NULL), -EINVAL);
	bus_write(&b, NULL, 0x100, 4, 0xaabbccddeeffull);
	assert_int_equal(reg, 0xccddeeff); /* four bytes */
	assert_int_equal(bus_read(&b, NULL, 0x104, 1), 0x03);
	assert_int_equal(bus_read(&b, NULL, 0x106, 4), 0xffffffff); /* crosses the end */
	assert_int_equal(bus_read(&b, NULL, 0x90, 2), 0xffff);	    /* no handler */
	assert_int_equal(bus_read(&b, NULL, 0x50, 8), UINT64_MAX);  /* nobody there */
	bus_write(&b, NULL, 0x106, 4, 1);
	assert_int_equal(reg, 0xccddeeff);
}

static void test_bus_full(void **state)
{
	struct bus b = { 0 };

	for (unsigned i = 0; i < BUS_MAX_RANGES; i++)
		assert_int_equal(bus_add(&b, i * 16, 16, &reg_ops, NULL), 0);
	assert_int_equal(bus_add(&b, 0x10000, 1, &reg_ops, NULL), -ENOSPC);
}

static int msr_value(void *opaque, struct vcpu *v, uint32_t index, uint64_t *value)
{
	*value = index;
	return 0;
}

static const struct msr_ops msr_ops = { .name = "m", .read = msr_value };

static void test_msr(void **state)
{
	struct msr_bus b = { 0 };
	uint64_t value;

	assert_int_equal(msr_add(&b, 0x40000000, 0x200, &msr_ops, NULL), 0);
	assert_int_equal(msr_add(&b, 0x400001ff, 1, &msr_ops, NULL), -EEXIST);
	assert_int_equal(msr_add(&b, 0x7ff, 2, &msr_ops, NULL), -EINVAL); /* reaches into x2APIC */
	assert_int_equal(msr_read(&b, NULL, 0x400001ff, &value), 0);
	assert_int_equal(value, 0x400001ff);
	assert_int_equal(msr_read(&b, NULL, 0x40000200, &value), -1);
	assert_int_equal(msr_write(&b, NULL, 0x40000000, 1), -1); /* no write handler: #GP */
}

static void test_overlay(void **state)
{
	struct overlays o = { 0 };
	uint8_t page[4096], seen;
	struct memory *m;
	int a, b;

	memset(page, 0xcc, sizeof(page));
	assert_int_equal(mem_create(&m, 1 << 20, false), 0);
	memset(mem_ptr(m, gpa(0x3000), 4096), 0x11, 4096);
	assert_int_equal(overlay_map(&o, m, gpa(0x3001), page), -EFAULT);
	assert_int_equal(overlay_map(&o, m, gpa(1 << 20), page), -EFAULT);
	a = overlay_map(&o, m, gpa(0x3000), page);
	assert_true(a >= 0);
	assert_int_equal(overlay_map(&o, m, gpa(0x3000), page), -EBUSY);
	assert_true(overlay_hit(&o, gpa(0x3fff), 1));
	assert_true(overlay_hit(&o, gpa(0x2fff), 2));
	assert_false(overlay_hit(&o, gpa(0x2fff), 1));
	assert_false(overlay_hit(&o, gpa(0x4000), 8));
	mem_read(m, gpa(0x3800), &seen, 1);
	assert_int_equal(seen, 0xcc);
	overlay_unmap(&o, m, a);
	mem_read(m, gpa(0x3800), &seen, 1);
	assert_int_equal(seen, 0x11); /* the RAM below came back */
	for (unsigned i = 0; i < OVERLAY_MAX; i++)
		assert_int_equal(overlay_map(&o, m, gpa(i * 4096ull), page), i);
	b = overlay_map(&o, m, gpa(0x9000), page);
	assert_int_equal(b, -ENOSPC);
	mem_destroy(m);
}

static void put(struct memory *m, uint64_t table, unsigned slot, uint64_t entry)
{
	mem_write(m, gpa(table + slot * 8), &entry, 8);
}

static void test_walk(void **state)
{
	struct kvm_sregs s = { .cr0 = 1u << 31 | 1, .efer = 1 << 10, .cr3 = 0x1000 };
	struct memory *m;
	gpa_t at;

	assert_int_equal(mem_create(&m, 1 << 20, false), 0);
	put(m, 0x1000, 0, 0x2000 | 7);
	put(m, 0x2000, 0, 0x3000 | 7);
	put(m, 0x2000, 1, 0x40000000 | 0x87); /* 1 GiB page */
	put(m, 0x3000, 0, 0x4000 | 7);
	put(m, 0x3000, 1, 0x600000 | 0x87); /* 2 MiB page */
	put(m, 0x4000, 5, 0x8000000000009000 | 7);
	put(m, 0x1000, 3, 0x7f000000 | 7); /* a table outside RAM */
	assert_int_equal(walk_gva(m, &s, 0x5123, &at), 0);
	assert_int_equal(at.v, 0x9123);
	assert_int_equal(walk_gva(m, &s, 0x212345, &at), 0);
	assert_int_equal(at.v, 0x612345);
	assert_int_equal(walk_gva(m, &s, 0x41234567, &at), 0);
	assert_int_equal(at.v, 0x41234567);
	assert_int_equal(walk_gva(m, &s, 0x6000, &at), -ENOENT);
	assert_int_equal(walk_gva(m, &s, 3ull << 39, &at), -EFAULT);
	s.efer = 0;
	assert_int_equal(walk_gva(m, &s, 0x5000, &at), -ENOTSUP);
	s.cr0 = 1;
	assert_int_equal(walk_gva(m, &s, 0x5000, &at), 0);
	assert_int_equal(at.v, 0x5000);
	mem_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_split), cmocka_unit_test(test_memory_bounds),
		cmocka_unit_test(test_bus),	     cmocka_unit_test(test_bus_full),
		cmocka_unit_test(test_msr),	     cmocka_unit_test(test_overlay),
		cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
