/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every page of the work load says about itself, so that a page seen through a wrong
 * translation gives itself away, and the accesses that survive a page that is not there.
 */
#ifndef GUEST_WORK_PAGE_H
#define GUEST_WORK_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SIZE  4096ul
#define HUGE_SIZE  (2ul << 20)
#define PAGE_MAGIC 0x4853554c46444853ull

struct page_head {
	uint64_t magic;
	uint64_t mm;         /* which process (one address space each) */
	uint64_t va;         /* where it belongs */
	uint64_t generation; /* 0: never filled */
	uint64_t checksum;
	uint64_t scratch[]; /* one word per thread, for stores; not in the checksum */
};

#define PAGE_SCRATCH ((PAGE_SIZE - sizeof(struct page_head)) / sizeof(uint64_t))

/* Fill a head; the generation is stored last, so who sees it sees the rest. */
void page_fill(struct page_head *p, uint64_t mm, uint64_t va, uint64_t generation);
uint64_t page_checksum(uint64_t mm, uint64_t va, uint64_t generation);

/*
 * Load or store one word. False when that faulted (SIGSEGV, SIGBUS); nothing was done
 * then. Needs page_catch_faults().
 */
bool page_load(const volatile uint64_t *from, uint64_t *value);
bool page_store(volatile uint64_t *to, uint64_t value);

/* Install the handlers, once per process. Faults elsewhere stay deadly. */
void page_catch_faults(void);

#endif
