/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was found, and how much was done: for people and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "guest/work/work.h"

static void stop(struct work *w)
{
	atomic_store(&w->stop, true);
	pthread_cond_signal(&w->stopped);
}

void report_add(struct work *w, const struct report *r)
{
	unsigned same = 0;

	atomic_fetch_add(&w->stale, 1);
	pthread_mutex_lock(&w->lock);
	for (unsigned i = 0; i < w->report_count; i++)
		same += w->reports[i].kind == r->kind;
	if (same < WORK_REPORTS)
		w->reports[w->report_count++] = *r;
	if (!w->options.keep_going)
		stop(w);
	pthread_mutex_unlock(&w->lock);
}

void report_error(struct work *w, const char *kind, int err)
{
	pthread_mutex_lock(&w->lock);
	if (!w->error) {
		w->error = err;
		w->error_kind = kind;
	}
	stop(w);
	pthread_mutex_unlock(&w->lock);
}

static struct counters sum(const struct work *w)
{
	struct counters all = { 0 };

	for (unsigned t = 0; t < w->options.threads; t++) {
		const struct counters *c = &w->counters[t];

		for (unsigned k = 0; k < WORK_KINDS_MAX; k++)
			all.steps[k] += c->steps[k];
		all.loads += c->loads;
		all.stores += c->stores;
		all.faults += c->faults;
	}
	return all;
}

static void print_text(const struct work *w, const struct counters *all, FILE *to)
{
	for (unsigned i = 0; i < w->report_count; i++) {
		const struct report *r = &w->reports[i];

		fprintf(to,
			"flushwork: %s: %s\n"
			"  thread %u on cpu %d at %#" PRIx64 ", mm %#" PRIx64,
			r->kind, r->what, r->thread, r->cpu, r->va, r->mm);
		if (r->generations)
			fprintf(to, ": expected generation %" PRIu64 " or later, saw %" PRIu64,
				r->expected, r->seen);
		fputc('\n', to);
	}
	fprintf(to, "flushwork: %u threads, %.1f s, mm %#" PRIx64 ":", w->options.threads,
		w->elapsed, w->mm);
	for (unsigned k = 0; work_kinds[k]; k++)
		if (w->options.chosen[k])
			fprintf(to, " %s %" PRIu64, work_kinds[k]->name, all->steps[k]);
	fprintf(to,
		"\nflushwork: checks %" PRIu64 " (loads %" PRIu64 ", stores %" PRIu64
		", of them faults %" PRIu64 "), stale %lu\n",
		all->loads + all->stores, all->loads, all->stores, all->faults,
		atomic_load(&w->stale));
}

static void print_json(const struct work *w, const struct counters *all, FILE *to)
{
	const char *comma = "";

	fprintf(to,
		"{\"threads\": %u, \"seconds\": %.3f, \"mm\": \"%#" PRIx64 "\", \"operations\": {",
		w->options.threads, w->elapsed, w->mm);
	for (unsigned k = 0; work_kinds[k]; k++) {
		if (!w->options.chosen[k])
			continue;
		fprintf(to, "%s\"%s\": %" PRIu64, comma, work_kinds[k]->name, all->steps[k]);
		comma = ", ";
	}
	fprintf(to,
		"}, \"loads\": %" PRIu64 ", \"stores\": %" PRIu64 ", \"faults\": %" PRIu64
		", \"stale\": %lu, \"reports\": [",
		all->loads, all->stores, all->faults, atomic_load(&w->stale));
	for (unsigned i = 0; i < w->report_count; i++) {
		const struct report *r = &w->reports[i];

		fprintf(to,
			"%s{\"kind\": \"%s\", \"what\": \"%s\", \"thread\": %u, \"cpu\": %d, "
			"\"va\": \"%#" PRIx64 "\", \"mm\": \"%#" PRIx64 "\"",
			i ? ", " : "", r->kind, r->what, r->thread, r->cpu, r->va, r->mm);
		if (r->generations)
			fprintf(to, ", \"expected\": %" PRIu64 ", \"seen\": %" PRIu64, r->expected,
				r->seen);
		fputc('}', to);
	}
	fputs("]}\n", to);
}

void report_print(const struct work *w, FILE *to)
{
	struct counters all = sum(w);

	if (w->options.json)
		print_json(w, &all, to);
	else
		print_text(w, &all, to);
}
