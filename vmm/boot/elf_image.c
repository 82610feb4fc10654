/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF64 headers of a kernel, none of them trusted (System V ABI, chapters 4 and 5). */
#include "vmm/boot/elf_image.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#define HINT_AGAIN "copy or build the kernel again"

bool elf_probe(const void *file, size_t size)
{
	return size >= SELFMAG && !memcmp(file, ELFMAG, SELFMAG);
}

static int check_header(const Elf64_Ehdr *h, const char *name, struct diag *d)
{
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB ||
	    h->e_machine != EM_X86_64)
		return diag_set(d, -ENOEXEC, name, "give an amd64 kernel",
				"an ELF file, but not for x86-64");
	if (h->e_type != ET_EXEC && h->e_type != ET_DYN)
		return diag_set(d, -ENOEXEC, name, "object files and cores cannot be booted",
				"an ELF file, but not an executable");
	if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum == 0 || h->e_phnum == PN_XNUM)
		return diag_set(d, -ENOEXEC, name, HINT_AGAIN,
				"damaged ELF header: %u program headers of %u bytes", h->e_phnum,
				h->e_phentsize);
	return 0;
}

static int add_segment(struct elf_image *e, const Elf64_Phdr *p, const uint8_t *file,
		       const char *name, struct diag *d)
{
	uint64_t end;

	if (p->p_memsz == 0)
		return 0;
	if (p->p_filesz > p->p_memsz || __builtin_add_overflow(p->p_paddr, p->p_memsz, &end))
		return diag_set(d, -ENOEXEC, name, HINT_AGAIN,
				"damaged ELF: segment of %#llx bytes (%#llx in the file) at %#llx",
				(unsigned long long)p->p_memsz, (unsigned long long)p->p_filesz,
				(unsigned long long)p->p_paddr);
	if (e->segments == ELF_MAX_SEGMENTS)
		return diag_set(d, -ENOEXEC, name, NULL, "more than %u ELF segments to load",
				ELF_MAX_SEGMENTS);
	e->segment[e->segments++] = (struct elf_segment){ p->p_paddr, file + p->p_offset,
							  p->p_filesz, p->p_memsz };
	if (end > e->end)
		e->end = end;
	return 0;
}

static int read_phdr(struct elf_image *e, const Elf64_Phdr *p, const uint8_t *file, size_t size,
		     const char *name, struct diag *d)
{
	uint64_t end;

	if (p->p_type != PT_LOAD && p->p_type != PT_NOTE)
		return 0;
	if (__builtin_add_overflow(p->p_offset, p->p_filesz, &end))
		end = UINT64_MAX;
	if (end > size)
		return diag_set(d, -ENOEXEC, name, HINT_AGAIN,
				"truncated ELF file: %zu bytes, its headers promise %llu", size,
				(unsigned long long)end);
	if (p->p_type == PT_LOAD)
		return add_segment(e, p, file, name, d);
	if (!e->pvh)
		e->pvh = elf_pvh_note(&e->pvh_entry, file + p->p_offset, p->p_filesz, p->p_align);
	return 0;
}

/*
 * Entering outside what was loaded would run whatever guest RAM holds: zeros. Above
 * 4 GiB neither 32-bit code nor the boot page tables reach.
 */
static int check_entry(const struct elf_image *e, const char *name, struct diag *d)
{
	uint64_t entry = e->pvh ? e->pvh_entry : e->entry;

	for (unsigned i = 0; i < e->segments; i++) {
		const struct elf_segment *s = &e->segment[i];

		if (entry >= s->addr && entry - s->addr < s->size && entry <= UINT32_MAX)
			return 0;
	}
	return diag_set(d, -ENOEXEC, name, "e_entry must be a physical address here",
			"%s entry point %#llx is in no loaded segment below 4 GiB",
			e->pvh ? "PVH" : "ELF", (unsigned long long)entry);
}

int elf_parse(struct elf_image *ret, const void *file, size_t size, const char *name,
	      struct diag *d)
{
	struct elf_image e = { 0 };
	Elf64_Ehdr h;
	uint64_t end;
	int err;

	if (size < sizeof(h))
		return diag_set(d, -ENOEXEC, name, HINT_AGAIN,
				"truncated ELF file: %zu bytes, its header alone has %zu", size,
				sizeof(h));
	memcpy(&h, file, sizeof(h));
	err = check_header(&h, name, d);
	if (err)
		return err;
	if (__builtin_add_overflow(h.e_phoff, h.e_phnum * sizeof(Elf64_Phdr), &end) || end > size)
		return diag_set(d, -ENOEXEC, name, HINT_AGAIN,
				"truncated ELF file: %zu bytes, program headers are at %#llx", size,
				(unsigned long long)h.e_phoff);
	for (unsigned i = 0; i < h.e_phnum; i++) {
		Elf64_Phdr p;

		memcpy(&p, (const uint8_t *)file + h.e_phoff + i * sizeof(p), sizeof(p));
		err = read_phdr(&e, &p, file, size, name, d);
		if (err)
			return err;
	}
	e.entry = h.e_entry;
	err = check_entry(&e, name, d);
	if (!err)
		*ret = e;
	return err;
}
