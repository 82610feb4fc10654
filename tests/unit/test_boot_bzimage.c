/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading bzImages: what a good one becomes in guest RAM, and every bad one refused. */
#include "tests/unit/test_boot.h"

#define INITRD_SIZE 5000u

static struct file good(void)
{
	const struct setup_header h = bz_header(BZ_CODE);

	return bz_build(&h, BZ_CODE, NULL, 0);
}

static void test_entry_and_code(void **state)
{
	struct file f = good();
	struct boot_request r = request(&f);
	struct memory *m = ram(64 * MIB);
	struct boot_entry e;
	struct diag d;

	assert_int_equal(boot_load(&e, m, &r, &d), 0);
	assert_int_equal(e.mode, BOOT_LONG64);
	assert_int_equal(e.rip.v, LAYOUT_KERNEL + 0x200);
	assert_int_equal(e.arg, LAYOUT_ZERO_PAGE);
	assert_memory_equal(mem_ptr(m, gpa(LAYOUT_KERNEL), BZ_CODE), f.data + BZ_SETUP, BZ_CODE);
	assert_string_equal(mem_ptr(m, gpa(LAYOUT_CMDLINE), 16), "console=ttyS0");
	mem_destroy(m);
	free(f.data);
}

static void test_zero_page(void **state)
{
	struct file f = good();
	struct boot_request r = request(&f);
	struct memory *m = ram(64 * MIB);
	struct boot_params p;
	struct boot_entry e;

	assert_int_equal(boot_load(&e, m, &r, NULL), 0);
	assert_int_equal(mem_read(m, gpa(LAYOUT_ZERO_PAGE), &p, sizeof(p)), 0);
	assert_int_equal(p.hdr.header, 0x53726448);
	assert_int_equal(p.hdr.version, 0x020f);
	assert_int_equal(p.hdr.init_size, 0x800000);
	assert_int_equal(p.hdr.kernel_info_offset, 0); /* the image's header ends before it */
	assert_int_equal(p.hdr.type_of_loader, 0xff);
	assert_int_equal(p.hdr.loadflags, LOADED_HIGH); /* and no heap */
	assert_int_equal(p.hdr.code32_start, LAYOUT_KERNEL);
	assert_int_equal(p.hdr.cmd_line_ptr, LAYOUT_CMDLINE);
	assert_int_equal(p.hdr.setup_data, 0);
	assert_int_equal(p.hdr.ramdisk_image, 0);
	assert_int_equal(p.hdr.ramdisk_size, 0);
	assert_int_equal(p.acpi_rsdp_addr, LAYOUT_ACPI);
	assert_int_equal(p.sentinel, 0);
	assert_int_equal(p.e820_entries, 5);
	assert_int_equal(p.e820_table[2].addr, MIB);
	assert_int_equal(p.e820_table[2].size, 63 * MIB);
	assert_int_equal(p.e820_table[2].type, 1);
	mem_destroy(m);
	free(f.data);
}

/* Loads with an initrd; returns where the zero page says it is. */
static uint64_t initrd_at(const struct setup_header *h, uint64_t ram_size, uint32_t size, int err)
{
	struct file f = bz_build(h, BZ_CODE, NULL, 0);
	struct boot_request r = request(&f);
	struct memory *m = ram(ram_size);
	uint8_t *initrd = malloc(size);
	struct boot_params p = { 0 };
	struct boot_entry e;
	struct diag d;
	uint64_t at;

	memset(initrd, 0x5a, size);
	r.initrd = initrd;
	r.initrd_size = size;
	assert_int_equal(boot_load(&e, m, &r, &d), err);
	if (err)
		assert_string_equal(d.object, "initrd.img");
	mem_read(m, gpa(LAYOUT_ZERO_PAGE), &p, sizeof(p));
	at = p.hdr.ramdisk_image | (uint64_t)p.ext_ramdisk_image << 32;
	if (!err) {
		assert_int_equal(p.hdr.ramdisk_size, size);
		assert_memory_equal(mem_ptr(m, gpa(at), size), initrd, size);
	}
	free(initrd);
	mem_destroy(m);
	free(f.data);
	return at;
}

