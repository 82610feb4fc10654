/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The staleness probe's guest. CPU 1 (the reader) loads from a virtual address whose
 * page-table entry CPU 0 (the writer) rewrites. Nobody flushes; so a reader that
 * sees the old page shows that stale translations are visible on this host. The
 * reader then leaves to the host, which applies an action, and looks again.
 *
 * Both run at CPL3: some hosts interpret CPL0 code and track the page-table writes that
 * it makes, which hides staleness there. Two short variants measure just that.
 */
#include "guest/micro/probe.h"

#include "guest/micro/rt/rt.h"

#define X        RT_USER_BASE
#define PATIENCE 1000

static struct probe_data data;

/* Reader to writer: want counts requests, done counts entries written. */
static struct {
	_Atomic uint32_t want, done;
	_Atomic uint32_t end;
	volatile uint64_t *pte;
	uint64_t value;
} job;

static uint64_t page[2]; /* addresses; page i holds i + 1 */
static unsigned current; /* the one that the entry points to */

/*
 * One turn of waiting for the other CPU. Patience is long against the other's work, so
 * that the exit happens only where the two vCPUs have to share one CPU of the host.
 */
static void wait_turn(uint32_t *turns)
{
	if (++*turns % PATIENCE == 0)
		rt_outl(MICRO_PORT_CALL, PROBE_CALL_YIELD);
	rt_pause();
}

static uint64_t writer(uint64_t arg)
{
	uint32_t seen = atomic_load(&job.done), turns = 0;

	while (!atomic_load(&job.end)) {
		if (atomic_load(&job.want) == seen) {
			wait_turn(&turns);
			continue;
		}
		*job.pte = job.value;
		atomic_store(&job.done, ++seen); /* after the entry: read in rewrite() */
	}
	return 0;
}

static void rewrite(void)
{
	uint32_t n = atomic_fetch_add(&job.want, 1) + 1, turns = 0;

	while (atomic_load(&job.done) != n)
		wait_turn(&turns);
}

static uint64_t load(void)
{
	return *(volatile uint64_t *)X;
}

#define NO_EXIT 0xffu

/* One round; returns the three values seen, 8 bits each. */
static uint64_t reader(uint64_t action)
{
	uint64_t first = load(), before, after;

	rewrite();
	before = load();
	if (action == NO_EXIT)
		return first | before << 8;
	rt_outl(MICRO_PORT_CALL, PROBE_CALL_ACT | (uint32_t)action);
	after = load();
	return first | before << 8 | after << 16;
}

/* Actions in turn, so that what else goes on in the host touches all alike. */
static uint64_t timer(uint64_t arg)
{
	for (unsigned i = 0; i < PROBE_TIMES * PROBE_ACTIONS; i++) {
		rt_outl(MICRO_PORT_CALL, PROBE_CALL_TIME | i % PROBE_ACTIONS);
		load();
	}
	return 0;
}

static bool known(uint64_t v)
{
	return v == 1 || v == 2;
}

static void count(struct probe_count *c, uint64_t seen, unsigned old, uint64_t action)
{
	uint64_t first = seen & 0xff, before = seen >> 8 & 0xff, after = seen >> 16 & 0xff;

	if (!known(first) || !known(before) || (action != NO_EXIT && !known(after))) {
		data.foreign++;
		return;
	}
	if (first != old + 1) {
		data.unready++;
		return;
	}
	c->rounds++;
	if (before != first)
		return;
	c->before++;
	if (after == first)
		c->after++;
}

static void one_round(struct probe_count *c, enum rt_level level, uint64_t action)
{
	unsigned old = current;

	current ^= 1;
	job.value = page[current] | PTE_DEFAULT;
	rt_invlpg(X);
	count(c, rt_call(level, reader, action, NULL), old, action);
}

/* Both at CPL3; and the reader at CPL0. */
static uint64_t main_rounds(uint64_t arg)
{
	for (unsigned i = 0; i < PROBE_ROUNDS; i++)
		for (unsigned a = 0; a < PROBE_ACTIONS; a++)
			one_round(&data.action[a], RT_CPL3, a);
	for (unsigned i = 0; i < PROBE_EXTRA_ROUNDS; i++)
		one_round(&data.reader0, RT_CPL0, NO_EXIT);
	atomic_store(&job.end, 1);
	return 0;
}

static uint64_t writer0_rounds(uint64_t arg)
{
	for (unsigned i = 0; i < PROBE_EXTRA_ROUNDS; i++)
		one_round(&data.writer0, RT_CPL3, NO_EXIT);
	atomic_store(&job.end, 1);
	return 0;
}

static uint64_t timer_rounds(uint64_t arg)
{
	return rt_call(RT_CPL3, timer, 0, NULL);
}

/* The reader's part on CPU 1, the writer's here until the reader ends it. */
static void run(rt_fn reader_part, enum rt_level writer_level)
{
	atomic_store(&job.end, 0);
	rt_start(PROBE_READER, reader_part, 0);
	rt_call(writer_level, writer, 0, NULL);
	rt_wait(PROBE_READER);
}

static void map(void)
{
	for (unsigned i = 0; i < 2; i++) {
		page[i] = (uint64_t)rt_pages(1);
		*(uint64_t *)page[i] = i + 1;
	}
	job.pte = rt_entry(&rt_boot_space, X, 1);
	*job.pte = page[0] | PTE_DEFAULT;
}

void micro_main(void)
{
	if (rt_cpus() < 2)
		rt_panic("the staleness probe needs two CPUs", rt_cpus(), 0, 0, 0);
	map();
	rt_data(&data, sizeof(data));
	run(main_rounds, RT_CPL3);
	rt_start(PROBE_READER, timer_rounds, 0);
	rt_wait(PROBE_READER);
	run(writer0_rounds, RT_CPL0);
}
