/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading ELF kernels: by PVH, in long mode, and hostile ones refused. */
#include "tests/unit/test_boot.h"
#include "vmm/boot/elf_image.h"

#define PHYS32_ENTRY 18

/* hvm_start_info, by offset (Xen public/arch-x86/hvm/start_info.h). */
static uint32_t start32(const struct memory *m, uint64_t offset)
{
	uint32_t v = 0xffffffff;

	mem_read(m, gpa(LAYOUT_PVH_START_INFO + offset), &v, sizeof(v));
	return v;
}

static uint64_t read64(const struct memory *m, uint64_t addr)
{
	uint64_t v = UINT64_MAX;

	mem_read(m, gpa(addr), &v, sizeof(v));
	return v;
}

static struct elf_file pvh(uint64_t entry, uint32_t size)
{
	struct elf_file e = elf_good();

	elf_add_note(&e, "Linux", PHYS32_ENTRY, "other owner", 11);
	elf_add_note(&e, "Xen", 6, "other type", 10);
	elf_add_note(&e, "Xen", PHYS32_ENTRY, &entry, size);
	return e;
}

static void test_pvh(void **state)
{
	static const uint8_t initrd[] = "initrd";
	struct elf_file e = pvh(ELF_ADDR + 0x10, 8);
	struct file f = elf_build(&e);
	struct boot_request r = request(&f);
	struct memory *m = ram(64 * MIB);
	struct boot_entry entry;
	uint64_t module, memmap;

	r.initrd = initrd;
	r.initrd_size = sizeof(initrd);
	assert_int_equal(boot_load(&entry, m, &r, NULL), 0);
	assert_int_equal(entry.mode, BOOT_PVH);
	assert_int_equal(entry.rip.v, ELF_ADDR + 0x10);
	assert_int_equal(entry.arg, LAYOUT_PVH_START_INFO);
	assert_memory_equal(mem_ptr(m, gpa(ELF_ADDR), ELF_FILESZ), f.data + ELF_DATA, ELF_FILESZ);
	assert_int_equal(start32(m, 0), 0x336ec578);
	assert_int_equal(start32(m, 4), 1);
	assert_int_equal(start32(m, 8), 0);
	assert_int_equal(start32(m, 12), 1);
	module = read64(m, LAYOUT_PVH_START_INFO + 16);
	assert_int_equal(read64(m, module), 64 * MIB - 0x1000);
	assert_int_equal(read64(m, module + 8), sizeof(initrd));
	assert_memory_equal(mem_ptr(m, gpa(64 * MIB - 0x1000), 7), initrd, sizeof(initrd));
	assert_int_equal(read64(m, LAYOUT_PVH_START_INFO + 24), LAYOUT_CMDLINE);
	assert_int_equal(read64(m, LAYOUT_PVH_START_INFO + 32), LAYOUT_ACPI);
	memmap = read64(m, LAYOUT_PVH_START_INFO + 40);
	assert_int_equal(start32(m, 48), 5);
	assert_int_equal(read64(m, memmap + 2 * 24), MIB);
	assert_int_equal(read64(m, memmap + 2 * 24 + 8), 63 * MIB);
	assert_int_equal(read64(m, memmap + 2 * 24 + 16), 1);
	mem_destroy(m);
	free(f.data);
}

static void test_pvh_without_initrd(void **state)
{
	struct elf_file e = pvh(ELF_ADDR, 4);
	struct file f = elf_build(&e);
	struct boot_request r = request(&f);
	struct memory *m = ram(64 * MIB);
	struct boot_entry entry;

	assert_int_equal(boot_load(&entry, m, &r, NULL), 0);
	assert_int_equal(entry.mode, BOOT_PVH);
	assert_int_equal(entry.rip.v, ELF_ADDR);
	assert_int_equal(start32(m, 12), 0);
	assert_int_equal(read64(m, LAYOUT_PVH_START_INFO + 16), 0);
	mem_destroy(m);
	free(f.data);
}

