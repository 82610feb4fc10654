/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole of one run: options, slots, threads' counters, and what was found wrong. */
#ifndef GUEST_WORK_WORK_H
#define GUEST_WORK_WORK_H

#include <pthread.h>
#include <stdio.h>

#include "guest/work/slot.h"

#define WORK_THREADS_MAX 256
#define WORK_KINDS_MAX   16
#define WORK_REPORTS     2 /* kept of each kind */

struct options {
	unsigned threads;
	double seconds;
	size_t memory; /* bytes for contents, about */
	bool huge, json;
	bool keep_going;             /* after something was found */
	bool plant;                  /* announce restrictions too early: the check must fail */
	bool chosen[WORK_KINDS_MAX]; /* by index in work_kinds */
	const char *patterns;
};

struct counters {
	uint64_t steps[WORK_KINDS_MAX]; /* transitions, each one system call or more */
	uint64_t loads, stores, faults;
} __attribute__((aligned(64)));

/* One thing that must not happen. */
struct report {
	const char *what;
	const char *kind;
	unsigned thread;
	int cpu;
	uint64_t va, mm;
	bool generations; /* the next two mean something */
	uint64_t expected, seen;
};

struct work {
	struct options options;
	uint64_t mm;
	struct slot *slots;
	size_t slot_count;
	int memfd; /* shared backing of most slots */
	uint64_t memfd_size;
	uint64_t memory;           /* backing handed out so far */
	struct counters *counters; /* one per thread */
	atomic_bool stop;
	pthread_cond_t stopped; /* with lock: stop was set before the time was up */
	int error; /* -errno of the first system call that failed, and of which kind; lock */
	const char *error_kind;
	atomic_ulong stale; /* all found, also those not kept */
	pthread_mutex_t lock;
	struct report reports[WORK_KINDS_MAX * WORK_REPORTS];
	unsigned report_count;
	double elapsed;
};

struct random {
	uint64_t state;
};
/* xorshift64*: enough to pick slots and pages. */
static inline uint32_t random_below(struct random *r, uint32_t limit)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return (uint32_t)(((r->state * 0x2545f4914f6cdd1dull >> 32) * limit) >> 32);
}

/* The kinds of work, in the order of the table in kinds.c; NULL ends it. */
extern const struct kind *const work_kinds[];

/* Access one page of a slot and judge what was seen. */
void check_slot(struct work *w, struct slot *s, unsigned thread, struct random *r);

/* Record a violation and stop the run, unless it is to keep going. */
void report_add(struct work *w, const struct report *r);
/* Record a failed system call and stop the run. */
void report_error(struct work *w, const char *kind, int err);
/* The summary, and all that was found: text or JSON, as the options say. */
void report_print(const struct work *w, FILE *to);

/* Make the slots. 0 or -errno; *what names the kind that failed. */
int work_prepare(struct work *w, const char **what);
/* Run all threads for the options' time. 0 or -errno. */
int work_run(struct work *w);

#endif
