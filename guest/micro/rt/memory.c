/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages: handed out upwards from the end of the image, never given back.
 */
#include "guest/micro/rt/internal.h"

/* struct boot_params: number of e820 entries, then entries of 20 bytes. */
#define ZERO_PAGE_E820_ENTRIES 0x1e8
#define ZERO_PAGE_E820_TABLE   0x2d0
#define E820_MAX               128
#define E820_RAM               1

struct e820_entry {
	uint64_t addr, size;
	uint32_t type;
} __attribute__((packed));

extern uint8_t rt_image_end[];

static uint64_t next, limit;

void rt_memory_init(const uint8_t *zero_page)
{
	const struct e820_entry *e = (const void *)(zero_page + ZERO_PAGE_E820_TABLE);
	unsigned n = zero_page[ZERO_PAGE_E820_ENTRIES];

	next = (uint64_t)rt_image_end;
	for (unsigned i = 0; i < n && i < E820_MAX; i++)
		if (e[i].type == E820_RAM && e[i].addr <= next && next - e[i].addr < e[i].size)
			limit = e[i].addr + e[i].size;
	if (!limit)
		rt_panic("no RAM behind the image", next, n, 0, 0);
}

static void fill(uint64_t at, uint64_t quads)
{
	asm volatile("rep stosq" : "+D"(at), "+c"(quads) : "a"(0) : "memory");
}

void *rt_pages(unsigned n)
{
	uint64_t at = next;

	if (n * RT_PAGE > limit - next)
		rt_panic("out of memory", n, next, limit, 0);
	next += n * RT_PAGE;
	fill(at, n * RT_PAGE / 8);
	return (void *)at;
}
