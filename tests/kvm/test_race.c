/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flush engine with its levers on real KVM, raced by guest/micro/race.c: no load may
 * see a page after its flush completed. Then the same with planted defects, which
 * must be seen: else the run had no power (status 77, as nothing was tested).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "guest/micro/race.h"
#include "pvflush/lever.h"
#include "pvflush/micro.h"
#include "pvflush/tlb.h"
#include "tests/kvm/need_kvm.h"
#include "vmm/machine.h"

extern const struct micro_image micro_image_race;

struct race {
	enum lever_kind kind;
	enum flush_mutant mutant;
	struct lever *lever;
	struct tlb *tlb;
	gpa_t at;
	bool have_data;
	struct race_data data;
	uint64_t kicked, elided;
};

static void on_call(void *opaque, struct vcpu *v, uint32_t value)
{
	struct flush_request r = { .kind = FLUSH_HV_SPACE };
	struct race *race = opaque;

	if (value != RACE_CALL_FLUSH)
		return;
	for (unsigned i = 0; i < v->machine->vcpus; i++)
		if (i != v->id)
			vpset_add(&r.targets, i);
	tlb_flush(race->tlb, v, &r);
}

static void on_event(void *opaque, struct vcpu *v, const struct micro_event *e)
{
	struct race *race = opaque;

	if (e->kind != MICRO_DATA || e->value[1] != sizeof(struct race_data))
		return;
	race->at = gpa(e->value[0]);
	race->have_data = true;
}

static int prepare(void *opaque, struct machine *m, struct diag *d)
{
	struct race *race = opaque;
	int err = lever_create(&race->lever, m, race->kind);

	for (unsigned i = 0; i < m->vcpus && !err; i++)
		err = lever_vcpu_init(race->lever, m->vcpu[i]);
	if (!err)
		err = tlb_create(&race->tlb, m, race->lever, race->mutant);
	return err ? diag_errno(d, err, lever_kind_name(race->kind), NULL) : 0;
}

static void finish(void *opaque, struct machine *m)
{
	struct race *race = opaque;

	if (race->have_data)
		mem_read(m->mem, race->at, &race->data, sizeof(race->data));
	if (race->tlb) {
		const struct flush_kind_stats *k =
		    &tlb_stats(race->tlb)->vcpu[0].kind[FLUSH_HV_SPACE];

		race->kicked = atomic_load(&k->kicked);
		race->elided = atomic_load(&k->elided);
	}
	tlb_destroy(race->tlb);
	lever_destroy(race->lever);
}

static const struct micro_ops ops = { prepare, on_call, on_event, finish };

static int run(struct race *race, unsigned vcpus, struct diag *d)
{
	const struct micro_config c = {
		.name = "flush race",
		.image = &micro_image_race,
		.memory = 16 << 20,
		.vcpus = vcpus,
		.timeout_ms = 20000,
		.ops = &ops,
		.opaque = race,
	};
	int err = micro_run(&c, d);

	printf("%-6s mutant %-12s %u vCPUs: %" PRIu64 " rounds, %" PRIu64 " kicked, %" PRIu64
	       " elided, %" PRIu64 " loads, %" PRIu64 " settled, %" PRIu64 " stale, %" PRIu64
	       " foreign\n",
	       lever_kind_name(race->kind), race->mutant ? flush_mutant_names[race->mutant] : "-",
	       vcpus, race->data.rounds, race->kicked, race->elided, race->data.loads,
	       race->data.settled, race->data.stale, race->data.foreign);
	return err;
}

/* 0 when the run went as it must; a lever that this host refuses is passed over. */
static int correct(enum lever_kind kind, unsigned vcpus)
{
	struct race race = { .kind = kind };
	struct diag d = { 0 };
	int err = run(&race, vcpus, &d);

	if (err == -EOPNOTSUPP) {
		printf("%s: not on this host\n", lever_kind_name(kind));
		return 0;
	}
	if (err) {
		diag_print(&d, stdout);
		return 1;
	}
	return race.data.stale || race.data.foreign || race.data.settled == 0;
}

/* Whether the absence of flushes was noticed: a few tries, as it is a race. */
static bool noticed(enum lever_kind kind, enum flush_mutant mutant)
{
	for (unsigned i = 0; i < 5; i++) {
		struct race race = { .kind = kind, .mutant = mutant };
		struct diag d = { 0 };

		if (run(&race, 2, &d))
			diag_print(&d, stdout);
		if (race.data.stale)
			return true;
	}
	return false;
}

int main(void)
{
	bool power;
	int bad = 0;

	need_kvm();
	setvbuf(stdout, NULL, _IOLBF, 0);
	power = noticed(LEVER_NONE, MUTANT_NONE) && noticed(LEVER_SREGS, MUTANT_DROP_FLUSH);
	for (unsigned n = 2; n <= 4; n += 2) {
		bad += correct(LEVER_STEAL, n);
		bad += correct(LEVER_SREGS, n);
	}
	if (bad) {
		printf("FAIL: a stale page was used after its flush, or a run went wrong\n");
		return 1;
	}
	if (!power) {
		printf("SKIP: needs a host on which stale translations outlive an exit\n");
		return TEST_SKIP;
	}
	return 0;
}