static void test_long64(void **state)
{
	struct elf_file e = elf_good();
	struct file f = elf_build(&e);
	struct boot_request r = request(&f);
	struct memory *m = ram(4 * MIB);
	struct boot_params p;
	struct boot_entry entry;

	assert_int_equal(boot_load(&entry, m, &r, NULL), 0);
	assert_int_equal(entry.mode, BOOT_LONG64);
	assert_int_equal(entry.rip.v, ELF_ENTRY);
	assert_int_equal(entry.arg, LAYOUT_ZERO_PAGE);
	assert_int_equal(mem_read(m, gpa(LAYOUT_ZERO_PAGE), &p, sizeof(p)), 0);
	assert_int_equal(p.hdr.header, 0x53726448);
	assert_int_equal(p.hdr.boot_flag, 0xaa55);
	assert_int_equal(p.hdr.cmd_line_ptr, LAYOUT_CMDLINE);
	assert_int_equal(p.e820_table[2].size, 3 * MIB);
	mem_destroy(m);
	free(f.data);
}

static void expect_elf(struct elf_file e, int err, const char *reason)
{
	struct file f = elf_build(&e);

	expect_load(&f, 64 * MIB, err, reason);
	free(f.data);
}

#define WITH(field, value) ({ \
	struct elf_file e_ = elf_good(); \
	e_.field = (value); \
	e_; \
})

static void test_hostile_header(void **state)
{
	expect_elf(elf_good(), 0, NULL);
	expect_elf(WITH(h.e_ident[EI_CLASS], ELFCLASS32), -ENOEXEC, "not for x86-64");
	expect_elf(WITH(h.e_ident[EI_DATA], ELFDATA2MSB), -ENOEXEC, "not for x86-64");
	expect_elf(WITH(h.e_machine, EM_AARCH64), -ENOEXEC, "not for x86-64");
	expect_elf(WITH(h.e_type, ET_REL), -ENOEXEC, "not an executable");
	expect_elf(WITH(h.e_phnum, 0), -ENOEXEC, "0 program headers");
	expect_elf(WITH(h.e_phnum, PN_XNUM), -ENOEXEC, "65535 program headers");
	expect_elf(WITH(h.e_phnum, 1000), -ENOEXEC, "truncated");
	expect_elf(WITH(h.e_phentsize, 55), -ENOEXEC, "of 55 bytes");
	expect_elf(WITH(h.e_phoff, UINT64_MAX - 10), -ENOEXEC, "program headers are at");
	expect_elf(WITH(h.e_phoff, ELF_SIZE - 111), -ENOEXEC, "program headers are at");
	expect_elf(WITH(h.e_entry, ELF_ADDR + ELF_FILESZ), -ENOEXEC, "ELF entry point 0x200800");
	expect_elf(WITH(h.e_entry, ELF_ADDR - 1), -ENOEXEC, "ELF entry point");
	expect_elf(WITH(load.p_type, PT_NULL), -ENOEXEC, "ELF entry point");
}

static void test_hostile_segment(void **state)
{
	expect_elf(WITH(load.p_filesz, ELF_FILESZ + 1), -ENOEXEC, "promise 6145");
	expect_elf(WITH(load.p_filesz, ELF_MEMSZ + 1), -ENOEXEC, "truncated");
	expect_elf(WITH(load.p_memsz, ELF_FILESZ - 1), -ENOEXEC, "damaged ELF");
	expect_elf(WITH(load.p_offset, UINT64_MAX - ELF_FILESZ + 1), -ENOEXEC, "truncated");
	expect_elf(WITH(load.p_offset, UINT64_MAX), -ENOEXEC, "truncated");
	expect_elf(WITH(load.p_paddr, UINT64_MAX - ELF_MEMSZ + 1), -ENOEXEC, "damaged ELF");
	expect_elf(WITH(load.p_memsz, UINT64_MAX), -ENOEXEC, "damaged ELF");
	expect_elf(WITH(load.p_memsz, 64 * MIB), -E2BIG, "64.0 MiB of guest RAM");
	expect_elf(WITH(load.p_memsz, 62 * MIB), 0, NULL);
	expect_elf(WITH(load.p_memsz, 62 * MIB + 1), -E2BIG, "does not fit");
}

static void test_segment_address(void **state)
{
	struct elf_file e = elf_good();

	e.load.p_paddr = LAYOUT_ZERO_PAGE;
	e.h.e_entry = LAYOUT_ZERO_PAGE;
	expect_elf(e, -ENOEXEC, "in the first MiB");
	e.load.p_paddr = 5 * GIB;
	e.h.e_entry = 5 * GIB;
	expect_elf(e, -ENOEXEC, "below 4 GiB");
	e.load.p_paddr = LAYOUT_HOLE;
	e.h.e_entry = LAYOUT_HOLE;
	expect_elf(e, -E2BIG, "does not fit");
}

