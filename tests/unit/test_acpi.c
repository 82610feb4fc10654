/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ACPI tables, read back as a guest finds them: from the RSDP along the pointers, by
 * offsets from the specification (ACPI 6.5, 5.2), not by the structures that wrote them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "vmm/acpi.h"
#include "vmm/layout.h"

#define RAM_SIZE (2ull << 20)

struct tables {
	struct memory *m;
	uint64_t rsdp, xsdt, fadt, madt, dsdt, facs;
};

static uint64_t get(const struct memory *m, uint64_t addr, unsigned size)
{
	uint64_t v = 0;

	assert_int_equal(mem_read(m, gpa(addr), &v, size), 0);
	return v;
}

static uint8_t sum(const struct memory *m, uint64_t addr, uint64_t n)
{
	uint8_t s = 0;

	while (n--)
		s = (uint8_t)(s + get(m, addr++, 1));
	return s;
}

static void assert_signature(const struct memory *m, uint64_t addr, const char *s)
{
	assert_memory_equal(mem_ptr(m, gpa(addr), strlen(s)), s, strlen(s));
}

/* A table with a standard header, in the reserved area, with a right checksum. */
static uint64_t check_table(const struct memory *m, uint64_t addr, const char *signature,
			    unsigned revision)
{
	uint64_t length = get(m, addr + 4, 4);

	assert_signature(m, addr, signature);
	assert_in_range(addr, LAYOUT_ACPI, LAYOUT_ACPI_END - 36);
	assert_in_range(length, 36, LAYOUT_ACPI_END - addr);
	assert_int_equal(get(m, addr + 8, 1), revision);
	assert_int_equal(sum(m, addr, length), 0);
	return length;
}

static struct tables build(unsigned vcpus, unsigned virtio, bool has_com1)
{
	const struct acpi_config c = { vcpus, virtio, has_com1 };
	struct tables t = { 0 };
	gpa_t rsdp;

	assert_int_equal(mem_create(&t.m, RAM_SIZE, false), 0);
	assert_int_equal(acpi_build(t.m, &c, &rsdp), 0);
	t.rsdp = rsdp.v;
	t.xsdt = get(t.m, t.rsdp + 24, 8);
	t.fadt = get(t.m, t.xsdt + 36, 8);
	t.madt = get(t.m, t.xsdt + 44, 8);
	t.facs = get(t.m, t.fadt + 36, 4);
	t.dsdt = get(t.m, t.fadt + 140, 8);
	return t;
}

static void test_pointers(void **state)
{
	struct tables t = build(2, 3, true);

	assert_int_equal(t.rsdp, LAYOUT_ACPI);
	assert_signature(t.m, t.rsdp, "RSD PTR ");
	assert_int_equal(get(t.m, t.rsdp + 15, 1), 2);
	assert_int_equal(get(t.m, t.rsdp + 20, 4), 36);
	assert_int_equal(sum(t.m, t.rsdp, 20), 0);
	assert_int_equal(sum(t.m, t.rsdp, 36), 0);
	assert_int_equal(check_table(t.m, t.xsdt, "XSDT", 1), 36 + 2 * 8);
	assert_int_equal(check_table(t.m, t.fadt, "FACP", 6), 276);
	check_table(t.m, t.madt, "APIC", 5);
	check_table(t.m, t.dsdt, "DSDT", 2);
	assert_int_equal(get(t.m, t.fadt + 40, 4), t.dsdt);
	assert_signature(t.m, t.facs, "FACS");
	assert_int_equal(get(t.m, t.facs + 4, 4), 64);
	assert_int_equal(t.facs % 64, 0);
	mem_destroy(t.m);
}

