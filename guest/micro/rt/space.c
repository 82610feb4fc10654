/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page-table trees (SDM vol. 3, 4.5: 4-level paging).
 */
#include "guest/micro/rt/internal.h"

#define ENTRIES     512
#define ADDR_MASK   0x000ffffffffff000ull
#define LARGE       0x200000ull
#define GIGA        0x40000000ull
#define APIC_REGION 0xfee00000ull

struct rt_space rt_boot_space;

static unsigned slot(uint64_t va, unsigned level)
{
	return va >> (12 + 9 * (level - 1)) & (ENTRIES - 1);
}

uint64_t *rt_entry(const struct rt_space *s, uint64_t va, unsigned level)
{
	uint64_t *table = s->pml4;

	for (unsigned l = 4; l > level; l--) {
		uint64_t *e = &table[slot(va, l)];

		if (!(*e & PTE_P))
			*e = (uint64_t)rt_pages(1) | PTE_DEFAULT;
		else if (*e & PTE_PS)
			rt_panic("rt_entry: inside a large page", va, level, *e, 0);
		table = (uint64_t *)(*e & ADDR_MASK);
	}
	return &table[slot(va, level)];
}

/* The first GiB and the local APIC, 1:1, in large pages. */
void rt_boot_space_init(void)
{
	struct rt_space *s = &rt_boot_space;
	uint64_t *pd;

	s->pml4 = rt_pages(1);
	pd = rt_entry(s, 0, 2);
	for (uint64_t a = 0; a < GIGA; a += LARGE)
		pd[a / LARGE] = a | PTE_DEFAULT | PTE_PS;
	*rt_entry(s, APIC_REGION, 2) = APIC_REGION | PTE_DEFAULT | PTE_PS;
	rt_space_use(s);
}

void rt_space_init(struct rt_space *s)
{
	s->pml4 = rt_pages(1);
	s->pml4[0] = rt_boot_space.pml4[0];
}

void rt_space_use(const struct rt_space *s)
{
	rt_set_cr3((uint64_t)s->pml4);
}
