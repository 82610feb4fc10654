/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Synthetic kernels for the boot tests: small files that are right in every field,
 * for a test to break one. Buffers are allocated to the byte so that ASan sees any
 * access beyond the file.
 */
#ifndef TEST_BOOT_H
#define TEST_BOOT_H

#include <asm/bootparam.h>
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vmm/boot/image.h"
#include "vmm/layout.h"
#include "vmm/memory.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

struct file {
	uint8_t *data;
	size_t size;
};

static inline struct file file_copy(const void *p, size_t n)
{
	struct file f = { malloc(n ? n : 1), n };

	assert_non_null(f.data);
	if (n)
		memcpy(f.data, p, n);
	return f;
}

/* --- bzImage -------------------------------------------------------------------- */

#define BZ_SECTS   3u
#define BZ_SETUP   ((BZ_SECTS + 1) * 512u)
#define BZ_HEADER  0x1f1u
#define BZ_CODE    0x1000u /* bytes of protected-mode code, payload at its end */
#define BZ_PAYLOAD 0x400u  /* payload_offset without a payload of the test's own */

/* The header of a relocatable 64-bit kernel of protocol 2.15 with code bytes of code. */
static inline struct setup_header bz_header(size_t code)
{
	return (struct setup_header){
		.setup_sects = BZ_SECTS,
		.syssize = (uint32_t)((code + 15) / 16),
		.boot_flag = 0xaa55,
		.jump = 0x66eb, /* header ends at 0x268 */
		.header = 0x53726448,
		.version = 0x020f,
		.loadflags = LOADED_HIGH | CAN_USE_HEAP,
		.setup_data = 0x1234, /* the loader must not pass these on */
		.ramdisk_image = 0x5678,
		.ramdisk_size = 0x9abc,
		.initrd_addr_max = 0x7fffffff,
		.kernel_alignment = 0x200000,
		.relocatable_kernel = 1,
		.xloadflags = XLF_KERNEL_64,
		.cmdline_size = 2047,
		.payload_offset = BZ_PAYLOAD,
		.payload_length = (uint32_t)code - BZ_PAYLOAD,
		.pref_address = 0x1000000,
		.init_size = 0x800000,
		.kernel_info_offset = 0xdead, /* beyond the header's end */
	};
}

/* A file with that header; code byte i holds i & 0xff, a payload overwrites its end. */
static inline struct file bz_build(const struct setup_header *h, size_t code, const void *payload,
				   size_t payload_size)
{
	struct file f = { calloc(1, BZ_SETUP + code), BZ_SETUP + code };

	assert_non_null(f.data);
	for (size_t i = 0; i < code; i++)
		f.data[BZ_SETUP + i] = (uint8_t)i;
	memcpy(f.data + BZ_HEADER, h, sizeof(*h));
	if (payload_size)
		memcpy(f.data + BZ_SETUP + code - payload_size, payload, payload_size);
	return f;
}

/* --- ELF ------------------------------------------------------------------------- */

#define ELF_ADDR    0x200000ull
#define ELF_FILESZ  0x800ull
#define ELF_MEMSZ   0x3000ull
#define ELF_ENTRY   (ELF_ADDR + 0x40)
#define ELF_DATA    0x1000ull /* file offset of the segment */
#define ELF_NOTES   0x200ull  /* file offset of the notes */
#define ELF_SIZE    (ELF_DATA + ELF_FILESZ)

struct elf_file {
	Elf64_Ehdr h;
	Elf64_Phdr load, note;
	uint8_t notes[256];
};

/* One loadable segment, no note. */
static inline struct elf_file elf_good(void)
{
	return (struct elf_file){
		.h = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
			.e_entry = ELF_ENTRY, .e_phoff = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2,
		},
		.load = {
			.p_type = PT_LOAD, .p_offset = ELF_DATA, .p_paddr = ELF_ADDR,
			.p_vaddr = 0xffffffff80000000 + ELF_ADDR,
			.p_filesz = ELF_FILESZ, .p_memsz = ELF_MEMSZ,
		},
		.note = { .p_type = PT_NULL },
	};
}

/* Appends a note at *used in a 4-byte-aligned list. */
static inline void elf_add_note(struct elf_file *e, const char *owner, uint32_t type,
				const void *desc, uint32_t size)
{
	size_t at = e->note.p_filesz;
	const Elf64_Nhdr n = { (uint32_t)strlen(owner) + 1, size, type };

	e->note = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = ELF_NOTES, .p_align = 4,
				.p_filesz = at };
	memcpy(e->notes + at, &n, sizeof(n));
	at += sizeof(n);
	memcpy(e->notes + at, owner, n.n_namesz);
	at += (n.n_namesz + 3) & ~3u;
	memcpy(e->notes + at, desc, size);
	e->note.p_filesz = at + ((size + 3) & ~3u);
}

/* A file with those headers; segment byte i holds i & 0xff. */
static inline struct file elf_build(const struct elf_file *e)
{
	struct file f = { calloc(1, ELF_SIZE), ELF_SIZE };

	assert_non_null(f.data);
	memcpy(f.data, &e->h, sizeof(e->h));
	memcpy(f.data + sizeof(e->h), &e->load, sizeof(e->load));
	memcpy(f.data + sizeof(e->h) + sizeof(e->load), &e->note, sizeof(e->note));
	memcpy(f.data + ELF_NOTES, e->notes, sizeof(e->notes));
	for (size_t i = 0; i < ELF_FILESZ; i++)
		f.data[ELF_DATA + i] = (uint8_t)i;
	return f;
}

/* --- a guest -------------------------------------------------------------------- */

static inline struct memory *ram(uint64_t size)
{
	struct memory *m = NULL;

	assert_int_equal(mem_create(&m, size, false), 0);
	return m;
}

static inline struct boot_request request(const struct file *kernel)
{
	return (struct boot_request){
		.kernel = kernel->data, .kernel_size = kernel->size, .kernel_name = "vmlinuz",
		.initrd_name = "initrd.img", .cmdline = "console=ttyS0",
		.rsdp = { LAYOUT_ACPI },
	};
}

/* Loads f into size bytes of RAM and expects err, with reason (unless NULL) in the message. */
static inline void expect_load(const struct file *f, uint64_t size, int err, const char *reason)
{
	const struct boot_request r = request(f);
	struct boot_entry entry = { .rip = { 1 } };
	struct memory *m = ram(size);
	struct diag d = { 0 };

	assert_int_equal(boot_load(&entry, m, &r, &d), err);
	if (reason && !strstr(d.reason, reason))
		fail_msg("\"%s\" does not say \"%s\"", d.reason, reason);
	if (err) {
		if (!strstr(d.reason, "this kernel takes at most"))
			assert_string_equal(d.object, "vmlinuz");
		assert_int_equal(entry.rip.v, 1);
	}
	mem_destroy(m);
}

#endif
