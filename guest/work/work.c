/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preparing the slots and running the threads. */
#include "guest/work/work.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CHECKS 64 /* accesses to slots of all threads between two steps of one's own */

struct worker {
	struct work *work;
	unsigned thread;
	pthread_t id;
};

/* --- slots ------------------------------------------------------------------------------- */

static unsigned kind_index(const struct kind *k)
{
	unsigned i = 0;

	while (work_kinds[i] != k)
		i++;
	return i;
}

/* 0 also when the slot is left out: too little memory, or not offered here. */
static int add_slot(struct work *w, const struct kind *k, unsigned index, unsigned owner)
{
	struct slot *s = &w->slots[w->slot_count];
	int err;

	*s = (struct slot){
		.kind = k, .owner = owner, .homes = 1, .page_size = PAGE_SIZE, .memfd = -1
	};
	err = k->init(w, s, index);
	if (err == -ENOSPC || err == -ENOTSUP)
		return 0;
	if (!err)
		w->slot_count++;
	return err;
}

/* One slot of each kind for each thread, then second ones, until all have their share. */
static int add_round(struct work *w, unsigned round, const char **what)
{
	int err = 0;

	for (unsigned k = 0; work_kinds[k]; k++) {
		if (!w->options.chosen[k] || round >= work_kinds[k]->per_thread)
			continue;
		*what = work_kinds[k]->name;
		for (unsigned t = 0; t < w->options.threads && !err; t++)
			err = add_slot(w, work_kinds[k], round * w->options.threads + t, t);
		if (err)
			break;
	}
	return err;
}

int work_prepare(struct work *w, const char **what)
{
	size_t per_thread = 0;
	int err = 0;

	for (unsigned k = 0; work_kinds[k]; k++)
		per_thread += work_kinds[k]->per_thread;
	*what = "set-up";
	w->slots = calloc(per_thread * w->options.threads, sizeof(*w->slots));
	w->counters = aligned_alloc(64, w->options.threads * sizeof(*w->counters));
	w->memfd = memfd_create("flushwork", MFD_CLOEXEC);
	if (!w->slots || !w->counters || w->memfd < 0)
		return -errno;
	for (unsigned t = 0; t < w->options.threads; t++)
		w->counters[t] = (struct counters){ 0 };
	for (unsigned round = 0; round < per_thread && !err; round++)
		err = add_round(w, round, what);
	return !err && !w->slot_count ? -ENOSPC : err;
}

/* --- threads ----------------------------------------------------------------------------- */

/* The n-th CPU that we may use, counted round. Failing to pin costs power, not truth. */
static void pin(unsigned n)
{
	cpu_set_t may, one;
	int count;

	if (sched_getaffinity(0, sizeof(may), &may) < 0)
		return;
	count = CPU_COUNT(&may);
	CPU_ZERO(&one);
	for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &may) && seen++ == (int)n % count)
			CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/*
 * The thread's own slot at *at while that is in the middle of something (there others see
 * it fault, which is dear), else its next; NULL when it has none.
 */
static struct slot *next_own(struct work *w, unsigned thread, size_t *at)
{
	if (w->slots[*at].owner == thread && w->slots[*at].stage)
		return &w->slots[*at];
	for (size_t i = 0; i < w->slot_count; i++) {
		*at = (*at + 1) % w->slot_count;
		if (w->slots[*at].owner == thread)
			return &w->slots[*at];
	}
	return NULL;
}

static void *work_thread(void *argument)
{
	struct worker *me = argument;
	struct work *w = me->work;
	struct random r = { 0x9e3779b97f4a7c15ull * (me->thread + 1) ^ w->mm };
	size_t at = 0;

	pin(me->thread);
	while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
		struct slot *own = next_own(w, me->thread, &at);
		int err;

		for (unsigned i = 0; i < CHECKS; i++)
			check_slot(w, &w->slots[random_below(&r, (uint32_t)w->slot_count)],
				   me->thread, &r);
		if (!own)
			continue;
		err = own->kind->step(w, own);
		if (err < 0)
			report_error(w, own->kind->name, err);
		if (err == 0)
			w->counters[me->thread].steps[kind_index(own->kind)]++;
	}
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Until the time is up, or somebody has stopped the run. */
static void wait_end(struct work *w, double until)
{
	struct timespec t = { .tv_sec = (time_t)until,
			      .tv_nsec = (long)((until - (double)(time_t)until) * 1e9) };
	int r = 0;

	pthread_mutex_lock(&w->lock);
	while (!atomic_load(&w->stop) && r != ETIMEDOUT)
		r = pthread_cond_timedwait(&w->stopped, &w->lock, &t);
	pthread_mutex_unlock(&w->lock);
	atomic_store(&w->stop, true);
}

int work_run(struct work *w)
{
	struct worker *workers = calloc(w->options.threads, sizeof(*workers));
	unsigned started = 0;
	double start = now();
	int err = workers ? 0 : -ENOMEM;

	while (!err && started < w->options.threads) {
		workers[started] = (struct worker){ .work = w, .thread = started };
		err = -pthread_create(&workers[started].id, NULL, work_thread, &workers[started]);
		started += !err;
	}
	if (!err)
		wait_end(w, start + w->options.seconds);
	atomic_store(&w->stop, true);
	for (unsigned t = 0; t < started; t++)
		pthread_join(workers[t].id, NULL);
	w->elapsed = now() - start;
	free(workers);
	return err;
}