static void test_initrd_place(void **state)
{
	struct setup_header h = bz_header(BZ_CODE);

	assert_int_equal(initrd_at(&h, 64 * MIB, INITRD_SIZE, 0), 64 * MIB - 0x2000);
	assert_int_equal(initrd_at(&h, 64 * MIB, 0x2000, 0), 64 * MIB - 0x2000);
	/* initrd_addr_max is the last address that it may use */
	assert_int_equal(initrd_at(&h, 3 * GIB, INITRD_SIZE, 0), 2 * GIB - 0x2000);
	assert_int_equal(initrd_at(&h, 3 * GIB, 0x2000, 0), 2 * GIB - 0x2000);
	h.initrd_addr_max = 0x37ffffff;
	assert_int_equal(initrd_at(&h, GIB, INITRD_SIZE, 0), 0x38000000 - 0x2000);
	/* the flag lifts the limit, not the preference for RAM below 4 GiB */
	h.xloadflags |= XLF_CAN_BE_LOADED_ABOVE_4G;
	assert_int_equal(initrd_at(&h, 4 * GIB, INITRD_SIZE, 0), LAYOUT_HOLE - 0x2000);
}

static void test_initrd_room(void **state)
{
	struct setup_header h = bz_header(BZ_CODE);

	/* the kernel needs [16 MiB, 24 MiB) */
	assert_int_equal(initrd_at(&h, 32 * MIB, 8 * MIB, 0), 24 * MIB);
	initrd_at(&h, 32 * MIB, 8 * MIB + 1, -E2BIG);
	/* above 4 GiB when the kernel takes nearly all below, and then only with the flag */
	h.pref_address = LAYOUT_HOLE - h.init_size - 0x1000;
	initrd_at(&h, 4 * GIB, INITRD_SIZE, -E2BIG);
	h.xloadflags |= XLF_CAN_BE_LOADED_ABOVE_4G;
	assert_int_equal(initrd_at(&h, 4 * GIB, INITRD_SIZE, 0), 5 * GIB - 0x2000);
}

static void test_initrd_message(void **state)
{
	struct file f = good();
	struct boot_request r = request(&f);
	struct memory *m = ram(64 * MIB);
	uint8_t *initrd = calloc(1, 100 * MIB);
	struct boot_entry e;
	struct diag d;

	r.initrd = initrd;
	r.initrd_size = 100 * MIB;
	assert_int_equal(boot_load(&e, m, &r, &d), -E2BIG);
	assert_string_equal(d.object, "initrd.img");
	assert_non_null(strstr(d.reason, "100.0 MiB"));
	assert_non_null(strstr(d.reason, "64.0 MiB"));
	assert_non_null(strstr(d.hint, "-m"));
	free(initrd);
	mem_destroy(m);
	free(f.data);
}

static void test_cmdline_limit(void **state)
{
	struct file f = good();
	struct boot_request r = request(&f);
	struct memory *m = ram(64 * MIB);
	struct boot_entry e;
	struct diag d;
	char line[2049];

	memset(line, 'x', sizeof(line));
	line[2047] = '\0';
	r.cmdline = line;
	assert_int_equal(boot_load(&e, m, &r, &d), 0);
	assert_string_equal(mem_ptr(m, gpa(LAYOUT_CMDLINE), 2048), line);
	line[2047] = 'x';
	line[2048] = '\0';
	assert_int_equal(boot_load(&e, m, &r, &d), -E2BIG);
	assert_non_null(strstr(d.reason, "2048 bytes"));
	assert_non_null(strstr(d.reason, "2047"));
	mem_destroy(m);
	free(f.data);
}

