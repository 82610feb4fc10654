/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Initial CPU state as tables. Sources: Linux Documentation/arch/x86/boot.rst ("64-bit
 * boot protocol"), Xen docs/misc/pvh.pandoc, SDM vol. 3, 2.5, 3.4.5 and 4.5.
 */
#include "vmm/regs.h"

#include <errno.h>
#include <string.h>

#include "vmm/layout.h"

#define CR0_PE	 (1ull << 0)
#define CR0_ET	 (1ull << 4) /* hard-wired */
#define CR0_PG	 (1ull << 31)
#define CR4_PAE	 (1ull << 5)
#define EFER_LME (1ull << 8)
#define EFER_LMA (1ull << 10)

#define RFLAGS_FIXED 0x2 /* bit 1 always reads 1; interrupts are off */

#define PTE_PRESENT  (1ull << 0)
#define PTE_WRITE    (1ull << 1)
#define PTE_LARGE    (1ull << 7)
#define TABLE_LEN    512
#define LARGE_SIZE   (2ull << 20)
#define IDENTITY_PDS 4 /* 1 GiB each */

/* Segment types, SDM vol. 3, 3.4.5.1 and 3.5, accessed or busy already. */
enum {
	TYPE_DATA = 3,
	TYPE_CODE = 11,
	TYPE_BUSY_TSS = 11,
};

static const struct kvm_segment code64 = {
	.limit = 0xffffffff, .selector = REGS_BOOT_CS, .type = TYPE_CODE,
	.present = 1, .s = 1, .g = 1, .l = 1,
};
static const struct kvm_segment code32 = {
	.limit = 0xffffffff, .selector = REGS_BOOT_CS, .type = TYPE_CODE,
	.present = 1, .s = 1, .g = 1, .db = 1,
};
static const struct kvm_segment data = {
	.limit = 0xffffffff, .selector = REGS_BOOT_DS, .type = TYPE_DATA,
	.present = 1, .s = 1, .g = 1, .db = 1,
};
/* Not in the GDT: in long mode a descriptor would take two of its entries. */
static const struct kvm_segment tss = {
	.limit = 0x67, .type = TYPE_BUSY_TSS, .present = 1,
};
static const struct kvm_segment no_ldt = { .unusable = 1 };

static const struct start_state {
	const struct kvm_segment *code;
	uint64_t cr0, cr3, cr4, efer;
} start_states[] = {
	[BOOT_LONG64] = {
		.code = &code64,
		.cr0 = CR0_PE | CR0_ET | CR0_PG,
		.cr3 = LAYOUT_PAGE_TABLES,
		.cr4 = CR4_PAE,
		.efer = EFER_LME | EFER_LMA,
	},
	[BOOT_PVH] = {
		.code = &code32,
		.cr0 = CR0_PE | CR0_ET,
	},
};

/* A segment register's hidden part as the descriptor it would be loaded from. */
static uint64_t descriptor(const struct kvm_segment *s)
{
	uint64_t limit = s->g ? s->limit >> 12 : s->limit;
	uint64_t access = s->type | (uint64_t)s->s << 4 | (uint64_t)s->dpl << 5 |
			  (uint64_t)s->present << 7 | (uint64_t)s->avl << 12 |
			  (uint64_t)s->l << 13 | (uint64_t)s->db << 14 | (uint64_t)s->g << 15;

	return (limit & 0xffff) | (s->base & 0xffffff) << 16 | access << 40 |
	       (limit >> 16 & 0xf) << 48 | (s->base >> 24 & 0xff) << 56;
}

static int write_gdt(struct kvm_dtable *gdt, const struct memory *m, const struct kvm_segment *code)
{
	const uint64_t entry[4] = {
		[REGS_BOOT_CS / 8] = descriptor(code),
		[REGS_BOOT_DS / 8] = descriptor(&data),
	};

	*gdt = (struct kvm_dtable){ .base = LAYOUT_GDT, .limit = sizeof(entry) - 1 };
	return mem_write(m, gpa(LAYOUT_GDT), entry, sizeof(entry));
}

/* PML4, PDPT and the page directories lie one after the other. */
static int write_page_tables(const struct memory *m)
{
	const uint64_t table = PTE_PRESENT | PTE_WRITE;
	uint64_t next = LAYOUT_PAGE_TABLES + GPA_PAGE_SIZE;
	uint64_t *p = mem_ptr(m, gpa(LAYOUT_PAGE_TABLES), (2 + IDENTITY_PDS) * GPA_PAGE_SIZE);

	if (!p)
		return -EFAULT;
	memset(p, 0, 2 * GPA_PAGE_SIZE);
	p[0] = next | table;
	for (unsigned i = 0; i < IDENTITY_PDS; i++)
		p[TABLE_LEN + i] = (next += GPA_PAGE_SIZE) | table;
	for (uint64_t i = 0; i < IDENTITY_PDS * TABLE_LEN; i++)
		p[2 * TABLE_LEN + i] = (i * LARGE_SIZE) | table | PTE_LARGE;
	return 0;
}

static void set_sregs(struct kvm_sregs *s, const struct start_state *start)
{
	s->cs = *start->code;
	s->ds = s->es = s->fs = s->gs = s->ss = data;
	s->tr = tss;
	s->ldt = no_ldt;
	s->idt = (struct kvm_dtable){ 0 };
	s->cr0 = start->cr0;
	s->cr3 = start->cr3;
	s->cr4 = start->cr4;
	s->efer = start->efer;
}

int regs_boot(struct kvm_sregs *s, struct kvm_regs *r, const struct memory *m,
	      const struct boot_entry *e)
{
	const struct start_state *start = &start_states[e->mode];
	int err = write_gdt(&s->gdt, m, start->code);

	if (!err && e->mode == BOOT_LONG64)
		err = write_page_tables(m);
	if (err)
		return err;
	set_sregs(s, start);
	*r = (struct kvm_regs){ .rip = e->rip.v, .rflags = RFLAGS_FIXED };
	if (e->mode == BOOT_PVH)
		r->rbx = e->arg;
	else
		r->rsi = e->arg;
	return 0;
}
