/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush engine against a model of a CPU's TLB, without KVM: threads play vCPUs
 * that cache a "translation" (a generation of a page table), initiate flushes and
 * check, while in guest mode, that they never use one that a completed flush should
 * have removed. The planted defects must be caught; the engine must not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pvflush/lever.h"
#include "pvflush/tlb.h"
#include "vmm/machine.h"

#define VCPUS	4
#define ROUNDS	20000
#define RESIDE	64 /* guest "instructions" per stay */

/* One simulated CPU. cached is its TLB: touched by its own thread only. */
struct cpu {
	struct vcpu vcpu;
	struct kvm_run run;
	uint64_t cached;
	bool armed; /* the lever was pulled */
	_Atomic int kicked;
	unsigned seed;
};

static struct {
	struct machine m;
	struct vcpu *vcpu[VCPUS];
	struct cpu cpu[VCPUS];
	struct tlb *tlb;
	const struct vcpu_hook *hook;
	void *hook_opaque;
	_Atomic uint64_t table;	    /* the page table's generation */
	_Atomic uint64_t committed; /* newest generation whose flush completed */
	_Atomic uint64_t stale;	    /* uses of a translation older than committed */
	_Atomic int kicks, stops, lever_errors;
} sim;

/* ---- what the engine calls -------------------------------------------------------- */

int machine_add_hook(struct machine *m, const struct vcpu_hook *ops, void *opaque)
{
	sim.hook = ops;
	sim.hook_opaque = opaque;
	return 0;
}

void machine_stop(struct machine *m, enum stop_reason why, int status, const struct diag *d)
{
	sim.stops++;
}

void vcpu_kick(struct vcpu *v)
{
	sim.kicks++;
	atomic_store(&sim.cpu[v->id].kicked, 1);
}

int lever_pull(struct lever *l, struct vcpu *v)
{
	if (atomic_load(&sim.lever_errors) > 0 && atomic_fetch_sub(&sim.lever_errors, 1) > 0)
		return -5;
	sim.cpu[v->id].armed = true;
	return 0;
}

const char *lever_name(const struct lever *l)
{
	return "simulated";
}

/* ---- the simulated CPU ------------------------------------------------------------- */

static void guest_stay(struct cpu *c)
{
	if (c->armed) {
		c->cached = atomic_load(&sim.table);
		c->armed = false;
	}
	for (int i = 1; i <= RESIDE; i++) {
		if (c->cached < atomic_load(&sim.committed))
			atomic_fetch_add(&sim.stale, 1);
		if (i % 16)
			continue;
		/* A kick takes time to arrive, and a CPU may lose its host CPU meanwhile. */
		if (rand_r(&c->seed) % 16 == 0)
			sched_yield();
		if (atomic_load(&c->kicked))
			break;
	}
}

/* KVM_RUN: aborted now and then before it enters, as by a pending signal. */
static void run(struct cpu *c)
{
	c->run.immediate_exit = rand_r(&c->seed) % 8 == 0;
	sim.hook->enter(sim.hook_opaque, &c->vcpu);
	if (!c->run.immediate_exit)
		guest_stay(c);
	sim.hook->leave(sim.hook_opaque, &c->vcpu);
	c->run.immediate_exit = 0;
	atomic_store(&c->kicked, 0);
}

static void initiate(struct cpu *c)
{
	struct flush_request r = { .kind = FLUSH_HV_SPACE };
	uint64_t mine = atomic_fetch_add(&sim.table, 1) + 1, seen;

	vpset_first(&r.targets, VCPUS);
	tlb_flush(sim.tlb, &c->vcpu, &r);
	seen = atomic_load(&sim.committed);
	while (seen < mine && !atomic_compare_exchange_weak(&sim.committed, &seen, mine))
		;
}

static void *cpu_thread(void *arg)
{
	struct cpu *c = arg;

	for (int i = 0; i < ROUNDS; i++) {
		run(c);
		if (rand_r(&c->seed) % 4 == 0)
			initiate(c);
	}
	return NULL;
}

