/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush race. CPU 0 rewrites a page-table entry and asks the host to flush the
 * others, over and over; they load through it all the time. A load that began after
 * a flush had completed, and ended before the next rewrite, must see the new page.
 *
 * Everyone runs at CPL3 (probe.c says why).
 */
#include "guest/micro/race.h"

#include "guest/micro/rt/rt.h"

#define X           RT_USER_BASE
#define ROUNDS      2000u
#define ROUNDS_MANY 300u /* with more than two CPUs: they may have to share the host's */
#define EXIT_EVERY  512u /* loads between two exits of a reader, on odd CPUs */

static struct race_data data;
static uint64_t page[2]; /* page i holds i */
static volatile uint64_t *pte;

/* Rewrites begun, and rewrites whose flush has completed: equal while nothing is under way. */
static _Atomic uint64_t begun, flushed;
static _Atomic uint32_t end, running;

static void add(uint64_t *to, uint64_t n)
{
	__atomic_fetch_add(to, n, __ATOMIC_RELAXED);
}

static uint64_t reader(uint64_t cpu)
{
	uint64_t loads = 0, settled = 0, stale = 0, foreign = 0;

	atomic_fetch_add(&running, 1);
	while (!atomic_load(&end)) {
		uint64_t before = atomic_load(&flushed);
		uint64_t seen = *(volatile uint64_t *)X;
		uint64_t after = atomic_load(&begun);

		if (++loads % EXIT_EVERY == 0 && cpu % 2)
			rt_outl(MICRO_PORT_CALL, RACE_CALL_EXIT);
		foreign += seen > 1;
		if (before != after)
			continue;
		settled++;
		stale += seen != before % 2;
	}
	add(&data.loads, loads);
	add(&data.settled, settled);
	add(&data.stale, stale);
	add(&data.foreign, foreign);
	return 0;
}

static uint64_t reader_at_cpl3(uint64_t cpu)
{
	return rt_call(RT_CPL3, reader, cpu, NULL);
}

/* Long enough for readers to load again, and to have the new page in their TLBs. */
static void settle(void)
{
	for (unsigned i = 0; i < 200; i++)
		rt_pause();
}

static uint64_t initiator(uint64_t others)
{
	while (atomic_load(&running) != others)
		rt_pause();
	for (unsigned i = 0; i < (others > 1 ? ROUNDS_MANY : ROUNDS); i++) {
		uint64_t n = atomic_fetch_add(&begun, 1) + 1;

		*pte = page[n % 2] | PTE_DEFAULT;
		rt_outl(MICRO_PORT_CALL, RACE_CALL_FLUSH);
		atomic_store(&flushed, n);
		data.rounds++;
		settle();
	}
	atomic_store(&end, 1);
	return 0;
}

void micro_main(void)
{
	unsigned n = rt_cpus();

	if (n < 2)
		rt_panic("the flush race needs two CPUs", n, 0, 0, 0);
	for (unsigned i = 0; i < 2; i++) {
		page[i] = (uint64_t)rt_pages(1);
		*(uint64_t *)page[i] = i;
	}
	pte = rt_entry(&rt_boot_space, X, 1);
	*pte = page[0] | PTE_DEFAULT;
	rt_data(&data, sizeof(data));
	for (unsigned i = 1; i < n; i++)
		rt_start(i, reader_at_cpl3, i);
	rt_call(RT_CPL3, initiator, n - 1, NULL);
	for (unsigned i = 1; i < n; i++)
		rt_wait(i);
}
