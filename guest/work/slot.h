/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A slot is a range of virtual addresses that one thread, its owner, changes with system
 * calls while all others look at it. The owner announces in one word, the slot's phase,
 * what may be found there. It announces a restriction only AFTER the system call that
 * brought it about has returned: from then on the kernel has flushed every TLB, and
 * whoever still gets at the old page does so through a stale translation. It announces a
 * relaxation BEFORE the call. So what a reader may see, given the phase before its access
 * and the phase after it, is certain (check.c), and no delay or luck is involved.
 */
#ifndef GUEST_WORK_SLOT_H
#define GUEST_WORK_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/work/page.h"

/* A phase: the generation of the contents, and these. No two phases of a slot are equal. */
#define PHASE_READABLE   0x01u /* a load must succeed */
#define PHASE_UNREADABLE 0x02u /* a load must fault */
#define PHASE_WRITABLE   0x04u /* a store must succeed */
#define PHASE_UNWRITABLE 0x08u /* a store must fault */
#define PHASE_PAST       0x10u /* this generation must not be seen any more */
#define PHASE_NEXT       0x20u /* the next generation may be seen already */
#define PHASE_BLANK      0x40u /* a page that was never filled may be seen */
#define PHASE_SHIFT      8

/* Contents of a generation stay untouched in memory for this many more generations. */
#define SLOT_BUFFERS 8

struct work;
struct kind;
struct slot;

struct kind {
	const char *name;
	const char *help;
	/* Prepare slot number index of this kind; 0, or -errno (-ENOTSUP: leave it out). */
	int (*init)(struct work *w, struct slot *s, unsigned index);
	/* The next transition; 0, 1 when nothing was done, or -errno of a failed system call. */
	int (*step)(struct work *w, struct slot *s);
	unsigned per_thread; /* slots */
	bool on_request;     /* only when named with -p, or by -H */
};

struct slot {
	const struct kind *kind;
	_Atomic uint64_t phase; /* written by the owner alone */
	unsigned owner;         /* thread number */
	unsigned stage;         /* of the kind's transitions, 0: at rest; owner only */
	uint64_t generation;    /* owner only */

	uint64_t va[2]; /* where it is; two homes for what moves */
	unsigned homes; /* 1 or 2: with 2, generation & 1 tells which one */
	size_t pages;   /* of page_size */
	size_t page_size;
	bool fixed_contents; /* generation 1 for ever: phases are about access only */
	bool stores;         /* readers also store into it */

	int memfd;       /* backing, or -1: private memory */
	uint64_t offset; /* of the slot's buffers in it */
	uint8_t *alias;  /* all its buffers, mapped for good, for filling */
};

static inline uint64_t slot_phase(uint64_t generation, unsigned flags)
{
	return generation << PHASE_SHIFT | flags;
}

/* Release: what the owner did before is seen by who sees the phase (check.c). */
static inline void slot_announce(struct slot *s, uint64_t generation, unsigned flags)
{
	atomic_store_explicit(&s->phase, slot_phase(generation, flags), memory_order_release);
}

static inline struct page_head *slot_page(const struct slot *s, unsigned home, size_t page)
{
	return (struct page_head *)(uintptr_t)(s->va[home] + page * s->page_size);
}

#endif
