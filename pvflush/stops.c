/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's side of the stop measurement. Everything runs on the thread of the one vCPU. */
#include "pvflush/stops.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>

#include "pvflush/micro.h"
#include "vmm/machine.h"

#define STOPS_MEMORY     (16ull << 20)
#define STOPS_TIMEOUT_MS 1000
#define OUT_DX_AL        0xee
#define NOP              0x90
#define DR7_EXEC0        0x402ull /* G0, execution, reserved bit 10 (SDM vol. 3, 18.2.4) */
#define MAX_STEPS        64

struct samples {
	int64_t ns[STOP_ROUNDS];
	unsigned n;
};

struct stops {
	struct stops_result *ret;
	struct samples time[STOP_MECHS][2];
	uint8_t *site_byte;
	uint64_t site;
	/* The round at hand. */
	enum stop_mech mech;
	unsigned level; /* 0 or 1 */
	bool open, hit;
	unsigned steps, in_order;
	uint64_t last_pc;
	int64_t start, first_step, last_step;
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* KVM_SET_GUEST_DEBUG; a host that refuses shows as a stop that never comes. */
static void set_debug(struct vcpu *v, uint32_t control, uint64_t dr0)
{
	struct kvm_guest_debug g = { .control = control };

	g.arch.debugreg[0] = dr0;
	g.arch.debugreg[7] = dr0 ? DR7_EXEC0 : 0;
	ioctl(v->fd, KVM_SET_GUEST_DEBUG, &g);
}

static void arm(struct stops *s, struct vcpu *v)
{
	if (s->mech == STOP_OUT)
		*(volatile uint8_t *)s->site_byte = OUT_DX_AL;
	else if (s->mech == STOP_HWBP)
		set_debug(v, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP, s->site);
	else if (s->mech == STOP_STEP)
		set_debug(v, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP, 0);
}

static void disarm(struct stops *s, struct vcpu *v)
{
	if (s->mech == STOP_OUT)
		*(volatile uint8_t *)s->site_byte = NOP;
	else if (s->mech != STOP_PLAIN)
		set_debug(v, 0, 0);
}

static void begin(struct stops *s, struct vcpu *v, uint32_t call)
{
	s->mech = STOP_MECH(call) < STOP_MECHS ? (enum stop_mech)STOP_MECH(call) : STOP_PLAIN;
	s->level = STOP_LEVEL(call) != 0;
	s->open = true;
	s->hit = s->mech == STOP_PLAIN;
	s->steps = s->in_order = 0;
	s->last_pc = 0;
	s->start = now_ns();
	arm(s, v);
}

static void end(struct stops *s, struct vcpu *v)
{
	struct stop_measure *m = &s->ret->m[s->mech][s->level];
	struct samples *t = &s->time[s->mech][s->level];
	int64_t ns;

	if (!s->open)
		return;
	s->open = false;
	disarm(s, v);
	ns = now_ns() - s->start;
	if (s->mech == STOP_STEP && s->in_order >= STOP_SITE_LEN - 1) {
		s->hit = true; /* in_order > 1: there were at least two steps */
		ns = (s->last_step - s->first_step) / (int64_t)(s->steps - 1);
	}
	m->tries++;
	m->hits += s->hit;
	if (s->hit && t->n < STOP_ROUNDS)
		t->ns[t->n++] = ns;
}

static void on_call(void *opaque, struct vcpu *v, uint32_t value)
{
	struct stops *s = opaque;

	if (!s->site_byte)
		return;
	if (s->open && s->mech == STOP_OUT && value == STOP_HIT)
		s->hit = true;
	else if (value & STOP_BEGIN)
		begin(s, v, value);
	else if (value & STOP_END)
		end(s, v);
}

/* Counts reports of the site's no-ops, one after the other. */
static void step(struct stops *s, struct vcpu *v, uint64_t pc)
{
	s->last_step = now_ns();
	if (s->steps++ == 0)
		s->first_step = s->last_step;
	if (pc > s->site && pc < s->site + STOP_SITE_LEN && pc == s->last_pc + 1)
		s->in_order++;
	s->last_pc = pc;
	if (pc >= s->site + STOP_SITE_LEN || s->steps == MAX_STEPS)
		disarm(s, v);
}

static bool on_debug(void *opaque, struct vcpu *v)
{
	struct stops *s = opaque;
	uint64_t pc = v->run->debug.arch.pc;

	if (s->open && s->mech == STOP_STEP) {
		step(s, v, pc);
	} else {
		if (s->open && s->mech == STOP_HWBP && pc == s->site)
			s->hit = true;
		set_debug(v, 0, 0);
	}
	return true;
}

static void on_event(void *opaque, struct vcpu *v, const struct micro_event *e)
{
	struct stops *s = opaque;
	struct stop_sites sites;

	if (e->kind != MICRO_DATA || e->value[1] != sizeof(sites) ||
	    mem_read(v->machine->mem, gpa(e->value[0]), &sites, sizeof(sites)))
		return;
	s->site = sites.site;
	s->site_byte = mem_ptr(v->machine->mem, gpa(sites.site), STOP_SITE_LEN);
}

static int prepare(void *opaque, struct machine *m, struct diag *d)
{
	static const struct vcpu_hook hook = { .name = "stop measurement", .debug = on_debug };
	int err = machine_add_hook(m, &hook, opaque);

	return err ? diag_errno(d, err, "stop measurement", NULL) : 0;
}

static const struct micro_ops ops = { .prepare = prepare, .call = on_call, .event = on_event };

/* ---- results --------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t median(struct samples *s)
{
	if (!s->n)
		return 0;
	qsort(s->ns, s->n, sizeof(s->ns[0]), compare);
	return s->ns[s->n / 2];
}

static void judge(struct stops *s)
{
	for (unsigned level = 0; level < 2; level++) {
		int64_t plain = median(&s->time[STOP_PLAIN][level]);

		for (unsigned i = 0; i < STOP_MECHS; i++) {
			struct stop_measure *m = &s->ret->m[i][level];

			m->works = m->tries && m->hits == m->tries;
			m->cost_ns = m->works ? median(&s->time[i][level]) : 0;
			if (m->works && (i == STOP_OUT || i == STOP_HWBP))
				m->cost_ns -= plain;
		}
	}
}

const char *stop_mech_name(enum stop_mech m)
{
	static const char *const name[] = { "none", "patched OUT", "hardware breakpoint",
					    "single-step" };

	return name[m];
}

int stops_run(struct stops_result *ret, struct diag *d)
{
	struct stops s = { .ret = ret };
	const struct micro_config c = {
		.name = "stop measurement",
		.image = &micro_image_stops,
		.memory = STOPS_MEMORY,
		.vcpus = 1,
		.timeout_ms = STOPS_TIMEOUT_MS,
		.ops = &ops,
		.opaque = &s,
	};
	int err;

	*ret = (struct stops_result){ 0 };
	err = micro_run(&c, d);
	ret->ran = !err;
	judge(&s);
	return err;
}
