/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that are replaced by others, or unmapped and mapped again, at each level of the
 * page tables. What is freed with the pages decides what has to be flushed: page by page,
 * everything, or the paging-structure caches too.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "guest/work/backing.h"
#include "guest/work/kinds.h"

enum { STAGE_MAPPED, STAGE_GONE };

static int init_common(struct work *w, struct slot *s, enum area area, unsigned index)
{
	int err;

	s->va[0] = backing_address(area, index);
	if (!s->va[0])
		return -ENOTSUP;
	err = backing_shared(w, s, SLOT_BUFFERS);
	if (err)
		return err;
	s->generation = 1;
	backing_fill(w, s, s->generation);
	err = backing_anchor(area, s->va[0]);
	if (!err)
		err = backing_map(s, 0, s->generation);
	slot_announce(s, s->generation, PHASE_READABLE);
	return err;
}

static int init_pte(struct work *w, struct slot *s, unsigned index)
{
	s->pages = backing_pages(index);
	return init_common(w, s, AREA_PTE, index);
}

static int init_pmd(struct work *w, struct slot *s, unsigned index)
{
	s->pages = index % 4 == 3 ? 34 : 1 + index % 4;
	return init_common(w, s, AREA_PMD, index);
}

static int init_pud(struct work *w, struct slot *s, unsigned index)
{
	s->pages = index % 2 ? 3 : 1;
	return init_common(w, s, AREA_PUD, index);
}

static int init_pgd(struct work *w, struct slot *s, unsigned index)
{
	s->pages = 1 + index % 2;
	return init_common(w, s, AREA_PGD, index);
}

static int init_hugetlb(struct work *w, struct slot *s, unsigned index)
{
	int err;

	s->pages = 1;
	s->page_size = HUGE_SIZE;
	err = init_common(w, s, AREA_HUGETLB, index);
	/* No huge pages are set aside on this machine, or not enough. */
	return err == -ENOMEM || err == -EINVAL || err == -ENOSYS ? -ENOTSUP : err;
}

/* The next generation instead of this one, in one system call. */
static int replace(struct work *w, struct slot *s)
{
	uint64_t next = s->generation + 1;
	int err;

	backing_fill(w, s, next);
	slot_announce(s, s->generation, PHASE_NEXT);
	if (w->options.plant)
		slot_announce(s, next, PHASE_READABLE);
	err = backing_map(s, 0, next);
	slot_announce(s, next, PHASE_READABLE);
	s->generation = next;
	return err;
}

/*
 * At the PTE level the hole is kept by an inaccessible mapping: it must not be taken by
 * another, and the table under it must stay.
 */
static int unmap(struct slot *s, bool keep)
{
	void *at = slot_address(s, 0);

	if (!keep)
		return munmap(at, slot_bytes(s)) < 0 ? -errno : 0;
	at = mmap(at, slot_bytes(s), PROT_NONE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
	return at == MAP_FAILED ? -errno : 0;
}

static int vanish(struct work *w, struct slot *s, bool keep)
{
	int err;

	slot_announce(s, s->generation, 0);
	if (w->options.plant)
		slot_announce(s, s->generation, PHASE_UNREADABLE | PHASE_PAST);
	err = unmap(s, keep);
	slot_announce(s, s->generation, PHASE_UNREADABLE | PHASE_PAST);
	s->stage = STAGE_GONE;
	return err;
}

static int appear(struct work *w, struct slot *s)
{
	uint64_t value, next = s->generation + 1;
	int err;

	backing_fill(w, s, next);
	slot_announce(s, s->generation, PHASE_PAST | PHASE_NEXT);
	err = backing_map(s, 0, next);
	/* Touch it, so that there are tables to free next time. */
	if (!err && !page_load(&slot_page(s, 0, 0)->generation, &value))
		err = -EFAULT;
	slot_announce(s, next, PHASE_READABLE);
	s->generation = next;
	s->stage = STAGE_MAPPED;
	return err;
}

static int step_pte(struct work *w, struct slot *s)
{
	if (s->stage == STAGE_GONE)
		return appear(w, s);
	return s->generation % 4 ? replace(w, s) : vanish(w, s, true);
}

static int step_table(struct work *w, struct slot *s)
{
	if (s->stage == STAGE_GONE)
		return appear(w, s);
	return s->generation % 4 ? vanish(w, s, false) : replace(w, s);
}

const struct kind kind_pte = {
	.name = "pte",
	.help = "replace pages inside a page table that stays",
	.init = init_pte,
	.step = step_pte,
	.per_thread = 4,
};
const struct kind kind_pmd = {
	.name = "pmd",
	.help = "map and unmap where a page table goes with the pages",
	.init = init_pmd,
	.step = step_table,
	.per_thread = 2,
};
const struct kind kind_pud = {
	.name = "pud",
	.help = "the same with two levels of tables",
	.init = init_pud,
	.step = step_table,
	.per_thread = 1,
};
const struct kind kind_pgd = {
	.name = "pgd",
	.help = "the same with three levels of tables",
	.init = init_pgd,
	.step = step_table,
	.per_thread = 1,
};
const struct kind kind_hugetlb = {
	.name = "hugetlb",
	.help = "the same with 2 MiB pages set aside by the administrator",
	.init = init_hugetlb,
	.step = step_table,
	.per_thread = 1,
	.on_request = true,
};