static void test_fadt(void **state)
{
	struct tables t = build(1, 0, true);

	assert_int_equal(get(t.m, t.fadt + 46, 2), LAYOUT_IRQ_SCI);
	assert_int_equal(get(t.m, t.fadt + 48, 4), 0); /* no SMI: always in ACPI mode */
	assert_int_equal(get(t.m, t.fadt + 56, 4), LAYOUT_PORT_PM);
	assert_int_equal(get(t.m, t.fadt + 64, 4), LAYOUT_PORT_PM + 4);
	assert_int_equal(get(t.m, t.fadt + 76, 4), LAYOUT_PORT_PM_TIMER);
	assert_int_equal(get(t.m, t.fadt + 88, 4), 0x04000204); /* PM block lengths */
	assert_int_equal(get(t.m, t.fadt + 109, 2), 0x04); /* no VGA, no 8042 */
	assert_int_equal(get(t.m, t.fadt + 112, 4), 0x575);
	assert_int_equal(get(t.m, t.fadt + 116, 4), 0x01000801); /* I/O, 8 bits, byte access */
	assert_int_equal(get(t.m, t.fadt + 120, 8), 0xcf9);
	assert_int_equal(get(t.m, t.fadt + 128, 1), 6);
	assert_int_equal(get(t.m, t.fadt + 148, 4), 0x02002001);
	assert_int_equal(get(t.m, t.fadt + 152, 8), LAYOUT_PORT_PM);
	assert_int_equal(get(t.m, t.fadt + 172, 4), 0x02001001);
	assert_int_equal(get(t.m, t.fadt + 176, 8), LAYOUT_PORT_PM + 4);
	assert_int_equal(get(t.m, t.fadt + 208, 4), 0x03002001);
	assert_int_equal(get(t.m, t.fadt + 212, 8), LAYOUT_PORT_PM_TIMER);
	mem_destroy(t.m);
}

/* What a guest counts while it walks the MADT. */
struct madt {
	unsigned lapics, x2apics, ioapics, overrides, nmis, x2apic_nmis;
};

static void madt_entry(struct madt *n, const struct memory *m, uint64_t at, uint64_t type)
{
	if (type == 0) {
		assert_int_equal(get(m, at + 2, 1), n->lapics);
		assert_int_equal(get(m, at + 3, 1), n->lapics++);
		assert_int_equal(get(m, at + 4, 4), 1);
	} else if (type == 9) {
		assert_int_equal(get(m, at + 4, 4), 255 + n->x2apics);
		assert_int_equal(get(m, at + 8, 4), 1);
		assert_int_equal(get(m, at + 12, 4), 255 + n->x2apics++);
	} else if (type == 1) {
		n->ioapics++;
		assert_int_equal(get(m, at + 4, 8), LAYOUT_IOAPIC); /* GSI base 0 above it */
	} else if (type == 2) {
		n->overrides++;
		assert_int_equal(get(m, at + 2, 2), LAYOUT_IRQ_SCI << 8);
		assert_int_equal(get(m, at + 4, 4), LAYOUT_IRQ_SCI);
		assert_int_equal(get(m, at + 8, 2), 0xd); /* active high, level */
	} else if (type == 4) {
		n->nmis++;
		assert_int_equal(get(m, at + 2, 4), 0x010000ff);
	} else if (type == 10) {
		n->x2apic_nmis++;
		assert_int_equal(get(m, at + 4, 5), 0x1ffffffff);
	} else {
		fail_msg("MADT entry type %u", (unsigned)type);
	}
}

static void check_madt(unsigned vcpus)
{
	static const uint8_t size[] = { [0] = 8, [1] = 12, [2] = 10, [4] = 6, [9] = 16, [10] = 12 };
	struct tables t = build(vcpus, LAYOUT_VIRTIO_MAX, true);
	uint64_t length = check_table(t.m, t.madt, "APIC", 5), at = 44;
	struct madt n = { 0 };

	assert_int_equal(get(t.m, t.madt + 36, 4), LAYOUT_LAPIC);
	assert_int_equal(get(t.m, t.madt + 40, 4), 1);
	while (at < length) {
		uint64_t type = get(t.m, t.madt + at, 1);

		assert_in_range(type, 0, 10);
		assert_int_equal(get(t.m, t.madt + at + 1, 1), size[type]);
		madt_entry(&n, t.m, t.madt + at, type);
		at += size[type];
	}
	assert_int_equal(at, length);
	assert_int_equal(n.lapics, vcpus < 255 ? vcpus : 255);
	assert_int_equal(n.x2apics, vcpus < 255 ? 0 : vcpus - 255);
	assert_int_equal(n.ioapics, 1);
	assert_int_equal(n.overrides, 1);
	assert_int_equal(n.nmis, 1);
	assert_int_equal(n.x2apic_nmis, vcpus > 255);
	mem_destroy(t.m);
}

static void test_madt(void **state)
{
	static const unsigned vcpus[] = { 1, 2, 254, 255, 256 };

	for (size_t i = 0; i < sizeof(vcpus) / sizeof(vcpus[0]); i++)
		check_madt(vcpus[i]);
}

