/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A software walk of 4- and 5-level page tables. */
#include "vmm/walk.h"

#include <errno.h>

#define CR0_PG	    (1ull << 31)
#define CR4_LA57    (1ull << 12)
#define EFER_LMA    (1ull << 10)
#define PTE_PRESENT 1ull
#define PTE_LARGE   (1ull << 7)
#define PTE_ADDRESS 0x000ffffffffff000ull

int walk_gva(const struct memory *m, const struct kvm_sregs *s, uint64_t gva, gpa_t *ret)
{
	uint64_t table = s->cr3 & PTE_ADDRESS, entry;
	int level = s->cr4 & CR4_LA57 ? 5 : 4;

	if (!(s->cr0 & CR0_PG)) {
		*ret = gpa(gva);
		return 0;
	}
	if (!(s->efer & EFER_LMA))
		return -ENOTSUP;
	for (; level >= 1; level--) {
		unsigned shift = 12 + 9 * ((unsigned)level - 1);
		uint64_t page = (1ull << shift) - 1;

		if (mem_read(m, gpa(table + (gva >> shift & 511) * 8), &entry, sizeof(entry)))
			return -EFAULT;
		if (!(entry & PTE_PRESENT))
			return -ENOENT;
		if (level == 1 || (level <= 3 && entry & PTE_LARGE)) {
			*ret = gpa((entry & PTE_ADDRESS & ~page) | (gva & page));
			return 0;
		}
		table = entry & PTE_ADDRESS;
	}
	return -ENOENT;
}
