/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A micro guest's private machine, from creation to the last report. */
#include "pvflush/micro.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "vmm/boot/image.h"
#include "vmm/machine.h"
#include "vmm/regs.h"

struct micro {
	const struct micro_config *c;
	struct machine *m;
	struct ring_op arm, limit;
};

/* ---- reports ------------------------------------------------------------------------ */

/* A guest string: at most size - 1 bytes, cut at the end of RAM; unprintable bytes become '?'. */
static void copy_string(char *to, size_t size, const struct memory *m, uint64_t at)
{
	size_t i = 0;

	for (; at && i < size - 1 && !mem_read(m, gpa(at + i), to + i, 1) && to[i]; i++)
		if (to[i] < ' ' || to[i] > '~')
			to[i] = '?';
	to[i] = 0;
}

static bool read_event(struct micro_event *e, const struct memory *m, uint32_t at)
{
	struct micro_report r;

	if (mem_read(m, gpa(at), &r, sizeof(r)))
		return false;
	*e = (struct micro_event){ .kind = (enum micro_kind)r.kind, .line = r.line, .cpu = r.cpu };
	memcpy(e->value, r.value, sizeof(e->value));
	copy_string(e->file, sizeof(e->file), m, r.file);
	copy_string(e->text, sizeof(e->text), m, r.text);
	return true;
}

static void panic(struct micro *g, const struct micro_event *e)
{
	struct diag d = { 0 };

	diag_set(&d, -EIO, g->c->name, "please report this with the output of: shootdown doctor",
		 "the guest stopped on CPU %u: %s (%#llx %#llx %#llx %#llx)", e->cpu, e->text,
		 (unsigned long long)e->value[0], (unsigned long long)e->value[1],
		 (unsigned long long)e->value[2], (unsigned long long)e->value[3]);
	machine_stop(g->m, STOP_CRASH, EIO, &d);
}

static void on_report(struct micro *g, struct vcpu *v, uint32_t at)
{
	struct micro_event e;

	if (!read_event(&e, g->m->mem, at)) {
		e = (struct micro_event){ .text = "a report outside guest RAM", .value = { at } };
		panic(g, &e);
	} else if (e.kind == MICRO_PANIC) {
		panic(g, &e);
	} else if (e.kind == MICRO_DONE) {
		machine_stop(g->m, STOP_HOST, 0, NULL);
	} else if (g->c->ops->event) {
		g->c->ops->event(g->c->opaque, v, &e);
	}
}

/* ---- the ports ------------------------------------------------------------------------ */

static uint64_t port_read(void *opaque, struct vcpu *v, uint64_t offset, unsigned size)
{
	return offset == MICRO_PORT_CPUS - MICRO_PORT ? v->machine->vcpus : 0;
}

static void port_write(void *opaque, struct vcpu *v, uint64_t offset, unsigned size, uint64_t value)
{
	struct micro *g = opaque;

	if (offset == MICRO_PORT_REPORT - MICRO_PORT)
		on_report(g, v, (uint32_t)value);
	else if (offset == MICRO_PORT_CALL - MICRO_PORT && g->c->ops->call)
		g->c->ops->call(g->c->opaque, v, (uint32_t)value);
}

static const struct bus_ops port_ops = { "micro guest", port_read, port_write };

/* ---- the time limit, on the event thread ------------------------------------------------ */

static void limit_reached(struct ring_op *op, int res)
{
	struct micro *g = (struct micro *)((char *)op - offsetof(struct micro, limit));

	if (res != -ECANCELED)
		machine_stop(g->m, STOP_HOST, ETIMEDOUT, NULL);
}

static void arm_limit(struct ring_op *op, int res)
{
	struct micro *g = (struct micro *)((char *)op - offsetof(struct micro, arm));

	if (res != -ECANCELED)
		ring_timeout(g->m->ring, &g->limit, g->c->timeout_ms * 1000000ull);
}

/* ---- the run ------------------------------------------------------------------------------ */

static int load(struct micro *g, struct diag *d)
{
	struct boot_request r = {
		.kernel = g->c->image->data,
		.kernel_size = g->c->image->size,
		.kernel_name = g->c->name,
		.cmdline = g->c->cmdline ? g->c->cmdline : "",
	};
	struct vcpu *v = g->m->vcpu[0];
	struct boot_entry entry;
	struct kvm_sregs s;
	struct kvm_regs regs;
	int err = boot_load(&entry, g->m->mem, &r, d);

	if (err)
		return err;
	err = kvm_get_sregs(v->fd, &s);
	if (!err)
		err = regs_boot(&s, &regs, g->m->mem, &entry);
	if (!err)
		err = vcpu_set_sregs(v, &s);
	if (!err)
		err = kvm_set_regs(v->fd, &regs);
	return err ? diag_errno(d, err, g->c->name, NULL) : 0;
}

static int outcome(struct micro *g, struct diag *d)
{
	enum stop_reason why = machine_wait(g->m);

	machine_quiesce(g->m);
	if (why == STOP_HOST && g->m->stop_status == 0)
		return 0;
	if (why == STOP_HOST)
		return diag_set(d, -ETIMEDOUT, g->c->name, "is this machine very busy? try again",
				"the guest did not end within %u ms", g->c->timeout_ms);
	if (why == STOP_CRASH) {
		if (d)
			*d = g->m->stop_diag;
		return -EIO;
	}
	return diag_set(d, -EIO, g->c->name, NULL, "the guest ended without a result");
}

static int run(struct micro *g, struct diag *d)
{
	int err = bus_add(&g->m->pio, MICRO_PORT, MICRO_PORT_LEN, &port_ops, g);

	if (err)
		return diag_errno(d, err, g->c->name, NULL);
	err = load(g, d);
	if (!err && g->c->ops->prepare)
		err = g->c->ops->prepare(g->c->opaque, g->m, d);
	if (!err)
		err = machine_start(g->m, d);
	if (!err) {
		ring_post(g->m->ring, &g->arm);
		err = outcome(g, d);
	}
	if (g->c->ops->finish)
		g->c->ops->finish(g->c->opaque, g->m);
	return err;
}

int micro_run(const struct micro_config *c, struct diag *d)
{
	struct micro g = { .c = c, .arm.done = arm_limit, .limit.done = limit_reached };
	struct machine_config mc = { .memory = c->memory, .vcpus = c->vcpus };
	int err = machine_create(&g.m, &mc, d);

	if (err)
		return err;
	err = run(&g, d);
	machine_destroy(g.m);
	return err;
}