static void test_limits(void **state)
{
	struct acpi_config c = { 1, 0, false };
	struct memory *m;
	gpa_t rsdp = gpa(1);

	assert_int_equal(mem_create(&m, LAYOUT_ACPI, false), 0);
	assert_int_equal(acpi_build(m, &c, &rsdp), -EFAULT);
	c.vcpus = 0;
	assert_int_equal(acpi_build(m, &c, &rsdp), -EINVAL);
	c.vcpus = LAYOUT_MAX_VCPUS + 1;
	assert_int_equal(acpi_build(m, &c, &rsdp), -E2BIG);
	c = (struct acpi_config){ 1, LAYOUT_VIRTIO_MAX + 1, false };
	assert_int_equal(acpi_build(m, &c, &rsdp), -E2BIG);
	assert_int_equal(rsdp.v, 1);
	mem_destroy(m);
}

static void test_dsdt_devices(void **state)
{
	struct tables none = build(1, 0, false), t = build(1, 2, true);
	const uint8_t s5[] = { 0x08, '\\', '_', 'S', '5', '_', 0x12, 8, 4, 0x0a, 5, 0x0a, 5, 0, 0 };
	const uint8_t v001[] = {
		0x5b, 0x82, 0x3a, 'V', '0', '0', '1',
		0x08, '_', 'H', 'I', 'D', 0x0d, 'L', 'N', 'R', 'O', '0', '0', '0', '5', 0,
		0x08, '_', 'U', 'I', 'D', 1,
		0x08, '_', 'C', 'R', 'S', 0x11, 0x1a, 0x0a, 0x17,
		0x86, 9, 0, 1, 0x00, 0x10, 0x00, 0xd0, 0x00, 0x10, 0, 0,
		0x89, 6, 0, 1, 1, 17, 0, 0, 0, 0x79, 0,
	};
	uint64_t length = get(t.m, t.dsdt + 4, 4);

	assert_memory_equal(mem_ptr(t.m, gpa(t.dsdt + 36), sizeof(s5)), s5, sizeof(s5));
	assert_memory_equal(mem_ptr(t.m, gpa(t.dsdt + length - sizeof(v001)), sizeof(v001)), v001,
			    sizeof(v001));
	/* without devices: \_S5 and an empty scope (op, length, \_SB_) */
	assert_int_equal(get(none.m, none.dsdt + 4, 4), 36 + sizeof(s5) + 7);
	mem_destroy(none.m);
	mem_destroy(t.m);
}

/* --- the reference compiler ------------------------------------------------------ */

static void dump(const struct tables *t, uint64_t addr, const char *dir, const char *name)
{
	uint64_t length = get(t->m, addr + 4, 4);
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.dat", dir, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(mem_ptr(t->m, gpa(addr), length), 1, length, f), length);
	assert_int_equal(fclose(f), 0);
}

/* iasl must take each table apart without complaint, and its source compile without one. */
static void check_iasl(const char *dir, const char *name)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "cd %s && iasl -d %s.dat >log 2>&1 && ! grep -iE 'warning|error|invalid' log &&"
		 " iasl -p again %s.dsl >log 2>&1 && grep -q '0 Errors, 0 Warnings, 0 Remarks' log",
		 dir, name, name);
	if (system(command) != 0)
		fail_msg("iasl complains about %s: see %s/log", name, dir);
}

static void test_iasl(void **state)
{
	char dir[] = "/tmp/test_acpi.XXXXXX", command[64];
	struct tables t;

	if (system("command -v iasl >/dev/null") != 0) {
		print_message("skipped: needs iasl (package acpica-tools)\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	t = build(LAYOUT_MAX_VCPUS, LAYOUT_VIRTIO_MAX, true);
	dump(&t, t.dsdt, dir, "dsdt");
	dump(&t, t.fadt, dir, "facp");
	dump(&t, t.madt, dir, "apic");
	dump(&t, t.xsdt, dir, "xsdt");
	dump(&t, t.facs, dir, "facs");
	check_iasl(dir, "dsdt");
	check_iasl(dir, "facp");
	check_iasl(dir, "apic");
	check_iasl(dir, "xsdt");
	check_iasl(dir, "facs");
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	mem_destroy(t.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pointers),       cmocka_unit_test(test_fadt),
		cmocka_unit_test(test_madt),	       cmocka_unit_test(test_limits),
		cmocka_unit_test(test_dsdt_devices),   cmocka_unit_test(test_iasl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
