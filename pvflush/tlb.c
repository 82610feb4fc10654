/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush engine: F1 to F3 and F5 of tlb.h. A request marks every target, then
 * kicks those in guest mode and waits for them to leave it; each vCPU flushes
 * itself on its way in.
 */
#include "pvflush/tlb.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "pvflush/lever.h"
#include "vmm/machine.h"

enum { VCPU_OUT, VCPU_IN };

#define SPINS	       200 /* before sleeping: a target that is about to leave anyway */
#define LEVER_ATTEMPTS 3

/* One cache line each: initiators poll it. */
struct tlb_vcpu {
	_Atomic uint32_t mode;
	_Atomic uint32_t pending;
	_Atomic uint32_t left;	  /* a futex */
	_Atomic uint32_t waiters; /* initiators asleep on left */
} __attribute__((aligned(64)));

struct tlb {
	struct machine *m;
	struct lever *lever;
	enum flush_mutant mutant;
	struct tlb_vcpu *vcpu;
	_Atomic uint64_t seen; /* requests, for MUTANT_DROP_FLUSH */
	struct flush_stats stats;
};

static void count(_Atomic uint64_t *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- the target's side -------------------------------------------------------- */

static void leave_guest(struct tlb_vcpu *s)
{
	atomic_store(&s->mode, VCPU_OUT);
	atomic_fetch_add(&s->left, 1);
	/* Pairs with waiters++ before the sleep in wait_left(): one of us sees the other. */
	if (atomic_load(&s->waiters))
		syscall(SYS_futex, &s->left, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

/* No lever works: the vCPU must not run again with a flush owed. */
static void give_up(struct tlb *t, struct vcpu *v, int err)
{
	struct diag d = { 0 };
	char object[32];

	snprintf(object, sizeof(object), "vCPU %u", v->id);
	diag_set(&d, err, object, "try another host kernel, or --lever sregs",
		 "flush lever %s failed: %s", lever_name(t->lever), strerror(-err));
	v->run->immediate_exit = 1;
	machine_stop(t->m, STOP_CRASH, 0, &d);
}

static bool flush_now(struct tlb *t, struct vcpu *v)
{
	struct flush_vcpu_stats *st = &t->stats.vcpu[v->id];
	int err = 0;

	if (t->mutant == MUTANT_LOST_PENDING && v->run->immediate_exit)
		return true; /* the planted bug: this entry is going to be aborted */
	for (int i = 0; i < LEVER_ATTEMPTS; i++) {
		err = lever_pull(t->lever, v);
		if (!err) {
			count(&st->flushed, 1);
			return true;
		}
		count(&st->lever_failed, 1);
	}
	atomic_store(&t->vcpu[v->id].pending, 1); /* F2 */
	give_up(t, v, err);
	return false;
}

static void tlb_enter(void *opaque, struct vcpu *v)
{
	struct tlb *t = opaque;
	struct tlb_vcpu *s = &t->vcpu[v->id];

	for (;;) {
		while (atomic_exchange(&s->pending, 0))
			if (!flush_now(t, v))
				return;
		atomic_store(&s->mode, VCPU_IN);
		atomic_thread_fence(memory_order_seq_cst); /* pairs with tlb_flush() */
		if (!atomic_load(&s->pending))
			return;
		leave_guest(s);
	}
}

static void tlb_leave(void *opaque, struct vcpu *v)
{
	struct tlb *t = opaque;

	leave_guest(&t->vcpu[v->id]);
}

/* ---- the initiator's side ------------------------------------------------------- */

static bool has_left(const struct tlb_vcpu *s, uint32_t left)
{
	return atomic_load(&s->left) != left || atomic_load(&s->mode) != VCPU_IN;
}

static void wait_left(struct tlb_vcpu *s, uint32_t left)
{
	for (int i = 0; i < SPINS; i++) {
		if (has_left(s, left))
			return;
		__builtin_ia32_pause();
	}
	atomic_fetch_add(&s->waiters, 1);
	while (!has_left(s, left))
		syscall(SYS_futex, &s->left, FUTEX_WAIT_PRIVATE, left, NULL, NULL, 0);
	atomic_fetch_sub(&s->waiters, 1);
}

/* A guest without any flush does not boot: let it come up first. */
static bool dropping(struct tlb *t)
{
	return atomic_fetch_add_explicit(&t->seen, 1, memory_order_relaxed) >= MUTANT_GRACE;
}

/* Targets of r that exist; the mutants that miss some are planted here. */
static void effective_targets(struct tlb *t, const struct vcpu *self,
			      const struct flush_request *r, struct vpset *ret)
{
	*ret = r->targets;
	vpset_limit(ret, t->m->vcpus);
	if (t->mutant == MUTANT_SELF_MISSED)
		ret->bank[self->id / 64] &= ~(1ull << self->id % 64);
	if (t->mutant == MUTANT_DROP_FLUSH && dropping(t))
		vpset_clear(ret);
}

/* F1. Returns how many targets were kicked. */
static unsigned mark_and_kick(struct tlb *t, struct vcpu *self, const struct vpset *targets)
{
	uint32_t left[LAYOUT_MAX_VCPUS];
	struct vpset kicked;
	unsigned n = 0, vp;

	vpset_clear(&kicked);
	for (vp = vpset_next(targets, 0); vp < VPSET_MAX; vp = vpset_next(targets, vp + 1))
		atomic_store(&t->vcpu[vp].pending, 1);
	atomic_thread_fence(memory_order_seq_cst); /* pairs with tlb_enter() */
	for (vp = vpset_next(targets, 0); vp < VPSET_MAX; vp = vpset_next(targets, vp + 1)) {
		left[vp] = atomic_load(&t->vcpu[vp].left);
		if (vp == self->id || atomic_load(&t->vcpu[vp].mode) != VCPU_IN)
			continue;
		vcpu_kick(t->m->vcpu[vp]);
		vpset_add(&kicked, vp);
		n++;
	}
	if (t->mutant == MUTANT_EARLY_REPLY)
		return n;
	for (vp = vpset_next(&kicked, 0); vp < VPSET_MAX; vp = vpset_next(&kicked, vp + 1))
		wait_left(&t->vcpu[vp], left[vp]);
	return n;
}

static unsigned bucket(uint64_t ns)
{
	unsigned b = 0;

	for (ns /= 64; ns > 1 && b < STATS_BUCKETS - 1; ns /= 2)
		b++;
	return b;
}

void tlb_flush(struct tlb *t, struct vcpu *self, const struct flush_request *r)
{
	struct flush_kind_stats *k = &t->stats.vcpu[self->id].kind[r->kind];
	uint64_t start = now_ns(), ns;
	struct vpset targets;
	unsigned n, kicked;

	effective_targets(t, self, r, &targets);
	n = vpset_count(&targets);
	kicked = mark_and_kick(t, self, &targets);
	ns = now_ns() - start;
	count(&k->requests, 1);
	count(&k->targets, n);
	count(&k->kicked, kicked);
	count(&k->elided, n - kicked);
	count(&k->ranges, r->ranges);
	count(&k->latency[bucket(ns)], 1);
	count(&k->latency_ns, ns);
}

void tlb_flush_self(struct tlb *t, struct vcpu *self, enum flush_kind kind)
{
	struct flush_kind_stats *k = &t->stats.vcpu[self->id].kind[kind];

	count(&k->requests, 1);
	count(&k->targets, 1);
	count(&k->elided, 1);
	if (t->mutant != MUTANT_DROP_FLUSH || !dropping(t))
		atomic_store(&t->vcpu[self->id].pending, 1);
}

/* ---- life cycle -------------------------------------------------------------------- */

static const struct vcpu_hook tlb_hook = {
	.name = "flush engine",
	.enter = tlb_enter,
	.leave = tlb_leave,
};

int tlb_create(struct tlb **ret, struct machine *m, struct lever *lever, enum flush_mutant mutant)
{
	struct tlb *t = calloc(1, sizeof(*t));
	int err = -ENOMEM;

	_Static_assert(STATS_KINDS == FLUSH_KINDS, "one counter row per kind of flush");
	if (!t)
		return -ENOMEM;
	t->m = m;
	t->lever = lever;
	t->mutant = mutant;
	t->vcpu = aligned_alloc(64, m->vcpus * sizeof(t->vcpu[0]));
	t->stats.vcpu = calloc(m->vcpus, sizeof(t->stats.vcpu[0]));
	t->stats.vcpus = m->vcpus;
	t->stats.lever = lever_name(lever);
	if (t->vcpu && t->stats.vcpu) {
		memset(t->vcpu, 0, m->vcpus * sizeof(t->vcpu[0]));
		err = machine_add_hook(m, &tlb_hook, t);
	}
	if (err) {
		tlb_destroy(t);
		return err;
	}
	*ret = t;
	return 0;
}

void tlb_destroy(struct tlb *t)
{
	if (!t)
		return;
	free(t->vcpu);
	free(t->stats.vcpu);
	free(t);
}

struct flush_stats *tlb_stats(struct tlb *t)
{
	return &t->stats;
}
