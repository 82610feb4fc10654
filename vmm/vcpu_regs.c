/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of the exit at hand: through kvm_run where KVM_CAP_SYNC_REGS carries them. */
#include <errno.h>
#include <string.h>

#include "vmm/machine.h"

#define CR0_PE	 1ull
#define EFER_LMA (1ull << 10)

struct kvm_regs *vcpu_regs(struct vcpu *v)
{
	if (v->sync_regs)
		return &v->run->s.regs.regs;
	if (!v->regs_valid && kvm_get_regs(v->fd, &v->regs) < 0)
		return NULL;
	v->regs_valid = true;
	return &v->regs;
}

struct kvm_sregs *vcpu_sregs(struct vcpu *v)
{
	if (v->sync_regs)
		return &v->run->s.regs.sregs;
	if (!v->sregs_valid && kvm_get_sregs(v->fd, &v->sregs) < 0)
		return NULL;
	v->sregs_valid = true;
	return &v->sregs;
}

void vcpu_regs_dirty(struct vcpu *v)
{
	if (v->sync_regs)
		v->run->kvm_dirty_regs |= KVM_SYNC_X86_REGS;
	else
		v->regs_dirty = true;
}

/*
 * KVM adds the vector of an interrupt that it will inject again to the bitmap that it shares
 * with us, and never takes one out. A vector of long ago, handed back by KVM_SET_SREGS,
 * would be injected into a guest with interrupts off.
 */
static void forget_interrupt(struct vcpu *v)
{
	struct kvm_sregs *s = &v->run->s.regs.sregs;

	if (v->sync_regs)
		memset(s->interrupt_bitmap, 0, sizeof(s->interrupt_bitmap));
}

int vcpu_write_back(struct vcpu *v)
{
	forget_interrupt(v);
	if (!v->regs_dirty)
		return 0;
	v->regs_dirty = false;
	return kvm_set_regs(v->fd, &v->regs);
}

int vcpu_set_sregs(struct vcpu *v, const struct kvm_sregs *s)
{
	int err = kvm_set_sregs(v->fd, s);

	if (err)
		return err;
	v->sregs = *s;
	v->sregs_valid = true;
	if (v->sync_regs)
		v->run->s.regs.sregs = *s;
	return 0;
}

unsigned vcpu_cpl(struct vcpu *v)
{
	const struct kvm_sregs *s = vcpu_sregs(v);

	if (!s)
		return 3; /* unknown: the least trusted */
	return s->cr0 & CR0_PE ? s->ss.dpl : 0;
}

bool vcpu_long_mode(struct vcpu *v)
{
	const struct kvm_sregs *s = vcpu_sregs(v);

	return s && s->efer & EFER_LMA && s->cs.l;
}

int vcpu_complete_io(struct vcpu *v)
{
	int r = vcpu_write_back(v);

	if (r)
		return r;
	*(volatile __u8 *)&v->run->immediate_exit = 1;
	r = kvm_run(v->fd);
	*(volatile __u8 *)&v->run->immediate_exit = 0;
	v->regs_valid = v->sregs_valid = false;
	/* A kick that came meanwhile may have lost its immediate_exit: look at requests again. */
	vcpu_kick(v);
	return r == -EINTR ? 0 : r < 0 ? r : -EIO;
}

int vcpu_inject(struct vcpu *v, unsigned vector, int64_t error)
{
	struct kvm_vcpu_events e;
	int r = kvm_get_vcpu_events(v->fd, &e);

	if (r < 0)
		return r;
	e.exception.injected = 1;
	e.exception.nr = (uint8_t)vector;
	e.exception.has_error_code = error >= 0;
	e.exception.error_code = error >= 0 ? (uint32_t)error : 0;
	return kvm_set_vcpu_events(v->fd, &e);
}
