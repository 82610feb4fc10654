/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's side of the staleness probe. */
#include "pvflush/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "pvflush/micro.h"
#include "vmm/kvm_stats.h"
#include "vmm/machine.h"

#define PROBE_MEMORY     (16ull << 20)
#define PROBE_TIMEOUT_MS 800

struct samples {
	int64_t ns[PROBE_TIMES];
	unsigned n;
};

struct probe {
	struct probe_result *ret;
	struct lever *lever[PROBE_ACTIONS];
	struct lever *armed; /* to be pulled at the reader's next entry; its thread's own */
	struct samples time[PROBE_ACTIONS];
	int64_t last;
	unsigned last_action;
	gpa_t data;
	bool have_data;
};

static const struct {
	enum probe_action action;
	enum lever_kind kind;
} used[] = { { PROBE_STEAL, LEVER_STEAL }, { PROBE_SREGS, LEVER_SREGS } };

#define USED (sizeof(used) / sizeof(used[0]))

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* ---- while the guest runs: on the reader's thread ---------------------------------------- */

/* From one call to the next: the previous call's action, an entry, an exit. */
static void take_time(struct probe *p, unsigned action)
{
	int64_t now = now_ns();
	struct samples *s = &p->time[p->last_action];

	if (p->last && s->n < PROBE_TIMES)
		s->ns[s->n++] = now - p->last;
	p->last = now;
	p->last_action = action;
}

static void on_call(void *opaque, struct vcpu *v, uint32_t value)
{
	static const struct timespec nap = { .tv_nsec = 50000 };
	struct probe *p = opaque;
	uint32_t action = value & PROBE_CALL_MASK;

	if (value == PROBE_CALL_YIELD)
		nanosleep(&nap, NULL);
	if (value == PROBE_CALL_YIELD || v->id != PROBE_READER || action >= PROBE_ACTIONS)
		return;
	if (value & PROBE_CALL_TIME)
		take_time(p, action);
	p->armed = p->lever[action];
}

static void on_enter(void *opaque, struct vcpu *v)
{
	struct probe *p = opaque;

	if (v->id == PROBE_READER && p->armed && !lever_pull(p->armed, v))
		p->armed = NULL;
}

static void on_event(void *opaque, struct vcpu *v, const struct micro_event *e)
{
	struct probe *p = opaque;

	if (e->kind != MICRO_DATA || e->value[1] != sizeof(struct probe_data))
		return;
	p->data = gpa(e->value[0]);
	p->have_data = true;
}

/* ---- before and after ---------------------------------------------------------------------- */

/* A lever, ready for both vCPUs; NULL when this host refuses it. */
static struct lever *make_lever(struct machine *m, enum lever_kind kind)
{
	struct lever *l = NULL;
	int err = lever_create(&l, m, kind);

	for (unsigned i = 0; i < m->vcpus && !err; i++)
		err = lever_vcpu_init(l, m->vcpu[i]);
	if (!err)
		return l;
	lever_destroy(l);
	return NULL;
}

static int prepare(void *opaque, struct machine *m, struct diag *d)
{
	static const struct vcpu_hook hook = { .name = "staleness probe", .enter = on_enter };
	struct probe *p = opaque;
	int err;

	for (unsigned i = 0; i < USED; i++) {
		p->lever[used[i].action] = make_lever(m, used[i].kind);
		if (!p->lever[used[i].action])
			p->ret->lever[used[i].kind].works = PROBE_REFUSED;
	}
	err = machine_add_hook(m, &hook, p);
	return err ? diag_errno(d, err, "staleness probe", NULL) : 0;
}

/* Statistics that only shadow paging moves, once a guest has rewritten a live table. */
static bool shadow_used(int vm_fd)
{
	static const char *const name[] = { "mmu_unsync", "mmu_pte_write" };

	for (unsigned i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		uint64_t n = 0;

		if (kvm_stat(vm_fd, name[i], &n) == 0 && n)
			return true;
	}
	return false;
}

static void finish(void *opaque, struct machine *m)
{
	struct probe *p = opaque;

	p->ret->shadow = shadow_used(m->vm_fd);

	if (p->have_data)
		mem_read(m->mem, p->data, &p->ret->raw, sizeof(p->ret->raw));
	for (unsigned i = 0; i < USED; i++)
		lever_destroy(p->lever[used[i].action]);
}

static const struct micro_ops ops = { prepare, on_call, on_event, finish };

/* ---- costs ----------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t median(struct samples *s)
{
	qsort(s->ns, s->n, sizeof(s->ns[0]), compare);
	return s->ns[s->n / 2];
}

#define MIN_SAMPLES 8

static void judge_time(struct probe *p)
{
	struct samples *plain = &p->time[PROBE_EXIT];

	if (plain->n < MIN_SAMPLES)
		return;
	p->ret->exit_ns = median(plain);
	for (unsigned i = 0; i < USED; i++) {
		struct samples *s = &p->time[used[i].action];
		struct probe_lever *l = &p->ret->lever[used[i].kind];

		l->timed = l->works != PROBE_REFUSED && s->n >= MIN_SAMPLES;
		if (l->timed)
			l->cost_ns = median(s) - p->ret->exit_ns;
	}
}

#define ENOUGH_ROUNDS (PROBE_ROUNDS / 2)

static bool enough(const struct probe_data *raw)
{
	for (unsigned a = 0; a < PROBE_ACTIONS; a++)
		if (raw->action[a].rounds < ENOUGH_ROUNDS)
			return false;
	return true;
}

int probe_run(struct probe_result *ret, struct diag *d)
{
	struct probe p = { .ret = ret };
	struct micro_config c = {
		.name = "staleness probe",
		.image = &micro_image_probe,
		.memory = PROBE_MEMORY,
		.vcpus = 2,
		.timeout_ms = PROBE_TIMEOUT_MS,
		.ops = &ops,
		.opaque = &p,
	};
	int err;

	*ret = (struct probe_result){ 0 };
	err = micro_run(&c, d);
	/* On a very busy host the time limit may cut off the tail, but verdicts need the rounds
	 * only. */
	if (err == -ETIMEDOUT && enough(&ret->raw))
		err = 0;
	ret->ran = !err;
	judge_time(&p);
	probe_judge(ret);
	if (!err && ret->raw.foreign)
		return diag_set(d, -EIO, "staleness probe", NULL,
				"%u loads gave neither the old nor the new page", ret->raw.foreign);
	return err;
}
