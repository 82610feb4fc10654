/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The judge. A reader takes the phase (s0), accesses the page, takes the phase again (s1).
 * The owner's phases only move forward, so
 *   - what was seen is not older than s0 allows, and not newer than s1 allows;
 *   - when s0 equals s1 the phase held during the whole access, and its demands too.
 * Anything else went through a stale translation or to a foreign page.
 */
#include <sched.h>

#include "guest/work/work.h"

struct sight {
	uint64_t s0, s1;
	uint64_t va;
	bool done;           /* the access did not fault */
	uint64_t generation; /* as seen; loads only */
};

static uint64_t oldest(uint64_t phase)
{
	return (phase >> PHASE_SHIFT) + (phase & PHASE_PAST ? 1 : 0);
}

static uint64_t newest(uint64_t phase)
{
	return (phase >> PHASE_SHIFT) + (phase & PHASE_NEXT ? 1 : 0);
}

/* Acquire pairs with slot_announce(). */
static uint64_t get_phase(const struct slot *s)
{
	return atomic_load_explicit(&s->phase, memory_order_acquire);
}

static void accuse(struct work *w, const struct slot *s, unsigned thread, const struct sight *g,
		   const char *what)
{
	struct report r = {
		.what = what,
		.kind = s->kind->name,
		.thread = thread,
		.cpu = sched_getcpu(),
		.va = g->va,
		.expected = oldest(g->s0),
		.seen = g->generation,
		.mm = w->mm,
		.generations = g->done && !s->fixed_contents,
	};

	report_add(w, &r);
}

/* A load's outcome against the phases. NULL: in order. */
static const char *judge_load(const struct slot *s, const struct sight *g)
{
	bool held = g->s0 == g->s1;

	if (!g->done)
		return held && g->s0 & PHASE_READABLE ? "a mapped page faulted" : NULL;
	if (held && g->s0 & PHASE_UNREADABLE)
		return "stale: read where nothing is mapped";
	if (s->fixed_contents)
		return g->generation == 1 ? NULL : "stale: other contents";
	if (g->generation == 0)
		return held && !(g->s0 & PHASE_BLANK) ? "stale: an empty page" : NULL;
	if (g->generation < oldest(g->s0))
		return "stale: read the old page";
	if (g->generation > newest(g->s1))
		return "a generation from the future";
	return NULL;
}

static const char *judge_store(const struct sight *g)
{
	if (g->s0 != g->s1)
		return NULL;
	if (g->done && g->s0 & PHASE_UNWRITABLE)
		return "stale: wrote to a read-only page";
	if (!g->done && g->s0 & PHASE_WRITABLE)
		return "a writable page faulted";
	return NULL;
}

/*
 * The rest of the head must belong to the generation. False when it does not although the
 * page stayed the same meanwhile: a foreign or half-written page.
 */
static bool head_fits(const struct work *w, const struct page_head *p, uint64_t va,
		      uint64_t generation)
{
	uint64_t magic, mm, at, sum, again;

	if (!page_load(&p->magic, &magic) || !page_load(&p->mm, &mm) || !page_load(&p->va, &at) ||
	    !page_load(&p->checksum, &sum) || !page_load(&p->generation, &again))
		return true;
	if (again != generation)
		return true; /* it was replaced while we looked */
	return magic == PAGE_MAGIC && mm == w->mm && at == va &&
	       sum == page_checksum(mm, va, generation);
}

static void check_load(struct work *w, struct slot *s, unsigned thread, unsigned home, size_t page)
{
	struct counters *c = &w->counters[thread];
	const struct page_head *p = slot_page(s, home, page);
	struct sight g = { .va = (uintptr_t)p };
	const char *wrong;

	g.s0 = get_phase(s);
	g.done = page_load(&p->generation, &g.generation);
	g.s1 = get_phase(s);
	c->loads++;
	c->faults += !g.done;
	if (s->homes == 2 && home != (g.s0 >> PHASE_SHIFT & 1)) {
		/* Where it does not live now: a demand for a fault, as long as it holds. */
		wrong = g.done && g.s0 == g.s1 && g.s0 & PHASE_READABLE
			    ? "stale: read where it moved away from"
			    : NULL;
	} else {
		wrong = judge_load(s, &g);
		/* A slot with two homes carries the address of its first. */
		if (!wrong && g.done && g.generation &&
		    !head_fits(w, p, s->va[0] + page * s->page_size, g.generation))
			wrong = "a foreign page";
	}
	if (wrong)
		accuse(w, s, thread, &g, wrong);
}

static void check_store(struct work *w, struct slot *s, unsigned thread, size_t page)
{
	struct counters *c = &w->counters[thread];
	uint64_t *word = &slot_page(s, 0, page)->scratch[thread % PAGE_SCRATCH];
	struct sight g = { .va = (uintptr_t)word };
	const char *wrong;

	g.s0 = get_phase(s);
	g.done = page_store(word, ++c->stores);
	g.s1 = get_phase(s);
	c->faults += !g.done;
	wrong = judge_store(&g);
	if (wrong)
		accuse(w, s, thread, &g, wrong);
}

/* Mostly the one that is not expected to fault, as a fault costs a hundred loads. */
static unsigned pick_home(const struct slot *s, struct random *r)
{
	unsigned home = get_phase(s) >> PHASE_SHIFT & 1;

	if (s->homes == 1)
		return 0;
	return random_below(r, 8) ? home : !home;
}

void check_slot(struct work *w, struct slot *s, unsigned thread, struct random *r)
{
	size_t page = random_below(r, (uint32_t)s->pages);

	if (s->stores && random_below(r, 2))
		check_store(w, s, thread, page);
	else
		check_load(w, s, thread, pick_home(s, r), page);
}