static void simulate(enum flush_mutant mutant)
{
	pthread_t t[VCPUS];

	memset(&sim, 0, sizeof(sim));
	sim.m.vcpus = VCPUS;
	sim.m.vcpu = sim.vcpu;
	for (unsigned i = 0; i < VCPUS; i++) {
		sim.cpu[i].vcpu.id = i;
		sim.cpu[i].vcpu.machine = &sim.m;
		sim.cpu[i].vcpu.run = &sim.cpu[i].run;
		sim.cpu[i].seed = i + 1;
		sim.vcpu[i] = &sim.cpu[i].vcpu;
	}
	assert_int_equal(tlb_create(&sim.tlb, &sim.m, NULL, mutant), 0);
	for (unsigned i = 0; i < VCPUS; i++)
		pthread_create(&t[i], NULL, cpu_thread, &sim.cpu[i]);
	for (unsigned i = 0; i < VCPUS; i++)
		pthread_join(t[i], NULL);
}

/* ---- tests --------------------------------------------------------------------------- */

static void test_no_stale_use(void **state)
{
	uint64_t requests, targets, kicked, elided;

	simulate(MUTANT_NONE);
	assert_int_equal(sim.stale, 0);
	requests = targets = kicked = elided = 0;
	for (unsigned i = 0; i < VCPUS; i++) {
		const struct flush_kind_stats *k = &tlb_stats(sim.tlb)->vcpu[i].kind[FLUSH_HV_SPACE];

		requests += k->requests;
		targets += k->targets;
		kicked += k->kicked;
		elided += k->elided;
	}
	assert_int_equal(requests, sim.table);
	assert_int_equal(targets, requests * VCPUS);
	assert_int_equal(kicked + elided, targets);
	assert_int_equal(kicked, sim.kicks);
	tlb_destroy(sim.tlb);
}

static void expect_caught(enum flush_mutant mutant)
{
	bool caught = false;

	/* Which interleavings happen is up to the scheduler: give the defect some chances. */
	for (int i = 0; i < 50 && !caught; i++) {
		simulate(mutant);
		caught = sim.stale > 0;
		tlb_destroy(sim.tlb);
	}
	assert_true(caught);
}

static void test_drop_flush_is_caught(void **state)
{
	expect_caught(MUTANT_DROP_FLUSH);
}

static void test_early_reply_is_caught(void **state)
{
	expect_caught(MUTANT_EARLY_REPLY);
}

static void test_lost_pending_is_caught(void **state)
{
	expect_caught(MUTANT_LOST_PENDING);
}

static void test_self_missed_is_caught(void **state)
{
	expect_caught(MUTANT_SELF_MISSED);
}

/* F2: a lever that fails now and then loses nothing. */
static void test_failing_lever_keeps_pending(void **state)
{
	struct cpu *c = &sim.cpu[0];

	memset(&sim, 0, sizeof(sim));
	sim.m.vcpus = 1;
	sim.vcpu[0] = &c->vcpu;
	sim.m.vcpu = sim.vcpu;
	c->vcpu.run = &c->run;
	assert_int_equal(tlb_create(&sim.tlb, &sim.m, NULL, MUTANT_NONE), 0);
	tlb_flush_self(sim.tlb, &c->vcpu, FLUSH_KVM_STEAL);
	sim.lever_errors = 2;
	sim.hook->enter(sim.hook_opaque, &c->vcpu);
	assert_true(c->armed);
	assert_int_equal(tlb_stats(sim.tlb)->vcpu[0].lever_failed, 2);
	assert_int_equal(tlb_stats(sim.tlb)->vcpu[0].flushed, 1);
	sim.hook->leave(sim.hook_opaque, &c->vcpu);

	/* A lever that never works stops the machine and keeps the guest out. */
	c->armed = false;
	tlb_flush_self(sim.tlb, &c->vcpu, FLUSH_KVM_STEAL);
	sim.lever_errors = 100;
	sim.hook->enter(sim.hook_opaque, &c->vcpu);
	assert_false(c->armed);
	assert_int_equal(sim.stops, 1);
	assert_int_equal(c->run.immediate_exit, 1);
	tlb_destroy(sim.tlb);
}

static void test_mutant_names(void **state)
{
	enum flush_mutant m;

	for (unsigned i = 0; flush_mutant_names[i]; i++) {
		assert_int_equal(flush_mutant_parse(flush_mutant_names[i], &m), 0);
		assert_int_equal(m, i);
	}
	assert_int_equal(flush_mutant_parse("no-such", &m), -22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_stale_use),
		cmocka_unit_test(test_drop_flush_is_caught),
		cmocka_unit_test(test_early_reply_is_caught),
		cmocka_unit_test(test_lost_pending_is_caught),
		cmocka_unit_test(test_self_missed_is_caught),
		cmocka_unit_test(test_failing_lever_keeps_pending),
		cmocka_unit_test(test_mutant_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
