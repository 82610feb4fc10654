/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A few instructions on a private vCPU. */
#include "vmm/snippet.h"

#include "vmm/machine.h"
#include "vmm/regs.h"

static void done(void *opaque, struct vcpu *v, uint64_t offset, unsigned size, uint64_t value)
{
	machine_stop(v->machine, STOP_DEBUG_EXIT, 0, NULL);
}

static const struct bus_ops done_port = { .name = "done", .write = done };

static int set_registers(struct machine *m, const struct snippet *s)
{
	struct boot_entry entry = { .mode = BOOT_LONG64, .rip = gpa(SNIPPET_AT) };
	struct vcpu *v = m->vcpu[0];
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	int err = kvm_get_sregs(v->fd, &sregs);

	if (!err)
		err = regs_boot(&sregs, &regs, m->mem, &entry);
	if (err)
		return err;
	sregs.cr4 |= s->cr4;
	regs.rsp = SNIPPET_AT;
	err = kvm_set_sregs(v->fd, &sregs);
	return err ? err : kvm_set_regs(v->fd, &regs);
}

static int prepare(struct machine *m, const struct snippet *s)
{
	int err = bus_add(&m->pio, LAYOUT_PORT_DEBUG_EXIT, 1, &done_port, NULL);

	if (!err)
		err = mem_write(m->mem, gpa(SNIPPET_AT), s->code, s->size);
	if (!err && s->prepare)
		s->prepare(m);
	return err ? err : set_registers(m, s);
}

int snippet_run(const struct snippet *s, bool *finished, struct diag *d)
{
	struct machine_config c = { .memory = 2 << 20, .vcpus = 1 };
	enum stop_reason stop = STOP_CRASH;
	struct machine *m;
	int err = machine_create(&m, &c, d);

	*finished = false;
	if (err)
		return err;
	/* Some CR4 bits can be set only where CPUID offers their feature: so install it first. */
	err = machine_install_cpuid(m);
	if (err) {
		machine_destroy(m);
		return diag_errno(d, err, "KVM_SET_CPUID2", NULL);
	}
	err = prepare(m, s);
	if (err)
		diag_errno(d, err, "/dev/kvm", NULL);
	else if (machine_start(m, d) == 0)
		stop = machine_wait(m);
	*finished = stop == STOP_DEBUG_EXIT;
	if (*finished && s->look)
		s->look(s->opaque, m);
	if (stop == STOP_CRASH && m->stop_diag.reason[0])
		*d = m->stop_diag;
	machine_destroy(m);
	return 0;
}