static void test_truncated(void **state)
{
	struct file f = good();
	char promise[64];

	snprintf(promise, sizeof(promise), "%zu bytes, its header promises %u", f.size - 16,
		 BZ_SETUP + BZ_CODE);
	/* Every length down to where it is no bzImage any more, without reading beyond it. */
	for (size_t n = f.size - 16; n >= 0x208; n -= n > 0x300 ? 16 : 1) {
		struct file cut = file_copy(f.data, n);

		expect_load(&cut, 64 * MIB, -ENOEXEC, n == f.size - 16 ? promise : "truncated");
		free(cut.data);
	}
	for (size_t n = 0; n < 0x208; n += 13) {
		struct file cut = file_copy(f.data, n);

		expect_load(&cut, 64 * MIB, -ENOEXEC, n ? "not a bzImage" : "empty");
		free(cut.data);
	}
	free(f.data);
}

static void test_text_file(void **state)
{
	struct file f = file_copy("#!/bin/sh\necho this is no kernel\n", 33);

	expect_load(&f, 64 * MIB, -ENOEXEC, "not a bzImage or ELF kernel");
	free(f.data);
}

/* One field broken at a time. */
static void expect_header(struct setup_header h, uint64_t size, int err, const char *reason)
{
	struct file f = bz_build(&h, BZ_CODE, NULL, 0);

	expect_load(&f, size, err, reason);
	free(f.data);
}

#define WITH(field, value) ({ \
	struct setup_header h_ = bz_header(BZ_CODE); \
	h_.field = (value); \
	h_; \
})

static void test_hostile_header(void **state)
{
	expect_header(bz_header(BZ_CODE), 64 * MIB, 0, NULL);
	expect_header(WITH(setup_sects, 255), 64 * MIB, -ENOEXEC, "promises");
	expect_header(WITH(setup_sects, 0), 64 * MIB, -ENOEXEC, "promises"); /* means 4 */
	expect_header(WITH(syssize, UINT32_MAX), 64 * MIB, -ENOEXEC, "promises 68719478768");
	expect_header(WITH(version, 0x020b), 64 * MIB, -ENOEXEC, "protocol 2.11");
	expect_header(WITH(xloadflags, 0), 64 * MIB, -ENOEXEC, "32-bit");
	expect_header(WITH(loadflags, 0), 64 * MIB, -ENOEXEC, "zImage");
	expect_header(WITH(kernel_alignment, 3), 64 * MIB, -ENOEXEC, "power of two");
	expect_header(WITH(payload_offset, UINT32_MAX), 64 * MIB, -ENOEXEC, "payload");
	expect_header(WITH(payload_length, BZ_CODE - BZ_PAYLOAD + 1), 64 * MIB, -ENOEXEC,
		      "payload");
	expect_header(WITH(pref_address, UINT64_MAX - 5), 64 * MIB, -ENOEXEC, "wraps");
	expect_header(WITH(pref_address, 1ull << 62), 64 * MIB, -E2BIG, "64.0 MiB");
	expect_header(WITH(init_size, UINT32_MAX), 64 * MIB, -E2BIG, "needs 4112.0 MiB");
	expect_header(WITH(kernel_alignment, 1u << 31), 64 * MIB, -E2BIG, "needs 2056.0 MiB");
	expect_header(WITH(cmdline_size, 3), 64 * MIB, -E2BIG, NULL);
	expect_header(WITH(kernel_alignment, 0), 64 * MIB, 0, NULL);
}

static void test_little_ram(void **state)
{
	expect_header(bz_header(BZ_CODE), 24 * MIB, 0, NULL);
	expect_header(bz_header(BZ_CODE), 24 * MIB - 0x1000, -E2BIG, "needs 24.0 MiB");
	expect_header(bz_header(BZ_CODE), 0x1000, -E2BIG, "4096 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry_and_code), cmocka_unit_test(test_zero_page),
		cmocka_unit_test(test_initrd_place),   cmocka_unit_test(test_initrd_room),
		cmocka_unit_test(test_initrd_message), cmocka_unit_test(test_cmdline_limit),
		cmocka_unit_test(test_truncated),      cmocka_unit_test(test_text_file),
		cmocka_unit_test(test_hostile_header), cmocka_unit_test(test_little_ram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