static void test_truncated(void **state)
{
	struct elf_file e = pvh(ELF_ENTRY, 8);
	struct file f = elf_build(&e);

	for (size_t n = SELFMAG; n < f.size; n += n < ELF_DATA ? 7 : 511) {
		struct file cut = file_copy(f.data, n);

		expect_load(&cut, 64 * MIB, -ENOEXEC, "truncated ELF file");
		free(cut.data);
	}
	free(f.data);
}

static void test_pvh_entry_outside(void **state)
{
	expect_elf(pvh(ELF_ADDR + ELF_FILESZ, 4), -ENOEXEC, "PVH entry point");
	expect_elf(pvh(ELF_ENTRY | 1ull << 40, 8), -ENOEXEC, "PVH entry point");
}

static void test_many_segments(void **state)
{
	const size_t n = ELF_MAX_SEGMENTS + 1, size = sizeof(Elf64_Ehdr) + n * sizeof(Elf64_Phdr);
	struct elf_file e = elf_good();
	struct file f = { calloc(1, size), size };
	Elf64_Phdr *p = (Elf64_Phdr *)(f.data + sizeof(Elf64_Ehdr));

	e.h.e_phnum = (uint16_t)n;
	memcpy(f.data, &e.h, sizeof(e.h));
	for (size_t i = 0; i < n; i++)
		p[i] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_paddr = ELF_ADDR, .p_filesz = 0x80,
				     .p_memsz = 0x80 };
	expect_load(&f, 64 * MIB, -ENOEXEC, "more than 32");
	p[0].p_type = PT_NULL;
	expect_load(&f, 64 * MIB, 0, NULL);
	free(f.data);
}

/* The note parser alone, on buffers that end exactly where they say. */
static bool find(const void *notes, size_t size, uint64_t align, uint64_t *entry)
{
	struct file f = file_copy(notes, size);
	bool found = elf_pvh_note(entry, f.data, f.size, align);

	free(f.data);
	return found;
}

static void test_note_bounds(void **state)
{
	struct {
		Elf64_Nhdr h;
		char owner[4];
		uint64_t desc;
	} n = { { 4, 8, PHYS32_ENTRY }, "Xen", 0x1122334455667788 };
	uint64_t entry = 0;

	/* 12 bytes of header + 4 of owner: the descriptor is 8-aligned either way */
	assert_true(find(&n, sizeof(n), 4, &entry));
	assert_int_equal(entry, 0x1122334455667788);
	assert_true(find(&n, sizeof(n), 8, &entry));
	n.h.n_descsz = 4;
	assert_true(find(&n, sizeof(n), 4, &entry));
	assert_int_equal(entry, 0x55667788);
	n.h.n_descsz = 7;
	assert_false(find(&n, sizeof(n), 4, &entry));
	n.h.n_descsz = 8;
	for (size_t size = 0; size < sizeof(n); size++)
		assert_false(find(&n, size, 4, &entry));
	n.h.n_descsz = UINT32_MAX;
	assert_false(find(&n, sizeof(n), 4, &entry));
	n.h.n_descsz = 8;
	n.h.n_namesz = UINT32_MAX;
	assert_false(find(&n, sizeof(n), 4, &entry));
	assert_false(find(&n, sizeof(n), 8, &entry));
}

/* A note with an 8-byte-aligned list: the second one is found only by honouring p_align. */
static void test_note_align(void **state)
{
	struct {
		Elf64_Nhdr first;
		char first_owner[4];
		uint32_t first_desc, pad;
		Elf64_Nhdr second;
		char owner[4];
		uint32_t desc, pad2;
	} n = { { 4, 4, 1 }, "GNU", 7, 0, { 4, 4, PHYS32_ENTRY }, "Xen", 0x100000, 0 };
	uint64_t entry = 0;

	assert_true(find(&n, sizeof(n), 8, &entry));
	assert_int_equal(entry, 0x100000);
	assert_false(find(&n, sizeof(n), 4, &entry));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pvh),
		cmocka_unit_test(test_pvh_without_initrd),
		cmocka_unit_test(test_long64),
		cmocka_unit_test(test_hostile_header),
		cmocka_unit_test(test_hostile_segment),
		cmocka_unit_test(test_segment_address),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_pvh_entry_outside),
		cmocka_unit_test(test_many_segments),
		cmocka_unit_test(test_note_bounds),
		cmocka_unit_test(test_note_align),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
